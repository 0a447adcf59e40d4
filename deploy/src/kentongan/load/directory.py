"""The agencies that a file names, as a part of the tree: districts and villages by area, offices by their names."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from contracts.areas import Area, area
from kentongan.history.cases import Agency
from kentongan.load.places import plain
from kentongan.load.profile import Sheet

NATIONAL = "id"
_DUTY_SHARE = 0.2
_LONGEST_SLUG = 60


class Directory:
    """Gives each name its code, and remembers which agencies there must be."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._own_name = plain(sheet.content["government"])
        self._suffixes = [plain(suffix) for suffix in sheet.content["suffixes"]]
        self._found: dict[str, Agency] = {}
        self._cases: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def find(self, name: str, category: str) -> str:
        """Return the code of the agency, which was given a complaint of this category."""
        code = self._code(name.strip())
        self._cases[category][code] += 1
        return code

    def acting(self, place: str) -> str:
        """Say who decides on a complaint from a place: the government if it lies there, else one above."""
        regency = self._sheet.regency
        if place == regency or place.startswith(f"{regency}."):
            return regency
        province = regency[:2]
        return province if place.startswith(f"{province}.") else NATIONAL

    def agencies(self) -> list[Agency]:
        """List province, government, and everybody found below it, parents first."""
        regency = self._sheet.regency
        province = area(regency[:2])
        if province is None:
            raise ValueError(f"{self._sheet.name}.toml: there is no province {regency[:2]}")
        above = [
            Agency(province.code, f"Provinsi {province.name}", NATIONAL, (province.code,)),
            Agency(regency, self._sheet.content["government"], province.code, (regency,), stream=True),
        ]
        return [*above, *self._with_duties(sorted(self._found.values(), key=lambda each: each.code))]

    def _code(self, name: str) -> str:
        if plain(name) == self._own_name:
            return self._sheet.regency
        kind, _, rest = name.partition(" ")
        rest = self._without_suffix(rest)
        if kind.lower() == "kecamatan" and (district := self._sheet.places.district(rest)):
            return self._keep_district(district)
        if kind.lower() in {"kelurahan", "desa"} and (village := self._sheet.places.village(rest)):
            return self._keep_village(kind.title(), village)
        return self._keep_office(name)

    def _without_suffix(self, name: str) -> str:
        letters = plain(name)
        for suffix in self._suffixes:
            if letters.endswith(suffix) and letters != suffix:
                return letters.removesuffix(suffix)
        return letters

    def _keep(self, code: str, name: str, parent: str, areas: tuple[str, ...] = ()) -> str:
        self._found.setdefault(code, Agency(code, name, parent, areas))
        return code

    def _keep_district(self, district: Area) -> str:
        return self._keep(district.code, f"Kecamatan {district.name}", self._sheet.regency, (district.code,))

    def _keep_village(self, kind: str, village: Area) -> str:
        above = village.code.rpartition(".")[0]
        district = area(above)
        if district is not None:
            self._keep_district(district)
        return self._keep(village.code, f"{kind} {village.name}", above, (village.code,))

    def _keep_office(self, name: str) -> str:
        slug = self._without_suffix(name)[:_LONGEST_SLUG]
        return self._keep(f"{self._sheet.regency}.{slug}", name, self._sheet.regency)

    def _with_duties(self, found: Iterable[Agency]) -> Sequence[Agency]:
        """Give offices the categories of which the file sends them a good share, so that routing can suggest them."""
        duties: defaultdict[str, list[str]] = defaultdict(list)
        for category, codes in sorted(self._cases.items()):
            for code, count in codes.items():
                if count >= _DUTY_SHARE * codes.total():
                    duties[code].append(category)
        return [
            each if each.areas or not duties[each.code] else _office(each, self._sheet.regency, duties[each.code])
            for each in found
        ]


def _office(agency: Agency, regency: str, duties: Sequence[str]) -> Agency:
    return Agency(agency.code, agency.name, agency.parent, (regency,), tuple(duties))
