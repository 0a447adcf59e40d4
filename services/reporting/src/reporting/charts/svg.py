"""The few SVG parts that charts are made of; attributes only, since the content policy forbids inline styles."""

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from markupsafe import Markup

Element = ET.Element


def picture(css: str, title: str, description: str, key: str) -> Element:
    """Begin an image that a screen reader announces by its title and description; `key` is unique on the page."""
    svg = ET.Element(
        "svg",
        {
            "class": css,
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-desc" if description else f"{key}-title",
            "xmlns": "http://www.w3.org/2000/svg",
        },
    )
    part(svg, "title", id=f"{key}-title").text = title
    if description:
        part(svg, "desc", id=f"{key}-desc").text = description
    return svg


def part(parent: Element, tag: str, **attributes: Any) -> Element:
    """Add an element; `stroke_width` is written `stroke-width`, `css` is written `class`, numbers are shortened."""
    named = {"class" if name == "css" else name.replace("_", "-"): _spell(value) for name, value in attributes.items()}
    return ET.SubElement(parent, tag, named)


def text(parent: Element, words: str, x: float, y: float, anchor: str = "start", css: str = "chart__label") -> Element:
    """Add a label."""
    label = part(parent, "text", x=x, y=y, text_anchor=anchor, css=css, fill="currentColor", font_size=12)
    label.text = words
    return label


def path(points: Sequence[tuple[float, float]]) -> str:
    """Spell a line through points."""
    return "M" + "L".join(f"{_spell(x)} {_spell(y)}" for x, y in points)


def finish(svg: Element) -> Markup:
    """Spell the picture for a page; every text and attribute has been escaped."""
    return Markup(ET.tostring(svg, encoding="unicode", short_empty_elements=True))  # noqa: S704 - built as XML


def _spell(value: Any) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
