"""Where the made-up stories happen: the villages of Tulungagung, some busier than others, and their agencies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from contracts.areas import Area, area, children

REGENCY = "35.04"
_SEED = 3504
_WARD = "1"
_SHARES = {"village": 0.86, "district": 0.1, "regency": 0.04}


def dice_of(*parts: object) -> Random:
    """Return dice that always fall the same way for the same words."""
    return Random(":".join(map(str, parts)))  # noqa: S311 - made-up stories have no secrets


@dataclass(frozen=True)
class World:
    """Places with their weights, and who handles what."""

    villages: Sequence[Area]
    weights: Sequence[float]
    agencies: Sequence[Mapping[str, Any]]

    @classmethod
    def of(cls, agencies: Sequence[Mapping[str, Any]]) -> "World":
        """Make the world of these agencies, as routing lists them."""
        villages = [village for district in children(REGENCY) for village in children(district.code)]
        dice_of(_SEED, "villages").shuffle(villages)
        weights = [1 / (rank + 3) ** 0.8 for rank in range(len(villages))]
        return cls(villages, weights, [each for each in agencies if each["active"]])

    def place(self, dice: Random) -> tuple[str, str]:
        """Draw a place: its code and how people call it."""
        [village] = dice.choices(self.villages, self.weights)
        [level] = dice.choices(list(_SHARES), list(_SHARES.values()))
        district = area(village.code.rpartition(".")[0])
        name = f"Kecamatan {district.name if district else ''}"
        if level == "village":
            kind = "Kelurahan" if village.code.rpartition(".")[2].startswith(_WARD) else "Desa"
            return village.code, f"{kind} {village.name}, {name}"
        return (village.code.rpartition(".")[0], name) if level == "district" else (REGENCY, "Tulungagung")

    def target(self, dice: Random, about: str, place: str) -> str:
        """Draw who handles it: somebody with the category among the duties, as near as there is."""
        fitting = [each for each in self.agencies if about in each["categories"] and _covers(each, place)]
        if not fitting:
            return f"{REGENCY}.setda"
        nearest = max(len(own) for each in fitting for own in each["areas"])
        return str(dice.choice([each["code"] for each in fitting if any(len(own) == nearest for own in each["areas"])]))


def _covers(agency: Mapping[str, Any], place: str) -> bool:
    return any(place == own or place.startswith(f"{own}.") for own in agency["areas"])
