"""Pages for people: Jinja templates of a service inside the shared frame, in the language the reader asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from chassis import assets, formats, translations
from contracts.vocabulary import Name

LANGUAGES = ("id", "en")
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True)
class Link:
    """A place in the navigation or the footer."""

    label: Name
    href: str


@dataclass(frozen=True)
class Site:
    """What the frame around every page of a service says."""

    name: Name
    links: Sequence[Link] = ()
    footer: Sequence[Link] = ()
    tagline: Name | None = None


def language_of(request: Request) -> str:
    """Return what the reader asked for: in the address, else by cookie, else Indonesian."""
    for asked in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if asked in LANGUAGES:
            return asked
    return LANGUAGES[0]


def say(name: Name, language: str) -> str:
    """Return a name in one language."""
    return name.en if language == "en" else name.id


class Pages:
    """The templates of one service, with its words (`locale`) and files (`static`), on top of the shared ones."""

    def __init__(self, package: str, site: Site | None = None) -> None:
        self.site = site or Site(name=Name(id=package.capitalize(), en=package.capitalize()))
        self.translations = translations.catalogues(package, LANGUAGES)
        self._environment = _environment(package)
        if translations.has_folder(package, "static"):
            assets.offer(package, translations.folder(package) / "static")

    def render(
        self, request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
    ) -> HTMLResponse:
        """Render a template; StrictUndefined: a misspelt field fails loudly."""
        language = language_of(request)
        with translations.active(self.translations[language], language):
            html = self._environment.get_template(template).render(
                {**self._frame(request, language), **(context or {})}
            )
        response = HTMLResponse(html, status, headers={"content-language": language, "vary": "cookie"})
        if request.query_params.get("lang") == language != request.cookies.get(COOKIE):
            secure = request.url.scheme == "https"
            response.set_cookie(COOKIE, language, max_age=COOKIE_SECONDS, samesite="lax", secure=secure, httponly=True)
        return response

    def gettext(self, request: Request) -> Callable[[str], str]:
        """Return what translates for this reader outside of a template: `_ = pages.gettext(request)`."""
        return self.translations[language_of(request)].ugettext

    def _frame(self, request: Request, language: str) -> dict[str, Any]:
        return {
            "site": self.site,
            "demo": request.app.state.demo,
            "language": language,
            "path": request.url.path,
            "switches": {each: _switch(request, each) for each in LANGUAGES},
            "now": datetime.now(UTC),
        }


def _switch(request: Request, language: str) -> str:
    kept = [(key, value) for key, value in parse_qsl(request.url.query) if key != "lang"]
    return f"{request.url.path}?{urlencode([*kept, ('lang', language)])}"


def _environment(package: str) -> jinja2.Environment:
    loaders: list[jinja2.BaseLoader] = [jinja2.PackageLoader("chassis", "front/templates")]
    if translations.has_folder(package, "templates"):
        loaders.insert(0, jinja2.PackageLoader(package, "templates"))
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    translations.install(environment)
    environment.filters.update(formats.FILTERS)
    environment.filters["say"] = lambda name: say(name, translations.language())
    environment.globals.update(_govuk_macros(), static=assets.url)
    return environment


def _govuk_macros() -> dict[str, Any]:
    """Offer the component macros as plain functions: their own environment is lenient, ours stays strict."""
    prefix = "govuk_frontend_jinja"
    loader = jinja2.PrefixLoader({prefix: jinja2.PackageLoader(prefix)})
    lenient = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.ChainableUndefined)
    macros: dict[str, Any] = {}
    for template in loader.list_templates():
        if template.endswith("/macro.html"):
            module = lenient.get_template(template).module
            macros.update({name: value for name, value in vars(module).items() if name.startswith("govuk")})
    return macros
