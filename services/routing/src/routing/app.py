"""The composition root: what routing is made of."""

from typing import Any

from chassis.service import Composition, Runtime
from routing.consumers import cases_subscription
from routing.desk import desk_of
from routing.http.web import web
from routing.registry import Trees
from routing.settings import Settings
from routing.streams.bell import Bell
from routing.streams.feed import AgencyFeed
from routing.streams.ledger import streams_subscription
from routing.streams.topics import AgencyTopics


def compose(runtime: Runtime[Any]) -> Composition:
    """Put the service together."""
    settings: Settings = runtime.settings
    trees = Trees(runtime.pool)
    topics = AgencyTopics(settings.kafka_bootstrap_servers, trees)
    bell = Bell(settings.database_url.get_secret_value())
    return Composition(
        app=web(runtime, desk_of(runtime, trees, bell)),
        subscriptions=(
            runtime.keys.subscription("routing.keys"),
            cases_subscription(trees),
            streams_subscription(trees),
        ),
        feeds=(AgencyFeed(runtime.pool, topics),),
        loops=(topics, bell),
    )
