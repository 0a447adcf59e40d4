"""However records are cut into batches, repeated, raced for and lost in crashes, the tables are the fold in order."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import chain
from random import Random
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.applier import Applier
from chassis.consumer import Raw, Received
from kit.histories import Placed, lives, topic
from kit.replaying import BARE, Crash, Tables, raw, tables_of
from kit.servers import PostgresForTests

Processes = list[list["Applier[Received]"]]


@dataclass(frozen=True)
class Turn:
    """One thing that happens: a process takes at most `size` records of some partitions, or a new one replaces it."""

    who: int
    what: str
    size: int
    rewind: int
    partitions: frozenset[int]


TURNS = st.builds(
    Turn,
    who=st.integers(0, 1),
    what=st.sampled_from(["deliver", "deliver", "deliver", "race", "crash", "restart"]),
    size=st.integers(1, 12),
    rewind=st.integers(0, 8),
    partitions=st.frozensets(st.integers(0, 11), min_size=1, max_size=6),
)


SERVICES = [BARE, "intake", "routing", "notify", "reporting"]


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=SERVICES)
async def pair(request: pytest.FixtureRequest, postgres: PostgresForTests) -> AsyncIterator[tuple[Tables, Tables]]:
    """Give a service's tables twice: one for the strange delivery, one for the plain one."""
    async with tables_of(request.param, postgres, 2) as (strange, plain):
        yield strange, plain


@pytest.mark.timeout(600)  # a failure is made small before it is told, which takes its time
@given(st.integers(0, 10**6), st.integers(1, 8), st.lists(TURNS, min_size=4, max_size=25))
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
async def test_any_delivery_gives_the_fold_in_order(
    pair: tuple[Tables, Tables], seed: int, count: int, turns: list[Turn]
) -> None:
    strange, plain = pair
    await asyncio.gather(strange.clear(), plain.clear())
    log = _published(count, seed)
    await plain.fold([raw(each) for each in first_occurrences(log)])
    records = {number: [raw(each) for each in written] for number, written in log.items()}
    await _live(strange, records, turns)
    assert await strange.contents() == await plain.contents()
    ends = {number: len(written) for number, written in records.items()}
    for applier in strange.process():
        assert await strange.offsets(applier._group) == ends


def _published(count: int, seed: int) -> dict[int, list[Placed]]:
    """Lay lives into a topic; now and then a relay that came back publishes again what it had published before."""
    dice = Random(seed)
    partitions: dict[int, list[Placed]] = {number: [] for number in range(12)}
    for placed in topic(lives(count, seed=seed), Random(seed)):
        written = partitions[placed.partition]
        written.append(placed)
        if dice.random() < 0.1:
            written += written[-dice.randint(1, 5) :]
        elif dice.random() < 0.1:
            written.append(dice.choice(written))
    return {
        number: [Placed(each.envelope, number, offset) for offset, each in enumerate(written)]
        for number, written in partitions.items()
        if written
    }


def first_occurrences(log: dict[int, list[Placed]]) -> list[Placed]:
    """Leave out what was published again; partition by partition, which is as good as any order."""
    seen: set[UUID] = set()
    kept = []
    for placed in chain.from_iterable(log.values()):
        if placed.envelope.id not in seen:
            seen.add(placed.envelope.id)
            kept.append(placed)
    return kept


async def _live(tables: Tables, log: dict[int, list[Raw]], turns: list[Turn]) -> None:
    processes: Processes = [tables.process(), tables.process()]
    for turn in turns:
        if turn.what == "restart":
            processes[turn.who] = tables.process()
        elif turn.what == "race":
            await asyncio.gather(*(_deliver(tables, each, log, turn) for each in processes))
        else:
            tables.crash_next = turn.what == "crash"
            await _deliver(tables, processes[turn.who], log, turn)
            tables.crash_next = False
    everything = Turn(0, "deliver", 10_000, 3, frozenset(log))
    await _deliver(tables, tables.process(), log, everything)


async def _deliver(tables: Tables, process: list["Applier[Received]"], log: dict[int, list[Raw]], turn: Turn) -> None:
    """Deliver from a little before where the group is, as after a rebalance; a crash is what it is."""
    for applier in process:
        positions = await tables.offsets(applier._group)
        batch = []
        for partition in sorted(turn.partitions & log.keys()):
            begin = max(0, positions.get(partition, 0) - turn.rewind)
            batch += log[partition][begin : begin + turn.rewind + turn.size]
        try:
            await applier.apply(batch)
        except Crash:
            continue
