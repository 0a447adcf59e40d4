"""What a complaint can be about: the categories, as data in `categories.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from contracts.vocabulary import Name


@dataclass(frozen=True, slots=True)
class Group:
    """A heading under which people find a category."""

    code: str
    name: Name


@dataclass(frozen=True, slots=True)
class Category:
    """One subject; the code stands in events, the name is for people."""

    code: str
    name: Name
    group: Group


def _read(text: str) -> dict[str, Category]:
    table = tomllib.loads(text)
    groups = {code: Group(code, Name(**names)) for code, names in table["groups"].items()}
    return {
        code: Category(code, Name(id=entry["id"], en=entry["en"]), groups[entry["group"]])
        for code, entry in table["categories"].items()
    }


CATEGORIES: Mapping[str, Category] = MappingProxyType(
    _read(files("contracts").joinpath("categories.toml").read_text("utf-8"))
)
"""Every category by code, in the order in which people see them."""
