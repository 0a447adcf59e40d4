"""Words: every sentence has its Indonesian, compiled; days, moments and numbers are written as readers write them."""

import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from chassis import formats
from chassis.pages import LANGUAGES, Pages
from chassis.translations import active, catalogues, compiled, extract, folder, po_file, write

PACKAGES = ("chassis", "intake", "routing", "notify", "reporting", "kit.showcase")
MORNING = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
INLINE = re.compile(r"\sstyle\s*=|\son[a-z]+\s*=|<style|<script(?![^>]*\ssrc=)|javascript:|https?://(?!www\.w3\.org/)")


def _missing(catalog: Catalog) -> list[object]:
    return [message.id for message in catalog if message.id and not (message.string and all(message.string))]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_sentence_has_its_translation(package: str) -> None:
    """When this fails: `python -m chassis.translations extract <package>`, fill in the .po file, then `compile`."""
    catalog = extract(package)
    assert _missing(catalog) == []
    assert [(message.id, errors) for message, errors in catalog.check()] == []


def test_a_sentence_without_translation_is_noticed() -> None:
    catalog = Catalog("id")
    catalog.add("Filed", "Disampaikan")
    catalog.add("Forgotten")
    assert _missing(catalog) == ["Forgotten"]


def test_collecting_keeps_what_is_translated_and_drops_what_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "drums"
    (package / "templates").mkdir(parents=True)
    (package / "__init__.py").write_text('_ = str\nsaid = _("Beaten")\n')
    template = package / "templates" / "drum.html"
    template.write_text('{{ _("Silent") }}{% trans count=2 %}One{% pluralize %}{{ count }} drums{% endtrans %}')
    monkeypatch.syspath_prepend(str(tmp_path))
    write("drums")
    words = po_file("drums")
    assert _missing(extract("drums")) == ["Beaten", "Silent", ("One", "%(count)s drums")]
    for empty, said in (('"Beaten"\nmsgstr ""', "Dipukul"), ('"Silent"\nmsgstr ""', "Diam")):
        words.write_text(words.read_text().replace(empty, empty[:-1] + said + '"'))
    template.write_text("")
    write("drums")
    write("drums")
    assert {message.id: message.string for message in extract("drums") if message.id} == {"Beaten": "Dipukul"}
    assert "Diam" not in words.read_text()


@pytest.mark.parametrize("package", PACKAGES)
def test_the_compiled_words_are_those_of_the_source(package: str) -> None:
    if any(message.id for message in extract(package)):
        committed = po_file(package).with_suffix(".mo").read_bytes()
        assert _words(committed) == _words(compiled(package))


def _words(mo: bytes) -> dict[object, object]:
    return {str(message.id): message.string for message in read_mo(io.BytesIO(mo)) if message.id}


@pytest.mark.parametrize("package", PACKAGES)
def test_templates_hold_no_style_no_script_and_no_outside_address(package: str) -> None:
    templates = [*folder(package).glob("templates/**/*.html"), *folder(package).glob("front/templates/**/*.html")]
    found = {
        f"{template.name}: {breach[0].strip()}"
        for template in templates
        for breach in INLINE.finditer(template.read_text())
    }
    assert found == set()


def test_every_template_is_well_formed() -> None:
    for package in PACKAGES:
        environment = Pages(package)._environment
        for name in environment.list_templates(extensions=["html"]):
            environment.get_template(name)


def test_an_unknown_sentence_is_shown_as_it_is() -> None:
    words = catalogues("kit.showcase", LANGUAGES)
    assert words["id"].ugettext("Never written") == "Never written"
    assert (words["id"].ugettext("Copy"), words["en"].ugettext("Copy")) == ("Salin", "Copy")


@pytest.mark.parametrize(
    ("language", "written"),
    [
        (
            "id",
            [
                "24 Nov 2026",
                "24 Nov 2026 08.00 WIB",
                "24 Nov 2026 10.00 WIT",
                "12.480",
                "2,4",
                "87%",
                "3 hari yang lalu",
            ],
        ),
        ("en", ["24 Nov 2026", "24 Nov 2026 08:00 WIB", "24 Nov 2026 10:00 WIT", "12,480", "2.4", "87%", "3 days ago"]),
    ],
)
def test_figures_and_times_follow_the_language(language: str, written: list[str]) -> None:
    with active(catalogues("chassis", LANGUAGES)[language], language):
        assert written == [
            formats.day(date(2026, 11, 24)),
            formats.moment(MORNING),
            formats.moment(MORNING, "WIT"),
            formats.number(12480),
            formats.number(2.44, 1),
            formats.percent(0.868),
            formats.ago(MORNING - timedelta(days=3), MORNING),
        ]


def test_the_future_is_said_as_future() -> None:
    with active(catalogues("chassis", LANGUAGES)["id"], "id"):
        assert formats.ago(MORNING + timedelta(hours=5), MORNING) == "dalam 5 jam"
