"""The filing form: what was typed, what it means, and what to say about it; nothing typed is ever lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chassis.pages import say
from contracts import areas
from contracts.areas import Area
from contracts.categories import CATEGORIES, Category
from contracts.vocabulary import Channel, Name, Visibility
from intake.http import scripts
from intake.http.errors import Mistake
from intake.http.requests import FilingRequest

LEVELS = ("province", "regency", "district", "village")


def _name(indonesian: str, english: str) -> Name:
    return Name(id=indonesian, en=english)


LABELS: Mapping[str, Name] = {
    "classification": _name("Apa yang ingin Anda sampaikan?", "What do you want to say?"),
    "category": _name("Tentang apa?", "What is it about?"),
    "title": _name("Judul singkat", "In one line"),
    "description": _name("Apa yang terjadi?", "What happened?"),
    "province": _name("Provinsi", "Province"),
    "regency": _name("Kabupaten atau kota", "Regency or city"),
    "district": _name("Kecamatan (bila tahu)", "District (if you know it)"),
    "village": _name("Desa atau kelurahan (bila tahu)", "Village (if you know it)"),
    "address": _name("Di mana tepatnya? (boleh dikosongkan)", "Where exactly? (optional)"),
    "happened_on": _name("Kapan terjadi? (boleh dikosongkan)", "When did it happen? (optional)"),
    "visibility": _name("Siapa yang boleh tahu?", "Who may know?"),
    "name": _name("Nama (boleh dikosongkan)", "Name (optional)"),
    "email": _name("Surel (boleh dikosongkan)", "E-mail (optional)"),
    "phone": _name("Nomor telepon (boleh dikosongkan)", "Telephone number (optional)"),
}
"""What each field asks, on the page and in the list of mistakes."""

NEEDED: Mapping[str, Name] = {
    "classification": _name("Pilih apa yang ingin Anda sampaikan.", "Choose what you want to say."),
    "category": _name("Pilih laporan ini tentang apa.", "Choose what it is about."),
    "province": _name("Pilih provinsi tempat kejadian.", "Choose the province where it happened."),
    "regency": _name("Pilih kabupaten atau kota tempat kejadian.", "Choose the regency or city where it happened."),
    "title": _name("Tulis judul singkat.", "Write what it is in one line."),
    "description": _name("Ceritakan apa yang terjadi.", "Tell what happened."),
}
"""What to say when a field that is needed is empty."""


@dataclass(frozen=True)
class Typed:
    """The form as it came: every field, empty when it was not there."""

    values: Mapping[str, str]

    @property
    def area(self) -> str:
        """Code of the smallest area chosen, as far as each lies in the one before."""
        chosen = ""
        for level in LEVELS:
            code = self.values[level]
            if not code.startswith(f"{chosen}." if chosen else "") or areas.area(code) is None:
                break
            chosen = code
        return chosen

    def request(self, language: str) -> FilingRequest:
        """Read the filing out of it; raises `pydantic.ValidationError`."""
        filled: dict[str, Any] = {
            name: self.values[name]
            for name in ("classification", "category", "title", "description", "address", "happened_on")
            if self.values[name]
        }
        if self.area:
            filled["area"] = self.area
        return FilingRequest.model_validate(
            {
                **filled,
                "visibility": self.values["visibility"] or Visibility.NAMED,
                "reporter": {name: self.values[name] for name in ("name", "email", "phone")},
                "language": language,
                "channel": Channel.WEB,
            }
        )


def typed(given: Mapping[str, Any]) -> Typed:
    """Take the known fields out of a form; files and strange fields are left behind."""
    values = {name: given.get(name, "") for name in LABELS}
    return Typed({name: value if isinstance(value, str) else "" for name, value in values.items()})


def untouched(area: str = "") -> Typed:
    """Give the form as it is before anybody wrote in it; a link may choose the area."""
    path = {LEVELS[step.level - 1]: step.code for step in areas.path(area)}
    return typed({"classification": "complaint", "visibility": "named", **path})


@dataclass(frozen=True)
class FilingPage:
    """Context of `file.html`."""

    typed: Typed
    key: str
    """Sent along with the form, so that sending it twice files once."""
    language: str
    mistakes: Sequence[Mistake] = ()
    notice: str | None = None

    @property
    def values(self) -> Mapping[str, str]:
        """What stands in each field."""
        return self.typed.values

    @cached_property
    def errors(self) -> dict[str, str]:
        """What to correct in each field, in the order of the page."""
        found = dict(map(self._beside, self.mistakes))
        return {name: found[name] for name in LABELS if name in found}

    @property
    def script(self) -> str:
        """Address of the script that brings lists of areas."""
        return scripts.url(scripts.AREAS)

    @property
    def summary(self) -> dict[str, str]:
        """List the mistakes; each sentence names its field."""
        return {
            name: said if self._says_it_all(name, said) else self._named(name, said)
            for name, said in self.errors.items()
        }

    @property
    def labels(self) -> Mapping[str, Name]:
        """Say what each field asks."""
        return LABELS

    @property
    def areas(self) -> dict[str, tuple[Area, ...]]:
        """Offer at each level the areas inside the one chosen above."""
        offered = {"province": areas.children(), "regency": (), "district": (), "village": ()}
        for step in areas.path(self.typed.area)[:3]:
            offered[LEVELS[step.level]] = areas.children(step.code)
        return offered

    @property
    def groups(self) -> dict[str, list[Category]]:
        """Offer the categories under their headings."""
        groups: dict[str, list[Category]] = {}
        for category in CATEGORIES.values():
            groups.setdefault(say(category.group.name, self.language), []).append(category)
        return groups

    def _says_it_all(self, name: str, said: str) -> bool:
        return name in NEEDED and said == say(NEEDED[name], self.language)

    def _named(self, name: str, said: str) -> str:
        label = say(LABELS[name], self.language).partition(" (")[0].rstrip("?")
        return f"{label}: {said}"

    def _beside(self, mistake: Mistake) -> tuple[str, str]:
        name = str(mistake.path[-1])
        if name == "area":
            name = "regency" if self.typed.area else "province"
        empty = mistake.kind in {"missing", "blank"} and name in NEEDED
        return name, say(NEEDED[name], self.language) if empty else mistake.said
