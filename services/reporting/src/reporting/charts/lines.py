"""A line chart of some series over time: told apart by dash and marker as well as by colour, named at their ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from reporting.charts import scale, svg
from reporting.charts.svg import Element

GRID = "#dce2ed"


@dataclass(frozen=True, slots=True)
class Style:
    """How one series looks; the class lets the style sheet of the house change the colour."""

    css: str
    colour: str
    dash: str
    marker: str


STYLES = (
    Style("app-line-1", "#0a489f", "", "circle"),
    Style("app-line-2", "#c2691b", "7 4", "square"),
)


@dataclass(frozen=True, slots=True)
class Series:
    """Values in the order of time; None is withheld and leaves a gap."""

    name: str
    values: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Size:
    """A chart is drawn twice, so that its letters keep their size on a phone."""

    key: str
    width: int
    height: int
    right: int
    labels: int
    notes: bool
    """Whether a pointer can rest on it; fingers read the table."""


WIDE = Size("wide", 1040, 320, 112, 8, True)
NARROW = Size("narrow", 320, 240, 76, 3, False)


@dataclass(frozen=True, slots=True)
class LineChart:
    """What is drawn. `labels` and `notes` are one per place in time; partial places are drawn hollow and not joined."""

    key: str
    title: str
    description: str
    labels: Sequence[str]
    notes: Sequence[str]
    series: Sequence[Series]
    partial: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where things are: from place in time and value to x and y."""

    left: float
    right: float
    top: float
    bottom: float
    places: int
    highest: int

    def x(self, place: float) -> float:
        return self.left + (self.right - self.left) * (place + 0.5) / self.places

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.highest


def draw(chart: LineChart, size: Size) -> Markup:
    """Draw the chart in one size."""
    picture = svg.picture(f"chart chart--{size.key}", chart.title, chart.description, f"{chart.key}-{size.key}")
    picture.set("viewBox", f"0 0 {size.width} {size.height}")
    largest = max((value for series in chart.series for value in series.values if value is not None), default=0)
    highest = scale.top_of_axis(largest)
    left = 16 + 7 * len(str(highest))
    plane = _Plane(left, size.width - size.right, 14, size.height - 30, len(chart.labels), highest)
    _draw_axes(picture, chart, plane, size)
    for series, style in zip(chart.series, STYLES, strict=False):
        _draw_series(picture, series, style, plane, chart.partial)
    _draw_names(picture, chart, plane)
    if size.notes:
        _draw_notes(picture, chart, plane)
    return svg.finish(picture)


def _draw_axes(picture: Element, chart: LineChart, plane: _Plane, size: Size) -> None:
    for step in range(5):
        value = plane.highest * step // 4
        y = plane.y(value)
        width = 1.5 if step == 0 else 1
        svg.part(
            picture,
            "line",
            css="chart__grid",
            x1=plane.left,
            x2=plane.right,
            y1=y,
            y2=y,
            stroke=GRID,
            stroke_width=width,
        )
        svg.text(picture, str(value), plane.left - 8, y + 4, "end")
    places = scale.spread(len(chart.labels), size.labels)
    for place in places:
        svg.text(picture, chart.labels[place], plane.x(place), plane.bottom + 20, "middle")


def _draw_series(picture: Element, series: Series, style: Style, plane: _Plane, partial: frozenset[int]) -> None:
    known = [(place, value) for place, value in enumerate(series.values) if value is not None]
    roomy = (plane.right - plane.left) / plane.places >= 14
    # Runs of neighbours are joined; a gap stays a gap, and what stands alone still shows as a point.
    for _, run in groupby(enumerate(known), key=lambda pair: pair[1][0] - pair[0]):
        points = [(place, (plane.x(place), plane.y(value))) for _, (place, value) in run]
        joined = [point for place, point in points if place not in partial]
        if len(joined) > 1:
            line = svg.part(picture, "path", css=style.css, d=svg.path(joined), fill="none", stroke=style.colour)
            _dash(line, style)
        for place, (x, y) in points:
            if roomy or len(joined) == 1 or place in partial:
                _draw_marker(picture, style, x, y, hollow=place in partial)


def _dash(line: Element, style: Style) -> None:
    line.attrib |= {"stroke-width": "2.5", "stroke-linejoin": "round"}
    if style.dash:
        line.set("stroke-dasharray", style.dash)


def _draw_marker(picture: Element, style: Style, x: float, y: float, *, hollow: bool) -> None:
    look = {
        "css": "chart__marker",
        "fill": "#ffffff" if hollow else style.colour,
        "stroke": style.colour,
        "stroke_width": 2,
    }
    if style.marker == "circle":
        svg.part(picture, "circle", cx=x, cy=y, r=3.5, **look)
    else:
        svg.part(picture, "rect", x=x - 3.2, y=y - 3.2, width=6.4, height=6.4, **look)


def _draw_names(picture: Element, chart: LineChart, plane: _Plane) -> None:
    """Write each series' name at its end instead of in a legend far away."""
    ends = [_end_of(series, chart.partial) for series in chart.series]
    heights = scale.keep_apart([plane.y(value) + 4 for value in ends], 18, plane.top + 8, plane.bottom)
    for series, style, y in zip(chart.series, STYLES, heights, strict=False):
        x = plane.right + 10
        line = svg.part(picture, "line", css=style.css, x1=x, x2=x + 16, y1=y - 4, y2=y - 4, stroke=style.colour)
        _dash(line, style)
        svg.text(picture, series.name, x + 22, y, css="chart__name")


def _end_of(series: Series, partial: frozenset[int]) -> int:
    """Give the last value of a line; a place that is not whole says nothing about where it goes."""
    values = [value for place, value in enumerate(series.values) if place not in partial and value is not None]
    return values[-1] if values else 0


def _draw_notes(picture: Element, chart: LineChart, plane: _Plane) -> None:
    """Let a pointer that rests on a place in time read its values."""
    step = (plane.right - plane.left) / plane.places
    for place, note in enumerate(chart.notes):
        area = svg.part(picture, "rect", css="chart__touch", x=plane.x(place) - step / 2, y=plane.top, width=step)
        area.attrib |= {"height": f"{plane.bottom - plane.top:.1f}", "fill": "transparent"}
        svg.part(area, "title").text = note
