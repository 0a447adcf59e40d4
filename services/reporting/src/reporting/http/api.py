"""What programs may ask: how fresh, and the figures of the page as JSON and CSV."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.postgres import Pool
from reporting import periods, reading
from reporting.freshness import TopicEnds, freshness
from reporting.http import answers
from reporting.http.answers import FiguresAnswer, FreshnessAnswer
from reporting.http.asked import Answer, answer, understand

PeriodWord = Annotated[str, Query(description="30d, 90d, 365d, all, or a year such as 2026.")]
AgencyCode = Annotated[str | None, Query(description="Only complaints this agency has now.")]


def routes(pool: Pool, ends: TopicEnds) -> APIRouter:
    """Make the routes."""
    router = APIRouter(prefix="/api", tags=["figures"])

    async def ask(period: str, agency: str | None) -> Answer:
        return await answer(pool, ends, await understand(pool, period, agency))

    @router.get("/freshness")
    async def get_freshness() -> FreshnessAnswer:
        """Say up to where the events have been applied, and how many wait."""
        ended = await ends.read()
        applied = await reading.applied(pool)
        return answers.freshness_answer(freshness(applied, ended), applied, datetime.now(UTC))

    @router.get("/figures")
    async def get_figures(period: PeriodWord = periods.USUAL, agency: AgencyCode = None) -> FiguresAnswer:
        """Give the figures of the page."""
        return answers.figures_answer(await ask(period, agency))

    @router.get("/figures/agencies.csv", response_class=Response)
    async def get_agencies(period: PeriodWord = periods.USUAL) -> Response:
        """Give the table by agency."""
        return _csv(answers.agencies_csv(await ask(period, None)), f"agencies-{period}")

    @router.get("/figures/trend.csv", response_class=Response)
    async def get_trend(period: PeriodWord = periods.USUAL, agency: AgencyCode = None) -> Response:
        """Give the trend."""
        return _csv(answers.trend_csv(await ask(period, agency)), f"trend-{period}")

    return router


def _csv(text: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
