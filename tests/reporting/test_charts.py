"""Charts are well-formed, speak to screen readers, and do not lie."""

import itertools
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.charts import bars, lines, scale
from reporting.charts.bars import Part
from reporting.charts.lines import LineChart, Series, Size

SVG = "{http://www.w3.org/2000/svg}"


def chart(*values: list[int | None], partial: frozenset[int] = frozenset()) -> LineChart:
    places = len(values[0])
    return LineChart(
        key="k",
        title="Filed < answered & more",
        description="what it shows",
        labels=[f"d{place}" for place in range(places)],
        notes=[f"note {place}" for place in range(places)],
        series=[Series(f"s{number}", series) for number, series in enumerate(values)],
        partial=partial,
    )


def drawn(what: LineChart, size: Size = lines.WIDE) -> ET.Element:
    return ET.fromstring(lines.draw(what, size))  # noqa: S314 - our own picture


@given(st.floats(0, 10**7))
def test_an_axis_holds_its_largest_value_and_ends_on_round_steps(largest: float) -> None:
    top = scale.top_of_axis(largest)
    assert top >= largest
    assert top % 4 == 0
    assert top <= max(4, 2.6 * largest + 4)


@given(st.integers(1, 400), st.integers(1, 12))
def test_axis_labels_are_few_and_equally_far_apart(count: int, most: int) -> None:
    places = list(scale.spread(count, most))
    assert 1 <= len(places) <= most
    assert places[0] == 0
    assert len({other - one for one, other in itertools.pairwise(places)}) <= 1


@given(st.lists(st.floats(0, 100), min_size=1, max_size=4))
def test_labels_are_kept_apart_and_inside(wanted: list[float]) -> None:
    placed = sorted(scale.keep_apart(wanted, 18, 0, 100))
    assert all(other - one >= 17.99 for one, other in itertools.pairwise(placed))
    assert placed[0] >= -0.01
    assert placed[-1] <= 100.01


def test_a_chart_is_an_image_with_a_title_and_a_description() -> None:
    picture = drawn(chart([1, 2, 3]))
    assert picture.get("role") == "img"
    named = {part.get("id"): part.text for part in picture if part.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert list(named) == (picture.get("aria-labelledby") or "").split()
    assert list(named.values()) == ["Filed < answered & more", "what it shows"]


def test_both_sizes_have_ids_of_their_own() -> None:
    both = lines.draw(chart([1, 2]), lines.WIDE) + lines.draw(chart([1, 2]), lines.NARROW)
    ids = re.findall(r'id="([^"]+)"', both)
    assert len(ids) == len(set(ids)) == 4


def test_a_withheld_value_leaves_a_gap() -> None:
    paths = [part.get("d") or "" for part in drawn(chart([5, 6, None, 7, 8])).iter(f"{SVG}path")]
    assert [path.count("L") for path in paths] == [1, 1]


def test_a_value_between_two_gaps_still_shows_as_a_point() -> None:
    crowded = [None if place % 2 else 9 for place in range(199)]
    assert len(list(drawn(chart(crowded)).iter(f"{SVG}circle"))) == 100


def test_a_value_that_is_not_complete_is_hollow_and_not_joined() -> None:
    picture = drawn(chart([8, 8, 1], partial=frozenset({2})))
    [path] = picture.iter(f"{SVG}path")
    assert (path.get("d") or "").count("L") == 1
    assert [circle.get("fill") for circle in picture.iter(f"{SVG}circle")].count("#ffffff") == 1


def test_lines_are_told_apart_without_colour() -> None:
    picture = drawn(chart([1, 2, 3], [3, 2, 1]))
    dashes = [path.get("stroke-dasharray") for path in picture.iter(f"{SVG}path")]
    assert len(set(dashes)) == 2
    assert list(picture.iter(f"{SVG}circle"))
    assert [rect for rect in picture.iter(f"{SVG}rect") if rect.get("class") == "chart__marker"]


def test_higher_values_stand_higher_in_proportion() -> None:
    circles = list(drawn(chart([0, 10, 20])).iter(f"{SVG}circle"))
    heights = [float(circle.get("cy") or "nan") for circle in circles]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert heights[0] > heights[2]


def test_a_chart_of_nothing_is_still_a_chart() -> None:
    assert drawn(chart([None, None])).tag == f"{SVG}svg"
    assert drawn(chart([0])).tag == f"{SVG}svg"


def test_the_parts_of_a_bar_fill_it_in_proportion() -> None:
    parts = [Part(look, count) for look, count in zip(bars.LOOKS, (50, 25, 0, 25), strict=True)]
    picture = ET.fromstring(bars.bar(parts, "50 answered", "b"))  # noqa: S314 - our own picture
    boxes = list(picture.iter(f"{SVG}rect"))
    assert [(box.get("x"), box.get("width")) for box in boxes] == [
        ("0.00%", "50.00%"),
        ("50.00%", "25.00%"),
        ("75.00%", "25.00%"),
    ]
    assert {box.get("fill") for box in boxes} == {"url(#fill-answered)", "url(#fill-waiting)", "url(#fill-closed)"}


def test_every_filling_has_a_pattern_of_its_own() -> None:
    marks = [look.marks for look in bars.LOOKS]
    assert len(set(marks)) == len(marks)
    assert bars.patterns().count("<pattern ") == len(bars.LOOKS)


def test_nothing_in_a_chart_is_styled_inline() -> None:
    everything = lines.draw(chart([1, 2]), lines.WIDE) + bars.patterns() + bars.swatch(bars.OVERDUE)
    assert "style=" not in everything
    assert "<style" not in everything
