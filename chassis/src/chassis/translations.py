"""Words in the reader's language: gettext catalogues of a service on top of the shared ones; msgids are English."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

import jinja2
from babel.messages import frontend
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


MAPPING = """[python: **.py]
[jinja2: **/templates/**]
encoding = utf-8
trimmed = true
"""


def extract(package: str) -> None:
    """Collect the msgids of a package into its Indonesian catalogue, keeping what is translated."""
    root = folder(package)
    target = root / "locale" / "id" / "LC_MESSAGES" / "messages.po"
    target.parent.mkdir(parents=True, exist_ok=True)
    template, mapping = target.with_suffix(".pot"), target.with_suffix(".cfg")
    mapping.write_text(MAPPING)
    common = ["--project", package, "--omit-header", "--no-location", "--sort-output"]
    _babel("extract", "-F", str(mapping), "-o", str(template), *common, str(root))
    merge = ["update", "--no-fuzzy-matching", "--ignore-obsolete"] if target.exists() else ["init"]
    _babel(*merge, "-i", str(template), "-o", str(target), "-l", "id")
    template.unlink()
    mapping.unlink()


def compile_catalogue(package: str) -> None:
    """Write the .mo files beside the .po files."""
    _babel("compile", "-d", str(folder(package) / "locale"))


def _babel(*arguments: str) -> None:
    frontend.CommandLineInterface().run(["pybabel", "-q", *arguments])  # type: ignore[no-untyped-call]  # ships partial types


if __name__ == "__main__":
    {"extract": extract, "compile": compile_catalogue}[sys.argv[1]](sys.argv[2])
