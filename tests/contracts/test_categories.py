"""Categories are data: codes fit events, names are in both languages, every group is used."""

import tomllib
from importlib.resources import files
from itertools import pairwise

from pydantic import TypeAdapter

from contracts.categories import CATEGORIES
from contracts.vocabulary import CategoryCode


def test_codes_fit_the_events() -> None:
    codes = TypeAdapter[str](CategoryCode)
    assert [codes.validate_python(code) for code in CATEGORIES] == list(CATEGORIES)
    assert all(code == category.code for code, category in CATEGORIES.items())


def test_there_are_enough_categories_and_a_last_resort() -> None:
    assert 20 <= len(CATEGORIES) <= 40
    assert list(CATEGORIES)[-1] == "lainnya"
    assert "jalan-rusak" in CATEGORIES


def test_names_are_distinct_in_both_languages() -> None:
    for language in ("id", "en"):
        names = [getattr(category.name, language) for category in CATEGORIES.values()]
        assert len(set(names)) == len(names)


def test_categories_of_a_group_stand_together_and_every_group_is_used() -> None:
    order = [category.group.code for category in CATEGORIES.values()]
    groups = tomllib.loads(files("contracts").joinpath("categories.toml").read_text("utf-8"))["groups"]
    assert list(dict.fromkeys(order)) == list(groups)
    assert sum(1 for one, next_ in pairwise(order) if one != next_) == len(groups) - 1
