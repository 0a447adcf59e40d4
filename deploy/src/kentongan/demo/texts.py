"""Puts made-up texts together from `texts.toml`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from contracts.categories import CATEGORIES

_WORDS = {"aspiration": "aspirations", "information_request": "questions"}
_TEMPLATES = {"aspiration": "aspiration", "information_request": "question"}


@cache
def read() -> Mapping[str, Any]:
    """Read the texts; every category of the house has some."""
    content = tomllib.loads((files("kentongan.demo") / "texts.toml").read_text("utf-8"))
    if content["categories"].keys() != CATEGORIES.keys():
        raise ValueError(f"texts.toml: {sorted(content['categories'].keys() ^ CATEGORIES.keys())}")
    return content


def category(dice: Random) -> str:
    """Draw what a complaint is about."""
    known = read()["categories"]
    [code] = dice.choices(list(known), [entry["share"] for entry in known.values()])
    return str(code)


def complaint(dice: Random, classification: str, about: str, place: str) -> tuple[str, str]:
    """Write a title and a text."""
    content = read()
    entry = content["categories"][about]
    template = _TEMPLATES.get(classification)
    title, text = entry[template] if template else dice.choice(entry["complaints"])
    facts = {"place": place, "spot": dice.choice(content["spots"]), "span": dice.choice(content["spans"])}
    last = dice.choice(content[_WORDS.get(classification, "closings")])
    return title.format(**facts)[:200], f"{text.format(**facts)} {last}"


def answer(dice: Random, about: str) -> str:
    """Write what an office answers."""
    content = read()
    parts = (content["openings"], content["categories"][about]["answers"], content["endings"])
    return " ".join(dice.choice(part) for part in parts)
