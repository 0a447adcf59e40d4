"""Finds the Kemendagri codes of places by their names, however these are spelled."""

import re
from collections.abc import Mapping
from functools import cache

from contracts import areas
from contracts.areas import Area

_NO_LETTERS = re.compile(r"[^a-z0-9]")
_REGENCY_WORDS = ("", "kabupaten", "kota", "kotaadministrasi")


def plain(name: str) -> str:
    """Reduce a name to its letters and digits, so that spellings meet: `Gununganyar` and `Gunung Anyar`."""
    return _NO_LETTERS.sub("", name.lower())


@cache
def _below(code: str) -> Mapping[str, Area]:
    return {plain(area.name): area for area in areas.children(code)}


@cache
def _regencies() -> Mapping[str, Area]:
    return {plain(area.name): area for province in areas.children() for area in areas.children(province.code)}


class Places:
    """The places of one regency, with other spellings of some."""

    def __init__(self, regency: str, aliases: Mapping[str, str]) -> None:
        self._regency = regency
        self._aliases = {plain(wrong): plain(right) for wrong, right in aliases.items()}

    def district(self, name: str) -> Area | None:
        """Find a district of the regency."""
        return _below(self._regency).get(self._spelling(name))

    def village(self, name: str, district: Area | None = None) -> Area | None:
        """Find a village; a name that several districts have is found only with its district, apart or behind it."""
        wanted = self._spelling(name)
        districts = [district] if district else list(areas.children(self._regency))
        found = [
            _below(each.code).get(spelling)
            for each in districts
            for spelling in (wanted, wanted.removesuffix(plain(each.name)))
        ]
        distinct = {area.code: area for area in found if area is not None}
        return next(iter(distinct.values())) if len(distinct) == 1 else None

    def regency(self, name: str) -> Area | None:
        """Find any regency or city of the country; a bare name is the regency, not the city of the same name."""
        wanted = self._spelling(name)
        city = wanted.removeprefix("kota")
        spellings = [f"{words}{wanted}" for words in _REGENCY_WORDS] + [f"kotaadministrasi{city}"]
        return next((found for spelling in spellings if (found := _regencies().get(spelling))), None)

    def _spelling(self, name: str) -> str:
        wanted = plain(name)
        return self._aliases.get(wanted, wanted)
