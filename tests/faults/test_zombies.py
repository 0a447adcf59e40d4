"""Those who come back from the dead, sessions that die one by one, and records that are published again."""

import asyncio
import signal
from contextlib import AsyncExitStack
from random import Random

import asyncpg
import pytest
from confluent_kafka import Producer

from kit import evidence
from kit.evidence import Record
from kit.rig import Rig
from kit.stack import SERVICES
from kit.standby import cut_off, standby

pytestmark = pytest.mark.faults

FROZEN_SECONDS = (7.0, 10.0)
"""Longer than the six seconds after which a group gives a silent member's partitions to another."""

KILL_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()
"""


async def frozen_while_a_standby_works(rig: Rig, random: Random) -> None:
    """Freeze every first process in the middle of its work; its sessions are cut, its standby takes over; it wakes."""
    async with AsyncExitStack() as standbys:
        made = await asyncio.gather(*(standbys.enter_async_context(standby(rig.stack, each)) for each in SERVICES))
        with rig.crowd.also_at(*made[:2]):
            await asyncio.sleep(random.uniform(0.5, 1.5))
            await asyncio.gather(*(_freeze(rig, service, random.uniform(*FROZEN_SECONDS)) for service in SERVICES))
            await asyncio.sleep(2)


async def _freeze(rig: Rig, service: str, seconds: float) -> None:
    blow = rig.note(service, rig.stack.kill(service, signal.SIGSTOP))
    assert await cut_off(rig.stack, service, blow.pid) > 0
    await asyncio.sleep(seconds)
    rig.stack.kill(service, signal.SIGCONT)
    await rig.back(blow, same_process=True)


async def a_storm_of_killed_sessions(rig: Rig, random: Random) -> None:
    """Kill every database session of every service a dozen times."""
    for _ in range(12):
        for service in SERVICES:
            connection = await asyncpg.connect(rig.stack.dsn(service))
            await connection.execute(KILL_SESSIONS)
            await connection.close()
        blow = rig.note("sessions", 0)
        blow.back = blow.at
        await asyncio.sleep(random.uniform(0.05, 0.8))


async def published_again(rig: Rig, random: Random) -> None:
    """Publish the newest records once more in their order, and then old ones after newer ones of the same stream."""
    await asyncio.sleep(random.uniform(1, 3))
    topic = (await evidence.records(rig.stack.bootstrap, ["complaints"]))["complaints"]
    newest = sorted(topic, key=lambda record: record.at)[-300:]
    late = [record for record in topic if any(_follows(record, other) for other in newest)]
    await asyncio.to_thread(_publish, rig.stack.bootstrap, [*newest, *random.sample(late, min(30, len(late)))])
    await asyncio.sleep(1)


def _follows(record: Record, other: Record) -> bool:
    return record.stream == other.stream and record.version == other.version - 1


def _publish(bootstrap: str, records: list[Record]) -> None:
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all", "enable.idempotence": True})
    for record in records:
        producer.produce(record.topic, record.value, record.key, record.partition)
    assert producer.flush(20) == 0


async def test_the_promises_hold_when_a_frozen_process_wakes_beside_the_one_that_took_over(suffering: Rig) -> None:
    await suffering.suffer("freeze all services", frozen_while_a_standby_works)


async def test_the_promises_hold_when_database_sessions_die_again_and_again(suffering: Rig) -> None:
    await suffering.suffer("kill sessions", a_storm_of_killed_sessions)


async def test_the_promises_hold_when_records_are_published_again_and_stale_ones_late(suffering: Rig) -> None:
    report = await suffering.suffer("publish again", published_again)
    assert report.published_twice >= 300, "nothing was published twice, so nothing was proven"
    assert report.arrived_twice == 0
