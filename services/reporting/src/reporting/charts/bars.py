"""One bar cut into parts of a whole, told apart by pattern as well as by colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reporting.charts import svg

HEIGHT = 16


@dataclass(frozen=True, slots=True)
class Look:
    """A filling: its name in style sheets, a ground, and the marks on it."""

    key: str
    ground: str
    ink: str
    marks: str
    """Path of the pattern inside a tile of 6 by 6; empty for a plain filling."""


ANSWERED = Look("answered", "#0a489f", "#0a489f", "")
WAITING = Look("waiting", "#dbe8f8", "#0a489f", "M3 2.2L3 3.8")
OVERDUE = Look("overdue", "#fde8e8", "#b91c1c", "M-1 1L1 -1M0 6L6 0M5 7L7 5")
CLOSED = Look("closed", "#e5e6e7", "#525252", "M0 3L6 3")
LOOKS = (ANSWERED, WAITING, OVERDUE, CLOSED)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the whole."""

    look: Look
    count: int


def patterns() -> Markup:
    """Give the fillings once for a whole page; bars refer to them by name."""
    holder = svg.Element("svg", {"class": "chart-patterns", "width": "0", "height": "0", "aria-hidden": "true"})
    definitions = svg.part(holder, "defs")
    for look in LOOKS:
        tile = svg.part(definitions, "pattern", id=f"fill-{look.key}", width=6, height=6, patternUnits="userSpaceOnUse")
        svg.part(tile, "rect", css=f"fill-{look.key}__ground", width=6, height=6, fill=look.ground)
        if look.marks:
            svg.part(tile, "path", css=f"fill-{look.key}__marks", d=look.marks, stroke=look.ink, stroke_width=1.5)
    return svg.finish(holder)


def bar(parts: Sequence[Part], title: str, key: str) -> Markup:
    """Draw the whole as one bar as wide as its place; `title` says it in words."""
    whole = sum(part.count for part in parts)
    picture = svg.picture("chart-bar", title, "", key)
    picture.attrib |= {"width": "100%", "height": str(HEIGHT)}
    begin = 0
    for part in parts:
        if part.count:
            look = part.look
            # In percent and without a view box, so that a pattern is not stretched with the bar.
            box = svg.part(picture, "rect", x=_percent(begin, whole), y=0.5, width=_percent(part.count, whole))
            box.attrib |= {"height": str(HEIGHT - 1), "fill": f"url(#fill-{look.key})", "stroke": look.ink}
            begin += part.count
    return svg.finish(picture)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f}%"


def swatch(look: Look) -> Markup:
    """Draw a sample of a filling for a legend; the words beside it say what it means."""
    picture = svg.Element("svg", {"class": "chart-swatch", "viewBox": "0 0 18 12", "aria-hidden": "true"})
    box = svg.part(picture, "rect", x=0.5, y=0.5, width=17, height=11, fill=f"url(#fill-{look.key})")
    box.attrib |= {"stroke": look.ink, "stroke-width": "1"}
    return svg.finish(picture)
