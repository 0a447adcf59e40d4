"""Reads the seed file: which agencies there shall be, parents first, and which accounts."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from contracts.areas import Area, children
from contracts.vocabulary import AgencyCode, Name
from routing.accounts import NewAccount
from routing.domain.agency import Charter
from routing.domain.roles import Role

WARD = "1"
"""How the last part of a ward's code (kelurahan) begins; a village's (desa) begins with 2."""


@dataclass(frozen=True, slots=True)
class Wish:
    """An agency there shall be."""

    code: AgencyCode
    charter: Charter


@cache
def read() -> dict[str, Any]:
    """Read the file."""
    return tomllib.loads((files("routing.seed") / "tulungagung.toml").read_text("utf-8"))


def agencies() -> list[Wish]:
    """List the agencies, each after its parent."""
    plan = read()
    return [*_governments(plan["agencies"]), *_units(plan["units"]), *_areas(plan["areas"])]


def accounts() -> list[NewAccount]:
    """List the accounts."""
    plan = read()
    named = [NewAccount(login, Role(entry["role"]), entry["agency"]) for login, entry in plan["accounts"].items()]
    parent = plan["units"]["parent"]
    units = [NewAccount(short, Role.UNIT_OFFICER, f"{parent}.{short}") for short in plan["units"]["agencies"]]
    return [*named, *units]


def _governments(entries: list[dict[str, Any]]) -> Iterator[Wish]:
    for entry in entries:
        yield Wish(
            entry["code"],
            Charter(
                Name(id=entry["id"], en=entry["en"]),
                entry.get("parent"),
                areas=tuple(entry.get("areas", ())),
                role_label=Name(**entry["role"]),
                stream=entry.get("stream", False),
            ),
        )


def _units(plan: dict[str, Any]) -> Iterator[Wish]:
    for short, entry in plan["agencies"].items():
        yield Wish(
            f"{plan['parent']}.{short}",
            Charter(
                Name(id=entry["id"], en=entry["en"]),
                plan["parent"],
                areas=tuple(plan["areas"]),
                categories=tuple(entry["duties"]),
                role_label=Name(**plan["role"]),
                stream=True,
            ),
        )


def _areas(plan: dict[str, Any]) -> Iterator[Wish]:
    for district in children(plan["root"]):
        yield _area(district, plan["district"], stream=True, role_label=Name(**plan["district_role"]))
        for village in children(district.code):
            is_ward = village.code.rpartition(".")[2].startswith(WARD)
            yield _area(village, plan["ward" if is_ward else "village"], categories=tuple(plan["village_duties"]))


def _area(area: Area, pattern: dict[str, str], **duties: Any) -> Wish:
    name = Name(**{language: said.format(name=area.name) for language, said in pattern.items()})
    return Wish(area.code, Charter(name, area.parent, areas=(area.code,), **duties))
