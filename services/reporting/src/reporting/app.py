"""Composition root of reporting: two projections, a page and its interface."""

from typing import Any

from fastapi import FastAPI

from chassis.pages import Pages
from chassis.service import Composition, Runtime
from chassis.web import Problem, create_app
from contracts.topics import COMPLAINTS, TOPICS
from contracts.vocabulary import Name
from reporting.consumers import subscriptions
from reporting.freshness import TopicEnds
from reporting.http import api, pages
from reporting.http.asked import UnknownAgency, UnknownPeriod

PROBLEMS = {
    UnknownPeriod: Problem(
        422,
        "unknown-period",
        Name(id="Kurun waktu ini tidak dikenal", en="This period is not known"),
        facts=("period", "offered"),
    ),
    UnknownAgency: Problem(
        404, "unknown-agency", Name(id="Instansi ini tidak dikenal", en="This agency is not known"), facts=("agency",)
    ),
}


def compose(runtime: Runtime[Any]) -> Composition:
    """Put reporting together."""
    return Composition(app=make_app(runtime), subscriptions=subscriptions())


def make_app(runtime: Runtime[Any], topic: str = COMPLAINTS) -> FastAPI:
    """Make the web of reporting; `topic` is where complaints' events stand."""
    [partitions] = [known.partitions for known in TOPICS if known.name == COMPLAINTS]
    ends = TopicEnds(runtime.settings.kafka_bootstrap_servers, topic, partitions)
    frame = Pages("reporting", pages.site(runtime.settings))
    app = create_app(runtime, title="Kentongan reporting", problems=PROBLEMS, pages=frame)
    app.include_router(pages.routes(frame, runtime.pool, ends))
    app.include_router(api.routes(runtime.pool, ends))
    app.state.ends = ends
    return app
