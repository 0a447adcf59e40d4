"""The dashboard: one page for everybody, in Indonesian and English, whose address says what is shown."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from chassis.pages import Link, Pages, Site
from chassis.postgres import Pool
from contracts.vocabulary import Name
from reporting import drawings, periods
from reporting.charts import bars
from reporting.disclosure import SMALLEST_GROUP
from reporting.freshness import TopicEnds
from reporting.http import answers
from reporting.http.asked import Answer, answer, understand
from reporting.settings import Settings


def site(settings: Settings) -> Site:
    """Say what the frame around the page says."""
    links = [Link(Name(id="Angka", en="Figures"), "/")]
    if settings.intake_url:
        links.append(Link(Name(id="Sampaikan pengaduan", en="File a complaint"), settings.intake_url))
    return Site(
        name=Name(id="Kentongan", en="Kentongan"),
        tagline=Name(id="Siapa menjawab, secepat apa", en="Who answers, how fast"),
        links=tuple(links),
        footer=(
            Link(Name(id="API", en="API"), "/docs"),
            Link(Name(id="Kesegaran data (JSON)", en="Freshness (JSON)"), "/api/freshness"),
        ),
    )


def routes(pages: Pages, pool: Pool, ends: TopicEnds) -> APIRouter:
    """Make the routes."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def dashboard(request: Request, period: str = periods.USUAL, agency: str | None = None) -> Response:
        found = await answer(pool, ends, await understand(pool, period, agency))
        return pages.render(request, "dashboard.html", _context(found))

    return router


def _context(found: Answer) -> dict[str, Any]:
    asked, figures = found.asked, found.figures
    return {
        "figures": figures,
        "known": asked.known,
        "fresh": answers.fresh(found),
        "periods": periods.choices(asked.today, asked.known),
        "smallest": SMALLEST_GROUP,
        "looks": {look.key: look for look in bars.LOOKS},
        "patterns": bars.patterns,
        "swatch": bars.swatch,
        "standing": drawings.standing,
        "draw_trend": partial(drawings.trend, figures),
        "bin_name": partial(_bin_name, figures.bin_kind),
        "amount": drawings.amount,
    }


def _bin_name(kind: periods.BinKind, span: periods.Bin) -> str:
    return drawings.full_name(span, kind)
