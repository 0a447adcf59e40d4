"""The charts of the page, from its figures, in the language of the page."""

from datetime import timedelta

from babel.dates import format_date
from markupsafe import Markup

from chassis import formats, translations
from reporting.charts import bars, lines
from reporting.charts.bars import Part
from reporting.charts.lines import LineChart, Series
from reporting.figures import Figures, Tally, TrendBin
from reporting.periods import Bin, BinKind

DASH = "\N{EN DASH}"


def short_name(span: Bin, kind: BinKind) -> str:
    """Name a bin on an axis: `24 Nov`, `Nov 2026`."""
    shape = "MMM yyyy" if kind == "month" else "d MMM"
    return format_date(span.first, shape, locale=translations.language())


def full_name(span: Bin, kind: BinKind) -> str:
    """Name a bin in a table: a day, a whole month, or its first and last day."""
    if span.first == span.last:
        return formats.day(span.first)
    if kind == "month" and span.first.day == 1 and (span.last + timedelta(days=1)).day == 1:
        return format_date(span.first, "MMMM yyyy", locale=translations.language())
    return f"{formats.day(span.first)} {DASH} {formats.day(span.last)}"


def trend(figures: Figures, title: str, description: str, names: tuple[str, str]) -> Markup:
    """Draw complaints filed and first answers given over time, once for wide screens and once for phones."""
    chart = LineChart(
        key="trend",
        title=title,
        description=description,
        labels=[short_name(each.bin, figures.bin_kind) for each in figures.trend],
        notes=[_note(each, figures.bin_kind, names) for each in figures.trend],
        series=(
            Series(names[0], [each.filed for each in figures.trend]),
            Series(names[1], [each.answers for each in figures.trend]),
        ),
        partial=frozenset(place for place, each in enumerate(figures.trend) if not each.complete),
    )
    return lines.draw(chart, lines.WIDE) + lines.draw(chart, lines.NARROW)


def _note(each: TrendBin, kind: BinKind, names: tuple[str, str]) -> str:
    counts = [f"{name}: {amount(value)}" for name, value in zip(names, (each.filed, each.answers), strict=True)]
    return "\n".join([full_name(each.bin, kind), *counts])


def amount(value: int | None) -> str:
    """Write a count, or the sign for one that is withheld."""
    return DASH if value is None else formats.number(value)


def parts(tally: Tally) -> tuple[Part, ...]:
    """Cut a tally into the four parts that make it up."""
    return (
        Part(bars.ANSWERED, tally.answered),
        Part(bars.WAITING, tally.waiting),
        Part(bars.OVERDUE, tally.overdue),
        Part(bars.CLOSED, tally.closed_unanswered),
    )


def standing(tally: Tally, title: str, key: str) -> Markup:
    """Draw how a group of complaints stands, as one bar."""
    return bars.bar(parts(tally), title, f"bar-{key}")
