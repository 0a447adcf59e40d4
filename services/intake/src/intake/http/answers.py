"""JSON that intake answers with."""

from uuid import UUID

from pydantic import BaseModel, Field

from contracts.vocabulary import (
    AgencyCode,
    AreaCode,
    CategoryCode,
    Classification,
    Clock,
    Due,
    Instant,
    Name,
    Visibility,
)
from intake.filing import Filed
from intake.projections.story import Status, Story
from intake.tracking import Found


class FiledAnswer(BaseModel):
    """The receipt: the only time that the secret is told."""

    id: UUID
    code: str = Field(description="Public code, e.g. `KTG-35.04-7K2M-9QX4`; gives no access by itself.")
    secret: str = Field(description="26 symbols that open the private parts; kept only as a hash.")
    dues: tuple[Due, ...] = Field(description="What is promised, by when.")
    tracking_url: str

    @classmethod
    def of(cls, filed: Filed, public_url: str) -> "FiledAnswer":
        """Write the receipt of a filing."""
        return cls.model_construct(
            id=filed.complaint_id,
            code=filed.code,
            secret=filed.secret,
            dues=filed.dues,
            tracking_url=f"{public_url}/track/{filed.code}",
        )


class PromiseAnswer(BaseModel):
    """A deadline and when it was met."""

    clock: Clock
    at: Instant
    policy: str
    met_at: Instant | None = None


class StepAnswer(BaseModel):
    """One line of the timeline."""

    type: str = Field(description="Wire type of the event.")
    time: Instant
    source: str
    version: int = Field(description="Version in the stream of its source.")
    agency: AgencyCode | None = None
    word: str | None = Field(None, description="Machine word that tells more: a reason, an outcome, a clock.")
    text: str | None = Field(None, description="What was written; only with the secret.")


class ResponseAnswer(BaseModel):
    """An agency's answer; only with the secret."""

    agency: AgencyCode
    text: str | None
    time: Instant
    final: bool


class ReporterAnswer(BaseModel):
    """Who filed, as they called themselves; only with the secret."""

    name: str | None


class ComplaintAnswer(BaseModel):
    """What anybody may know of a complaint that is not secret."""

    id: UUID
    code: str
    classification: Classification
    category: CategoryCode
    area: AreaCode
    visibility: Visibility
    filed_at: Instant
    status: Status
    agency: AgencyCode | None = Field(description="Who has it now; null until somebody has taken it up.")
    agency_name: Name | None
    hops: int = Field(description="How many times it has changed hands.")
    dues: tuple[PromiseAnswer, ...]
    timeline: tuple[StepAnswer, ...]


class OpenedComplaintAnswer(ComplaintAnswer):
    """The same with the private parts; texts are null once the reporter has been forgotten."""

    title: str | None
    description: str | None
    address: str | None
    reporter: ReporterAnswer
    responses: tuple[ResponseAnswer, ...]


class CategoryAnswer(BaseModel):
    """One subject a complaint can have."""

    code: CategoryCode
    name: Name
    group: Name


class AreaAnswer(BaseModel):
    """One area, and how deep it lies: 1 province to 4 village."""

    code: AreaCode
    name: str
    level: int


def complaint_answer(found: Found) -> ComplaintAnswer:
    """Write down what the asker may know."""
    public = _public_parts(found)
    if not found.opened:
        return ComplaintAnswer.model_validate(public)
    story = found.story
    private = {
        "title": story.title,
        "description": story.description,
        "address": story.address,
        "reporter": {"name": story.reporter_name},
        "responses": [ResponseAnswer.model_validate(each, from_attributes=True) for each in story.responses],
    }
    return OpenedComplaintAnswer.model_validate({**public, **private})


def _public_parts(found: Found) -> dict[str, object]:
    story = found.story
    return {
        "id": story.id,
        "code": story.code,
        "classification": story.classification,
        "category": story.category,
        "area": story.area,
        "visibility": story.visibility,
        "filed_at": story.filed_at,
        "status": story.status,
        "agency": story.agency,
        "agency_name": found.agencies.get(story.agency) if story.agency else None,
        "hops": story.hops,
        "dues": _promises(story),
        "timeline": [StepAnswer.model_validate(step, from_attributes=True) for step in story.timeline],
    }


def _promises(story: Story) -> list[PromiseAnswer]:
    return [
        PromiseAnswer(clock=promise.due.clock, at=promise.due.at, policy=promise.due.policy, met_at=promise.met_at)
        for promise in story.promises
    ]
