"""Reporting in a test: records delivered through the real applier, and its web on a runtime of its own."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import SecretStr

from chassis.applier import Applier
from chassis.consumer import Raw, Received, Subscription
from chassis.event_log import EventLog
from chassis.health import Health
from chassis.postgres import Pool
from chassis.service import Runtime
from kit import histories
from kit.histories import Placed
from kit.streams import fresh_topic, publish
from reporting.consumers import subscriptions
from reporting.settings import Settings


def runtime(dsn: str, pool: Pool, bootstrap: str, **changes: Any) -> Runtime[Settings]:
    """Make the runtime that reporting gets from the chassis."""
    settings = Settings(
        database_url=SecretStr(dsn),
        kafka_bootstrap_servers=bootstrap,
        http_port=0,
        secret_key=SecretStr("only-for-tests-only-for-tests-only"),
        **changes,
    )
    health = Health(pool, bootstrap)
    return Runtime("reporting", settings, pool, EventLog(pool, "reporting", health), health, None)


def complaints(topic: str) -> Subscription[Received]:
    """Give the subscription that keeps complaints and counters, on a topic of the test's own."""
    return subscriptions(complaints=topic)[0]


def tree(topic: str) -> Subscription[Received]:
    """Give the subscription that keeps the tree of agencies."""
    return subscriptions(tree=topic)[1]


def raw(item: Placed, topic: str) -> Raw:
    """Spell an event as the broker would hand it over."""
    return Raw(topic, item.partition, item.offset, str(item.subject).encode(), item.envelope.to_bytes())


def raws(log: Iterable[Placed], topic: str) -> list[Raw]:
    """Spell a log."""
    return [raw(item, topic) for item in log]


async def deliver(pool: Pool, subscription: Subscription[Received], records: Sequence[Raw], size: int = 500) -> None:
    """Deliver records in batches, each batch twice, as Kafka may."""
    applier = Applier(pool, subscription)
    for begin in range(0, len(records), size):
        for _ in range(2):
            await applier.apply(records[begin : begin + size])


async def send(bootstrap: str, name: str, log: Sequence[Placed]) -> None:
    """Publish a log to a topic, each event into the partition it is placed in."""
    for partition in sorted({item.partition for item in log}):
        records = [(record.key, record.value) for record in raws(log, name) if record.partition == partition]
        await publish(bootstrap, name, records, partition=partition)


async def published(bootstrap: str, log: Sequence[Placed]) -> str:
    """Publish a log to a topic of its own; return the topic's name."""
    name = await fresh_topic(bootstrap, partitions=histories.PARTITIONS)
    await send(bootstrap, name, log)
    return name


def tree_of_agencies() -> list[Placed]:
    """Give the invented tree, with one sandbox."""
    events = [
        histories.envelope(
            histories.agency(code, training=code.endswith("latihan")),
            histories.officer(code).officer,
            1,
            histories.FIRST_DAY,
        )
        for code in histories.NAMES
    ]
    return [Placed(event, 0, place) for place, event in enumerate(events)]
