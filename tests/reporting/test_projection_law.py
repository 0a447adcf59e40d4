"""The law of projections: however a log is cut, repeated and restarted, the tables are the fold of the log (I5)."""

from random import Random
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.histories import Placed, lives, topic
from reporting.projections import agency_daily, complaint_current
from reporting.projections.agency_daily import NOTHING, Cell, Counts
from reporting.projections.complaint_table import Row


class Tables:
    """The two tables in memory, moved batch by batch as the consumer moves them."""

    def __init__(self) -> None:
        self.rows: dict[UUID, Row] = {}
        self.cells: dict[Cell, Counts] = {}

    def apply(self, batch: list[Placed]) -> None:
        """Do what `apply_complaints` does, without a database."""
        wanted = [item for item in batch if item.envelope.type in complaint_current.TYPES]
        before = {item.subject: self.rows[item.subject] for item in wanted if item.subject in self.rows}
        after = complaint_current.fold(before, wanted)
        moves = [(before.get(subject), row) for subject, row in after.items()]
        for cell, counts in agency_daily.differences(moves).items():
            held = self.cells.get(cell, NOTHING)
            self.cells[cell] = Counts(*(one + other for one, other in zip(held, counts, strict=True)))
        self.rows |= after

    @property
    def counted(self) -> dict[Cell, Counts]:
        """Cells that count anything."""
        return {cell: counts for cell, counts in self.cells.items() if counts != NOTHING}


def fold_of(log: list[Placed]) -> Tables:
    """Fold the log from its start, one event at a time, and count the rows at the end: the plainest way."""
    rows: dict[UUID, Row] = {}
    for item in log:
        if item.envelope.type in complaint_current.TYPES:
            rows[item.subject] = complaint_current.evolve(rows.get(item.subject), item)
    tables = Tables()
    tables.rows = rows
    tables.cells = agency_daily.differences((None, row) for row in rows.values())
    return tables


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Placed], list[list[Placed]]]:
    """Give a log, and one way in which it may arrive: partitions by turns, cut anywhere, with repeats."""
    stories = lives(draw(st.integers(1, 12)), seed=draw(st.integers(0, 10**6)))
    log = list(topic(stories, Random(draw(st.integers(0, 10**6)))))
    dice = Random(draw(st.integers(0, 10**6)))
    rest = {item.partition: [other for other in log if other.partition == item.partition] for item in log}
    done: dict[int, list[Placed]] = {partition: [] for partition in rest}
    batches = []
    while any(rest.values()):
        partition = dice.choice([number for number, items in rest.items() if items])
        size = dice.randint(1, 6)
        fresh, rest[partition] = rest[partition][:size], rest[partition][size:]
        # After a restart some of what was applied comes again, in its order, before the new.
        repeated = done[partition][-dice.randint(1, 8) :] if done[partition] and dice.random() < 0.5 else []
        batches.append([*repeated, *fresh])
        if dice.random() < 0.3:
            batches.append([*repeated, *fresh])
        done[partition] += fresh
    return log, batches


@given(deliveries())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_delivery_gives_the_fold_of_the_log(delivery: tuple[list[Placed], list[list[Placed]]]) -> None:
    log, batches = delivery
    tables = Tables()
    for batch in batches:
        tables.apply(batch)
    expected = fold_of(log)
    assert tables.rows == expected.rows
    assert tables.counted == expected.counted


@given(st.integers(0, 10**6), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_the_interleaving_of_complaints_does_not_matter(one: int, other: int) -> None:
    stories = lives(8, seed=one)
    first, second = (fold_of(list(topic(stories, Random(seed)))) for seed in (one, other))

    def without_places(tables: Tables) -> dict[UUID, Row]:
        return {key: row._replace(record_offset=0) for key, row in tables.rows.items()}

    assert without_places(first) == without_places(second)
    assert first.cells == second.cells


@given(st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_every_complaint_is_counted_once_and_in_exactly_one_standing(seed: int) -> None:
    tables = fold_of(list(topic(lives(30, seed=seed))))
    sums = Counts(*(sum(column) for column in zip(*tables.cells.values(), strict=True)))
    answered = [row for row in tables.rows.values() if row.first_response_at is not None]
    assert sums.received == len(tables.rows) == 30
    assert sums.answered == sums.responses == len(answered)
    assert sums.answered_in_time + sums.answered_late <= sums.answered
    assert sums.answered + sums.closed_unanswered <= sums.received
