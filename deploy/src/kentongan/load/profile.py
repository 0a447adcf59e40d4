"""What a profile knows about one kind of file, and what it makes of the records."""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

from contracts.categories import CATEGORIES
from kentongan.history.cases import Agency, Case
from kentongan.load.places import Places
from kentongan.load.table import Row

UNCOVERED = "lainnya"
"""The category of whatever none of ours covers."""


@dataclass(frozen=True)
class Plan:
    """What is to be filed."""

    agencies: Sequence[Agency]
    cases: Sequence[Case]
    remarks: Sequence[str]
    """What is true of the whole file."""


@dataclass(frozen=True)
class Sheet:
    """The data of a profile: its government, other spellings, and which topics mean which category."""

    name: str
    content: Mapping[str, Any]

    @classmethod
    def read(cls, name: str) -> "Sheet":
        """Read a profile's file."""
        return cls(name, tomllib.loads((files("kentongan.load") / f"{name}.toml").read_text("utf-8")))

    @property
    def regency(self) -> str:
        """Code of the regency or city the file is about; its government has the same code."""
        return str(self.content["regency"])

    @cached_property
    def places(self) -> Places:
        """Where things are."""
        return Places(self.regency, self.content["places"])

    def key(self, row_id: str) -> str:
        """Name a record for ever, so that loading it again files nothing again."""
        return f"load:{self.name}:{row_id}"

    def category(self, topic: str) -> str:
        """Map a topic of the file to a category of ours: the first one of which it contains a word."""
        wanted = topic.replace("\xa0", " ").lower()
        matching = (code for code, words in self._words if any(word in wanted for word in words))
        return next(matching, UNCOVERED)

    @cached_property
    def _words(self) -> list[tuple[str, list[str]]]:
        table = [(entry["category"], entry["words"]) for entry in self.content["topics"]]
        unknown = {code for code, _ in table} - CATEGORIES.keys()
        if unknown:
            raise ValueError(f"{self.name}.toml names unknown categories: {sorted(unknown)}")
        return table


@dataclass(frozen=True)
class Profile:
    """One kind of file: its columns, which of them names a record, and how its records are read."""

    columns: Sequence[str]
    unique: str
    plan: Callable[[Sequence[Row]], Plan]
