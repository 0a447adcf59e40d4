"""Words in the reader's language: gettext catalogues of a service on top of the shared ones; msgids are English."""

import importlib.util
import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from babel.support import NullTranslations, Translations

_active: ContextVar[NullTranslations] = ContextVar("translations")
_language: ContextVar[str] = ContextVar("language", default="id")


def folder(package: str) -> Path:
    """Return the folder of an importable package."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No package named {package}")
    return Path(spec.submodule_search_locations[0])


def has_folder(package: str, name: str) -> bool:
    """Say whether a package brings a folder of this name."""
    return (folder(package) / name).is_dir()


def catalogues(package: str, languages: Sequence[str]) -> Mapping[str, NullTranslations]:
    """Load `<package>/locale/<language>`, falling back on the shared catalogue, then on the msgid."""
    return {language: _merged(package, language) for language in languages}


def _merged(package: str, language: str) -> NullTranslations:
    shared = Translations.load(folder("chassis") / "locale", [language])
    own = Translations.load(folder(package) / "locale", [language])
    own.add_fallback(shared)
    return own


@contextmanager
def active(catalogue: NullTranslations, language: str) -> Iterator[None]:
    """Inside the block templates speak this language."""
    catalogue_token, language_token = _active.set(catalogue), _language.set(language)
    try:
        yield
    finally:
        _active.reset(catalogue_token)
        _language.reset(language_token)


def language() -> str:
    """Return the language of the page being rendered."""
    return _language.get()


def install(environment: jinja2.Environment) -> None:
    """Give templates `_()`, `ngettext()` and `{% trans %}`, resolved when a page is rendered."""
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by jinja2.ext.i18n
        lambda msgid: _active.get().ugettext(msgid),
        lambda one, many, count: _active.get().ungettext(one, many, count),
        newstyle=True,
    )


METHODS = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
OPTIONS = {METHODS[0][0]: {"trimmed": "true", "silent": "false"}}
SINCE = datetime(2026, 11, 24, tzinfo=UTC)
HEADER = b"""msgid ""
msgstr ""
"Language: id\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


def po_file(package: str) -> Path:
    """Return where a package keeps its Indonesian words."""
    return folder(package) / "locale" / "id" / "LC_MESSAGES" / "messages.po"


def extract(package: str) -> Catalog:
    """Return today's msgids of a package, with the translations it has."""
    known = _read(po_file(package).read_bytes() if po_file(package).exists() else HEADER)
    catalog = _read(HEADER)
    for _, _, msgid, _, _ in extract_from_dir(folder(package), METHODS, OPTIONS):
        message = known.get(msgid if isinstance(msgid, str) else msgid[0])
        catalog.add(msgid, message.string if message else None)
    return catalog


def write(package: str) -> None:
    """Write the .po file of a package: new msgids wait there, empty, for their translation."""
    buffer = io.BytesIO()
    write_po(buffer, extract(package), width=110, no_location=True, omit_header=True, sort_output=True)
    po_file(package).parent.mkdir(parents=True, exist_ok=True)
    po_file(package).write_bytes(HEADER + buffer.getvalue())


def compiled(package: str) -> bytes:
    """Return the .mo form of a package's .po file."""
    buffer = io.BytesIO()
    write_mo(buffer, _read(po_file(package).read_bytes()))
    return buffer.getvalue()


def _read(po: bytes) -> Catalog:
    catalog = read_po(io.BytesIO(po), "id")
    catalog.creation_date = SINCE  # Babel would write the present time into every file it makes
    return catalog


if __name__ == "__main__":
    command, name = sys.argv[1:]
    if command == "extract":
        write(name)
    po_file(name).with_suffix(".mo").write_bytes(compiled(name))
