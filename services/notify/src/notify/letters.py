"""Writes letters: the words live in `messages/<message>/<language>/`, this module only fills in the facts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import jinja2
from babel.dates import format_date

from contracts.areas import path
from contracts.clocks import zone_of
from contracts.vocabulary import Clock, Language, Name
from notify.domain.news import Complaint, Message, News


@dataclass(frozen=True, slots=True)
class Letter:
    """Words for one person; never logged, never stored."""

    language: Language
    subject: str
    text: str
    html: str


def write(news: News, complaint: Complaint, agency: Name | None, answer: str | None, tracking_url: str) -> Letter:
    """Fill the message's templates; an undefined word raises, so a half-written letter never leaves."""
    language = complaint.language
    if news.message is Message.NEWS:
        facts: dict[str, Any] = {"link": f"{tracking_url}/track"}
    else:
        facts = _facts(news, complaint, agency, answer, tracking_url)
    folder = f"{news.message.value}/{language.value}"
    return Letter(
        language,
        " ".join(_template(f"{folder}/subject.txt").render(facts).split()),
        _template(f"{folder}/body.txt").render(facts),
        _template(f"{folder}/body.html").render(facts),
    )


def _facts(
    news: News, complaint: Complaint, agency: Name | None, answer: str | None, tracking_url: str
) -> dict[str, Any]:
    language = complaint.language
    dues = complaint.dues if news.dues is None else news.dues
    return {
        "link": f"{tracking_url}/track/{complaint.code}",
        "code": complaint.code,
        "classification": complaint.classification.value,
        "place": _place(complaint.area),
        "agency": _agency(news, agency, language),
        "due": {clock.value: _day(dues, clock, complaint) for clock in Clock},
        "final": news.final,
        "answer": answer,
    }


def _day(dues: Mapping[Clock, datetime], clock: Clock, complaint: Complaint) -> str | None:
    """Spell the last day of a clock as a calendar day where the complaint is from."""
    if clock not in dues:
        return None
    day = dues[clock].astimezone(zone_of(complaint.area)).date()
    return format_date(day, "EEEE, d MMMM yyyy", locale=complaint.language.value)


def _agency(news: News, agency: Name | None, language: Language) -> str | None:
    if agency is None:
        return news.agency  # its name has not arrived; its code is better than silence
    return agency.en if language is Language.ENGLISH else agency.id


def _place(area: str) -> str | None:
    """Name the regency, where complaints are received; the province when the area is no smaller."""
    steps = path(area)
    return steps[min(1, len(steps) - 1)].name if steps else None


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("notify", "messages"),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template(name: str) -> jinja2.Template:
    return _environment().get_template(name)
