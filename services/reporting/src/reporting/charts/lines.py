"""A line chart of some series over time: told apart by dash and marker as well as by colour, named at their ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from reporting.charts import scale, svg
from reporting.charts.svg import Element

GRID = "#b1b4b6"


@dataclass(frozen=True, slots=True)
class Style:
    """How one series looks; the class lets the style sheet of the house change the colour."""

    css: str
    colour: str
    dash: str
    marker: str


STYLES = (
    Style("chart__line--first", "#0a489f", "", "circle"),
    Style("chart__line--second", "#b45309", "6 4", "square"),
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


WIDE = Size("wide", 760, 300, 104, 7)
NARROW = Size("narrow", 360, 280, 84, 3)


@dataclass(frozen=True, slots=True)
class LineChart:
    """What is drawn. `labels` and `notes` are one per place in time; the last value may be unfinished."""

    key: str
    title: str
    description: str
    labels: Sequence[str]
    notes: Sequence[str]
    series: Sequence[Series]
    unfinished: bool = False


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
    picture = svg.picture(
        size.width,
        size.height,
        f"chart chart--{size.key}",
        chart.title,
        chart.description,
        f"{chart.key}-{size.key}",
    )
    largest = max((value for series in chart.series for value in series.values if value is not None), default=0)
    highest = scale.top_of_axis(largest)
    left = 16 + 7 * len(str(highest))
    plane = _Plane(left, size.width - size.right, 14, size.height - 30, len(chart.labels), highest)
    _draw_axes(picture, chart, plane, size)
    for series, style in zip(chart.series, STYLES, strict=False):
        _draw_series(picture, series, style, plane, unfinished=chart.unfinished)
    _draw_names(picture, chart, plane)
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


def _draw_series(picture: Element, series: Series, style: Style, plane: _Plane, *, unfinished: bool) -> None:
    last = len(series.values) - 1
    known = [(place, value) for place, value in enumerate(series.values) if value is not None]
    # Runs of neighbours are joined; a gap stays a gap.
    for _, run in groupby(enumerate(known), key=lambda pair: pair[1][0] - pair[0]):
        points = [(plane.x(place), plane.y(value)) for _, (place, value) in run if not (unfinished and place == last)]
        if len(points) > 1:
            line = svg.part(picture, "path", css=f"chart__line {style.css}", d=svg.path(points), fill="none")
            line.attrib |= {"stroke": style.colour, "stroke-width": "2.5", "stroke-linejoin": "round"}
            if style.dash:
                line.set("stroke-dasharray", style.dash)
    step = (plane.right - plane.left) / plane.places
    for place, value in known:
        hollow = unfinished and place == last
        if hollow or step >= 14 or place in {0, last}:
            _draw_marker(picture, style, plane.x(place), plane.y(value), hollow=hollow)


def _draw_marker(picture: Element, style: Style, x: float, y: float, *, hollow: bool) -> None:
    look = {
        "css": f"chart__marker {style.css}",
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
    ends = [_end_of(series) for series in chart.series]
    heights = scale.keep_apart([plane.y(value) + 4 for value in ends], 18, plane.top + 8, plane.bottom)
    for series, style, y in zip(chart.series, STYLES, heights, strict=False):
        x = plane.right + 10
        line = svg.part(picture, "line", css=f"chart__line {style.css}", x1=x, x2=x + 16, y1=y - 4, y2=y - 4)
        line.attrib |= {"stroke": style.colour, "stroke-width": "2.5"}
        if style.dash:
            line.set("stroke-dasharray", style.dash)
        svg.text(picture, series.name, x + 22, y).set("font-weight", "600")


def _end_of(series: Series) -> int:
    return next((value for value in reversed(series.values) if value is not None), 0)


def _draw_notes(picture: Element, chart: LineChart, plane: _Plane) -> None:
    """Let a pointer that rests on a place in time read its values."""
    step = (plane.right - plane.left) / plane.places
    for place, note in enumerate(chart.notes):
        area = svg.part(picture, "rect", css="chart__touch", x=plane.x(place) - step / 2, y=plane.top, width=step)
        area.attrib |= {"height": f"{plane.bottom - plane.top:.1f}", "fill": "transparent"}
        svg.part(area, "title").text = note
