"""What programs send: the bodies of requests, closed to fields they do not know."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.areas import area
from contracts.categories import CATEGORIES
from contracts.vocabulary import Actor, AgencyCode, AreaCode, CategoryCode, Classification, Instant, Name
from routing.domain.agency import Charter
from routing.domain.case import Command, ForwardCase, RespondToCase, VerifyCase
from routing.domain.roles import Act
from routing.domain.tree import Tree


class Body(BaseModel):
    """A JSON object."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Credentials(Body):
    """Who signs in."""

    login: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)


class Decision(Body):
    """What every decision on a case may say; only an import may say it."""

    act: ClassVar[Act]

    agency: AgencyCode | None = Field(None, description="Import only: the agency that decides.")
    at: Instant | None = Field(None, description="Import only: when it was decided; never in the future.")

    def command(self, by: Actor, at: datetime, tree: Tree) -> Command:
        """Give it to the domain."""
        raise NotImplementedError


class Verification(Decision):
    """The case is complete and in scope; absent fields stay as the reporter chose them."""

    act = Act.VERIFY

    classification: Classification | None = None
    category: CategoryCode | None = None

    def command(self, by: Actor, at: datetime, tree: Tree) -> VerifyCase:
        """Give it to the domain."""
        return VerifyCase(by, at, tree, self.classification, self.category)

    @field_validator("category")
    @classmethod
    def _known_category(cls, code: str | None) -> str | None:
        return code if code is None else known_category(code)


class Forwarding(Decision):
    """Another agency shall handle it."""

    act = Act.FORWARD

    to: AgencyCode
    note: str | None = Field(None, min_length=1, max_length=2000)

    def command(self, by: Actor, at: datetime, tree: Tree) -> ForwardCase:
        """Give it to the domain."""
        return ForwardCase(by, at, tree, self.to, self.note)


class Answer(Decision):
    """The agency answers the reporter."""

    act = Act.RESPOND

    text: str = Field(min_length=1, max_length=10_000)
    final: bool = Field(True, description="Whether the agency holds the matter resolved by this.")

    def command(self, by: Actor, at: datetime, tree: Tree) -> RespondToCase:
        """Give it to the domain."""
        return RespondToCase(by, at, tree, self.text, self.final)


class AgencyBody(Body):
    """What an agency is; the tier follows from the parent."""

    name: Name
    parent: AgencyCode | None = None
    areas: tuple[AreaCode, ...] = ()
    categories: tuple[CategoryCode, ...] = ()
    role_label: Name | None = None
    contact: str | None = Field(None, max_length=300)
    stream: bool = False
    training: bool = False
    active: bool = True

    @field_validator("name", "role_label", "contact")
    @classmethod
    def _fit_to_print(cls, said: Name | str | None) -> Name | str | None:
        texts = (said.id, said.en) if isinstance(said, Name) else (said or "",)
        if not all(text.isprintable() for text in texts):
            raise ValueError("control characters")
        return said

    @field_validator("areas")
    @classmethod
    def _known_areas(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        if any(area(code) is None for code in codes):
            raise ValueError("unknown area")
        return codes

    @field_validator("categories")
    @classmethod
    def _known_categories(cls, codes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(known_category(code) for code in codes)

    def charter(self) -> Charter:
        """Give it to the domain."""
        return Charter(**{name: getattr(self, name) for name in Charter.__slots__})


def known_category(code: str) -> str:
    """Let a category of the catalogue pass."""
    if code not in CATEGORIES:
        raise ValueError("unknown category")
    return code
