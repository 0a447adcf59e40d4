"""Runs a service's subscriptions on FastStream: raw batches in, our own parse, our own offsets."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaConnectionError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage
from faststream.message import StreamMessage

from chassis import fence
from chassis.applier import Applier, TooManyDeadLetters
from chassis.consumer import Raw, Subscription
from chassis.fence import Gap, Partition
from chassis.health import Health
from chassis.metrics import APPLIED, LAG
from chassis.postgres import TRANSIENT, Pool

log = structlog.get_logger()

MAX_RECORDS = 2000
PROBE_SECONDS = 2.0
RETRY_SECONDS = 0.5
HALT_SECONDS = 5.0
HINT_SECONDS = 1.0

CLIENT: Mapping[str, Any] = {
    "fetch_max_wait_ms": 50,  # a partition that was just emptied is not fetched again before the open fetch ends
    "session_timeout_ms": 6_000,  # the broker's least: so long a group waits for a member that was killed
    "heartbeat_interval_ms": 2_000,
    "rebalance_timeout_ms": 60_000,
}

Records = tuple[ConsumerRecord, ...]


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """One subscription in one process: hands batches to the applier and begins where the fence says."""

    def __init__(self, pool: Pool, subscription: Subscription[Any], health: Health) -> None:
        self.subscription = subscription
        self.name = f"consumer:{subscription.group}"
        self.applier = Applier(pool, subscription)
        self.client: Callable[[], AIOKafkaConsumer | None] = lambda: None
        self._pool = pool
        self._health = health
        self._hinted = 0.0
        self._rewound: dict[Partition, int] = {}
        self._seen: dict[Partition, int] = {}
        health.expect(self.name)

    async def handle(self, records: Records) -> None:
        """Apply one batch, however often it takes; FastStream would log an exception and go on without the batch."""
        raws = [Raw(r.topic, r.partition, r.offset, r.key, r.value) for r in records]
        self._health.busy(self.name)
        while not self._health.stopping.is_set():
            try:
                offsets = await self.applier.apply(raws)
            except TRANSIENT as error:
                log.warning("batch_interrupted", group=self.subscription.group, error=type(error).__name__)
                await self._pause(RETRY_SECONDS)
            except Gap as gap:
                if self._rewind(gap):
                    return
                await self._halt(gap)
            except TooManyDeadLetters as error:
                await self._halt(error)
            except BaseException:
                # FastStream keeps what it catches to itself: without this nobody would learn why the batch comes again.
                log.exception("batch_failed", group=self.subscription.group)
                raise
            else:
                self._health.beat(self.name)
                APPLIED.labels(self.subscription.group).inc(len(raws))
                await self._hint(offsets)
                return

    def _rewind(self, gap: Gap) -> bool:
        """Ask once for the records that are missing: a batch may have been dropped between the client and us."""
        client, place = self.client(), TopicPartition(*gap.place)
        if client is None or place not in client.assignment() or self._rewound.get(gap.place) == gap.expected:
            return False
        self._rewound[gap.place] = gap.expected
        client.seek(place, gap.expected)
        log.warning("consumer_rewound", group=self.subscription.group, where=str(gap))
        return True

    async def _halt(self, error: Exception) -> None:
        self._health.halt(self.name, f"{type(error).__name__}: {error}")
        log.critical("consumer_halted", group=self.subscription.group, why=type(error).__name__, where=str(error))
        await self._pause(HALT_SECONDS)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Nothing to save: the fence is moved with every batch."""

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Begin where the fence says, whatever the group believes; stop when the topic is shorter than that."""
        client = self.client()
        if client is None or not assigned:
            return
        async with self._pool.acquire() as connection:
            positions = await fence.positions(connection, self.subscription.group)
        ends = await client.end_offsets(assigned)
        for partition in assigned:
            position = positions.get((partition.topic, partition.partition), 0)
            if position > ends[partition]:
                self._refuse_cut_topic(partition)
            else:
                client.seek(partition, position)

    async def probe(self) -> None:
        """Find out whether work waits, from the broker's ends and the fence, not from what the client believes."""
        client = self.client()
        if client is None:
            return
        partitions = client.assignment() or await self._all_partitions(client)
        async with self._pool.acquire() as connection:
            positions = await fence.positions(connection, self.subscription.group)
        ends = await client.end_offsets(partitions)  # after the positions, so that it can only be ahead of them
        lag = sum(max(0, end - positions.get((p.topic, p.partition), 0)) for p, end in ends.items())
        LAG.labels(self.subscription.group).set(lag)
        if cut := [p for p, end in ends.items() if positions.get((p.topic, p.partition), 0) > end]:
            self._refuse_cut_topic(cut[0])
        elif lag == 0 or (not client.assignment() and positions != self._seen):
            self._health.idle(self.name)
        else:
            self._health.busy(self.name)
        self._seen = positions

    def _refuse_cut_topic(self, partition: TopicPartition) -> None:
        self._health.halt(self.name, f"{partition.topic}-{partition.partition} was cut or made anew")
        log.critical("topic_shrank", topic=partition.topic, partition=partition.partition)

    async def _all_partitions(self, client: AIOKafkaConsumer) -> set[TopicPartition]:
        found = {topic: client.partitions_for_topic(topic) or set() for topic in self.subscription.topics}
        return {TopicPartition(topic, number) for topic, numbers in found.items() for number in numbers}

    async def _hint(self, offsets: dict[Partition, int]) -> None:
        """Tell the group where we are, for people who watch it; nothing hangs on it."""
        client = self.client()
        if client is None or time.monotonic() - self._hinted < HINT_SECONDS:
            return
        self._hinted = time.monotonic()
        mine = client.assignment()
        hint = {TopicPartition(*place): offset for place, offset in offsets.items()}
        try:
            await client.commit({place: offset for place, offset in hint.items() if place in mine})
        except (KafkaError, IllegalStateError) as error:
            log.info("offset_hint_failed", group=self.subscription.group, error=type(error).__name__)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._health.stopping.wait(), seconds)
        except TimeoutError:
            return


class Consumers:
    """All subscriptions of a process, on one FastStream broker."""

    name = "consumers"

    def __init__(
        self,
        bootstrap: str,
        pool: Pool,
        subscriptions: Sequence[Subscription[Any]],
        health: Health,
        client: Mapping[str, Any] | None = None,
    ) -> None:
        self._bootstrap = bootstrap
        self._client = {**CLIENT, **(client or {})}
        self._health = health
        self._consumers = [Consumer(pool, subscription, health) for subscription in subscriptions]

    async def run(self) -> None:
        """Consume until stopped; while the broker is away, wait for it."""
        while not self._health.stopping.is_set():
            broker = self._broker()
            try:
                await broker.start()
                await self._watch()
            except KafkaConnectionError:
                log.warning("kafka_unreachable")
                self._wait_for_broker()
                await asyncio.sleep(1)
            finally:
                await broker.stop()

    def _wait_for_broker(self) -> None:
        """A process that begins while the broker is away is ready for everything else."""
        for consumer in self._consumers:
            self._health.idle(consumer.name)

    async def _watch(self) -> None:
        while not self._health.stopping.is_set():
            for consumer in self._consumers:
                await _guarded(consumer.probe)
                await _guarded(consumer.applier.settle_letters)
            try:
                await asyncio.wait_for(self._health.stopping.wait(), PROBE_SECONDS)
            except TimeoutError:
                continue

    def _broker(self) -> KafkaBroker:
        broker = KafkaBroker(
            self._bootstrap,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            graceful_timeout=5,
            metadata_max_age_ms=30_000,
            logger=None,
        )
        for consumer in self._consumers:
            self._subscribe(broker, consumer)
        return broker

    def _subscribe(self, broker: KafkaBroker, consumer: Consumer) -> None:
        subscriber = broker.subscriber(
            *consumer.subscription.topics,
            group_id=consumer.subscription.group,
            batch=True,
            max_records=MAX_RECORDS,
            batch_timeout_ms=20,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            parser=_parse,
            decoder=_decode,
            listener=consumer,
            **self._client,
        )
        consumer.client = lambda: subscriber.consumer
        subscriber(consumer.handle)


async def _parse(records: Records) -> StreamMessage[Any]:
    """Wrap the batch as it is: FastStream's own parser decodes headers, and one bad header would lose them all."""
    return KafkaAckableMessage(body=b"", raw_message=records, consumer=_NOBODY)


async def _decode(message: StreamMessage[Any]) -> Records:
    records: Records = message.raw_message
    return records


class _Nobody:
    """Stands where FastStream wants a consumer to acknowledge to; we move the fence instead."""

    async def commit(self) -> None:
        """Commit nothing."""

    def seek(self, partition: TopicPartition, offset: int) -> None:
        """Seek nowhere."""


_NOBODY = _Nobody()


async def _guarded(step: Callable[[], Awaitable[object]]) -> None:
    """Let a probe fail without ending the watch: what it could not find out counts as no progress."""
    try:
        await step()
    except (*TRANSIENT, KafkaError) as error:
        log.warning("probe_failed", error=type(error).__name__)


logging.getLogger("aiokafka").setLevel(logging.WARNING)
