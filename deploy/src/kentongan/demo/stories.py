"""Makes up one complaint after the other, with all that becomes of it, past and to come; the same ones every time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from kentongan.demo import rhythm, texts
from kentongan.demo.world import REGENCY, World, dice_of
from kentongan.history.cases import Act, Case, Step, spell

SEED = 20_261
GATE = REGENCY

_CLASSES = {"complaint": 0.83, "aspiration": 0.1, "information_request": 0.07}
_CHANNELS = {"web": 0.66, "counter": 0.16, "open311": 0.1, "api": 0.08}
_DISCREET = frozenset({"pungutan-liar", "kinerja-petugas", "perempuan-anak"})
_OPENLY = {"named": 0.74, "anonymous": 0.22, "secret": 0.04}
_DISCREETLY = {"named": 0.2, "anonymous": 0.4, "secret": 0.4}
_PEOPLE = 1500
_WITH_EMAIL = 0.15
_MISFILED = 0.05
"""How many people choose `lainnya` where a category would fit; the officer who verifies puts it right."""

_NEVER_VERIFIED, _SLOWLY_VERIFIED, _NEVER_ANSWERED = 0.015, 0.03, 0.05
_VERIFY_HOURS, _SLOW_VERIFY_HOURS, _FORWARD_HOURS = 4.0, 34.0, 0.6
_ANSWER_HOURS = 13.0
_LONGEST_ANSWER_HOURS = 320.0


@dataclass(frozen=True, slots=True)
class Story:
    """A complaint with what has happened by some moment, and what will."""

    case: Case
    to_come: tuple[Step, ...]


def stories(world: World, count: int, end: datetime) -> Iterator[Story]:
    """Tell the stories of 90 days that end at a moment, oldest first."""
    told = f"demo:{SEED}:{count}:{int(end.timestamp())}"
    times = rhythm.filing_times(dice_of(SEED, "times"), count, end)
    for number, filed_at in enumerate(times):
        dice = dice_of(SEED, number)
        filing, about = filing_of(dice, world)
        steps = list(_steps(dice, world, filing, about, filed_at))
        past = tuple(step for step in steps if step.at <= end)
        case = Case(f"{told}:{number}", f"made-up complaint {number}", {**filing, "filed_at": spell(filed_at)}, past)
        yield Story(case, tuple(steps[len(past) :]))


def filing_of(dice: Random, world: World) -> tuple[dict[str, Any], str]:
    """Make up what somebody files, and say what it is really about."""
    about = texts.category(dice)
    classification = _draw(dice, _CLASSES)
    place, name = world.place(dice)
    title, description = texts.complaint(dice, classification, about, name)
    return {
        "classification": classification,
        "category": "lainnya" if dice.random() < _MISFILED else about,
        "area": place,
        "visibility": _draw(dice, _DISCREETLY if about in _DISCREET else _OPENLY),
        "title": title,
        "description": description,
        "reporter": _reporter(dice),
        "language": "id",
        "channel": _draw(dice, _CHANNELS),
    }, about


def decisions(dice: Random, world: World, filing: dict[str, Any], about: str) -> tuple[dict[str, Any], str, str]:
    """Make up what officers decide: what verifying says, who gets it, and what they answer."""
    says = {} if filing["category"] == about else {"category": about}
    return says, world.target(dice, about, filing["area"]), texts.answer(dice, about)


def _steps(dice: Random, world: World, filing: dict[str, Any], about: str, filed_at: datetime) -> Iterator[Step]:
    says, target, answer = decisions(dice, world, filing, about)
    luck = dice.random()
    if luck < _NEVER_VERIFIED:
        return
    slowly = luck < _NEVER_VERIFIED + _SLOWLY_VERIFIED
    verified_at = rhythm.office_time(
        filed_at, rhythm.around(dice, _SLOW_VERIFY_HOURS if slowly else _VERIFY_HOURS, 0.7)
    )
    yield Step(Act.VERIFY, GATE, verified_at, says)
    forwarded_at = rhythm.office_time(verified_at, rhythm.around(dice, _FORWARD_HOURS, 0.6))
    yield Step(Act.FORWARD, GATE, forwarded_at, {"to": target})
    if dice.random() < _NEVER_ANSWERED * _slowness(target):
        return
    hours = rhythm.around(dice, _ANSWER_HOURS * _slowness(target), 0.75)
    answered_at = rhythm.office_time(forwarded_at, min(hours, _LONGEST_ANSWER_HOURS))
    yield Step(Act.RESPOND, target, answered_at, {"text": answer, "final": True})


def _slowness(agency: str) -> float:
    """Say how slow an office is, 1 being usual: some are quick, some are not."""
    return dice_of(SEED, agency).choice((0.35, 0.6, 0.8, 1.0, 1.2, 1.6, 2.2))


def _reporter(dice: Random) -> dict[str, str]:
    """Make up somebody whom nobody can take for a real person; a few file often."""
    number = int(_PEOPLE * dice.random() ** 1.6) + 1
    reporter = {"name": f"Warga Contoh {number:04d}"}
    if dice.random() < _WITH_EMAIL:
        reporter["email"] = f"warga{number:04d}@contoh.example"
    return reporter


def _draw(dice: Random, shares: dict[str, float]) -> str:
    [drawn] = dice.choices(list(shares), list(shares.values()))
    return drawn
