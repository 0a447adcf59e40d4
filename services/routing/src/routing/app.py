"""The composition root: what routing is made of."""

from typing import Any

from chassis.pages import Pages, Site
from chassis.service import Composition, Runtime
from chassis.web import create_app
from contracts.vocabulary import Name
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from chassis import problems
from routing.accounts import Accounts
from routing.clock import now
from routing.consumers import cases_subscription
from routing.desk import Desk
from routing.handling import Handling
from routing.http import agencies, cases, pages, sessions, streams
from routing.http.access import NotSignedIn
from routing.http.errors import PROBLEMS
from routing.registry import Registry, Trees
from routing.settings import Settings
from routing.streams.bell import Bell
from routing.streams.feed import AgencyFeed
from routing.streams.ledger import streams_subscription
from routing.streams.reading import Streams
from routing.streams.topics import AgencyTopics
from routing.tokens import Tokens

SITE = Site(
    name=Name(id="Kentongan: meja kerja", en="Kentongan: workbench"),
    tagline=Name(id="Tindak lanjut laporan warga", en="Handling what citizens file"),
)


def compose(runtime: Runtime[Any]) -> Composition:
    """Put the service together."""
    settings: Settings = runtime.settings
    trees = Trees(runtime.pool)
    topics = AgencyTopics(settings.kafka_bootstrap_servers, trees)
    bell = Bell(settings.database_url.get_secret_value())
    desk = desk_of(runtime, trees, bell)
    return Composition(
        app=web(runtime, desk),
        subscriptions=(
            runtime.keys.subscription("routing.keys"),
            cases_subscription(trees),
            streams_subscription(trees),
        ),
        feeds=(AgencyFeed(runtime.pool, topics),),
        loops=(topics, bell),
    )


def desk_of(runtime: Runtime[Any], trees: Trees, bell: Bell) -> Desk:
    """Gather what the routes need."""
    settings: Settings = runtime.settings
    return Desk(
        settings=settings,
        pool=runtime.pool,
        keys=runtime.keys,
        trees=trees,
        registry=Registry(runtime.log, trees, now),
        handling=Handling(runtime.log, runtime.keys, runtime.pool, trees, now),
        accounts=Accounts(runtime.pool),
        tokens=Tokens(settings.secret_key.get_secret_value()),
        streams=Streams(runtime.pool, runtime.keys, bell, runtime.health.stopping),
        pages=Pages("routing", SITE),
        clock=now,
    )


def web(runtime: Runtime[Any], desk: Desk) -> FastAPI:
    """Make the app."""
    app = create_app(runtime, title="Kentongan routing", problems=PROBLEMS, pages=desk.pages)
    for part in (sessions, cases, agencies, streams, pages):
        app.include_router(part.router(desk))
    app.add_exception_handler(NotSignedIn, _ask_to_sign_in)
    return app


async def _ask_to_sign_in(request: Request, _: Exception) -> Response:
    """Send a person to the sign-in page and back; tell a program what is missing."""
    if problems.wants_page(request):
        return RedirectResponse(pages.sign_in_path(request), 303)
    response = problems.answer(request, problems.SIGN_IN)
    response.headers["www-authenticate"] = "Bearer"
    return response
