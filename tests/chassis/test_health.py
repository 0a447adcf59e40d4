"""Health means progress: who waits for what is away is well, who is stuck is not, who died ends the process."""

import asyncio
import socket
import uuid
from collections.abc import Iterator

import pytest
from aiokafka.errors import KafkaError

from chassis.health import Health, Stalled
from chassis.kafka import Consumers
from chassis.postgres import Pool
from chassis.relay import EventFeed, Relay
from chassis.service import run_loops
from kentongan.stack.kafka import Kafka
from kit.counting import consuming, counting, until, until_effects
from kit.streams import publish, story

NOWHERE = "127.0.0.1:1"


async def test_a_loop_with_work_and_no_progress_is_not_alive(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap, stall_seconds=0.2)
    health.busy("relay")
    assert health.live()[0]
    await asyncio.sleep(0.3)
    alive, detail = health.live()
    assert (alive, detail["stalled"]) == (False, ["relay"])
    health.beat("relay")
    assert health.live()[0]


async def test_a_loop_without_work_is_alive_for_ever(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap, stall_seconds=0.1)
    health.busy("relay")
    health.idle("relay")
    await asyncio.sleep(0.2)
    assert health.live()[0]


async def test_the_watchdog_ends_a_process_that_is_stuck(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap, stall_seconds=0.5)
    health.busy("relay")
    with pytest.raises(Stalled, match="relay"):
        await asyncio.wait_for(health.run(), 10)


async def test_a_stuck_process_is_ended_as_soon_as_its_time_is_over(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap, stall_seconds=6)
    health.busy("relay")
    began = asyncio.get_running_loop().time()
    with pytest.raises(Stalled):
        await asyncio.wait_for(health.run(), 20)
    assert asyncio.get_running_loop().time() - began < 11, "the time was counted twice"


async def test_who_waits_for_a_broker_that_is_away_is_left_alone(pool: Pool) -> None:
    health = Health(pool, NOWHERE, stall_seconds=0.5)
    health.busy("relay")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(health.run(), 4)


async def test_a_service_is_not_ready_before_its_loops_have_begun(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap)
    health.expect("consumer:a")
    ready, detail = await health.ready()
    assert (ready, detail["starting"]) == (False, ["consumer:a"])
    health.idle("consumer:a")
    assert (await health.ready())[0]


async def test_a_broker_that_is_away_is_reported_but_requests_are_still_accepted(pool: Pool) -> None:
    ready, detail = await Health(pool, NOWHERE).ready()
    assert (ready, detail["kafka"]) == (True, "unreachable")


@pytest.fixture
def frozen() -> Iterator[str]:
    """Give a port like that of a broker that was stopped: connections are accepted, and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


async def test_a_frozen_broker_is_away_and_who_waits_for_it_is_ready_and_alive(pool: Pool, frozen: str) -> None:
    health = Health(pool, frozen, stall_seconds=0.5)
    health.busy("relay")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(health.run(), 6)
    ready, detail = await health.ready()
    assert (ready, detail["kafka"], detail["stalled"]) == (True, "unreachable", ["relay"])
    assert health.live()[0]


async def test_who_is_stuck_beside_a_broker_that_answers_is_not_ready(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap, stall_seconds=0.1)
    health.busy("relay")
    await asyncio.sleep(0.2)
    assert not (await health.ready())[0]


async def test_a_halted_loop_is_not_ready_and_says_why(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap)
    health.halt("consumer:a", "Gap: topic-3")
    ready, detail = await health.ready()
    assert (ready, detail["halted"]) == (False, {"consumer:a": "Gap: topic-3"})
    assert health.live()[0], "a restart would not mend it"


async def test_a_halted_loop_is_not_stuck_however_much_work_waits(pool: Pool, kafka: Kafka) -> None:
    health = Health(pool, kafka.bootstrap, stall_seconds=0.1)
    health.halt("consumer:a", "Gap: topic-3")
    health.busy("consumer:a")
    await asyncio.sleep(0.2)
    assert health.live()[0]
    assert not (await health.ready())[0]
    health.beat("consumer:a")
    assert (await health.ready())[0]


async def test_a_database_that_is_away_makes_the_service_unready(pool: Pool, kafka: Kafka) -> None:
    pool.terminate()
    ready, detail = await Health(pool, kafka.bootstrap).ready()
    assert (ready, detail["database"]) == (False, "unreachable")


async def test_a_dead_coordinator_ends_the_process(
    kafka: Kafka, pool: Pool, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """aiokafka raises for ever when its coordination task has died; FastStream logs that and tries again for ever."""
    subject = uuid.uuid4()
    key = str(subject).encode()
    first, second = story(subject, 2)
    await publish(kafka.bootstrap, topic, [(key, first)])
    health = Health(pool, kafka.bootstrap, stall_seconds=3)
    consumers = Consumers(kafka.bootstrap, pool, [await counting(pool, topic, topic)], health)
    process = asyncio.ensure_future(run_loops([health, consumers], health.stopping))
    await until_effects(pool, 1)

    def dead(*_: object) -> None:
        raise KafkaError("the coordination task died")

    monkeypatch.setattr("aiokafka.consumer.group_coordinator.GroupCoordinator.check_errors", dead)
    await publish(kafka.bootstrap, topic, [(key, second)])
    assert await asyncio.wait_for(process, 40) == 1
    monkeypatch.undo()
    async with consuming(kafka.bootstrap, pool, await counting(pool, topic, topic)):
        await until_effects(pool, 2)


async def test_a_process_that_begins_while_the_broker_is_away_accepts_requests(pool: Pool, dsn: str) -> None:
    health = Health(pool, NOWHERE)
    relay = Relay(dsn, pool, NOWHERE, [EventFeed(pool)], [], health)
    consumers = Consumers(NOWHERE, pool, [await counting(pool, "g", "t")], health)
    tasks = [asyncio.ensure_future(loop.run()) for loop in (relay, consumers)]

    async def ready() -> bool:
        return (await health.ready())[0]

    await until(ready, 20)
    assert (await health.ready())[1]["kafka"] == "unreachable"
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_a_consumer_that_finds_no_broker_waits_for_it(pool: Pool, topic: str) -> None:
    health = Health(pool, NOWHERE)
    consumers = Consumers(NOWHERE, pool, [await counting(pool, topic, topic)], health)
    task = asyncio.ensure_future(consumers.run())
    await asyncio.sleep(3)
    assert not task.done()
    health.stopping.set()

    async def ended() -> bool:
        return task.done()

    await until(ended, 10)
