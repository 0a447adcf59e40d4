"""Nobody can read or work out a group of fewer than five from a table and its total."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporting.disclosure import SMALLEST_GROUP, may_total, too_small, withheld


def test_one_to_four_are_too_few_and_none_is_not() -> None:
    assert [count for count in range(8) if too_small(count)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ([], set()),
        ([40, 9, 0, 5], set()),
        ([40, 9, 3], {1, 2}),
        ([40, 9, 5, 1], {2, 3}),
        ([40, 9, 2, 4, 3], {2, 3, 4}),
        ([40, 9, 1, 1], {1, 2, 3}),
        ([40, 6, 6, 1], {1, 2, 3}),
        ([40, 5, 4, 4], {1, 2, 3}),
        ([3], {0}),
        ([2, 0], {0}),
    ],
)
def test_what_is_withheld(counts: list[int], hidden: set[int]) -> None:
    assert withheld(counts) == hidden


Seen = tuple[int | None, tuple[int | None, ...]]


def published(counts: tuple[int, ...]) -> Seen:
    """What a reader sees: the total if it is told, and the counts with gaps."""
    hidden = withheld(counts)
    shown = tuple(None if place in hidden else count for place, count in enumerate(counts))
    return sum(counts) if may_total(counts) else None, shown


@pytest.mark.parametrize(("groups", "largest"), [(3, 16), (4, 11), (5, 7)])
def test_an_attacker_who_knows_the_method_cannot_work_out_a_withheld_group(groups: int, largest: int) -> None:
    """Tries every small table that looks the same to a reader."""
    alike: dict[Seen, list[tuple[int, ...]]] = {}
    for counts in product(range(largest + 1), repeat=groups):
        alike.setdefault(published(counts), []).append(counts)
    for seen, candidates in alike.items():
        for place in (place for place, value in enumerate(seen[1]) if value is None):
            possible = {counts[place] for counts in candidates}
            assert len(possible) > 1, (seen, possible)


def test_a_total_is_not_told_when_it_would_give_single_groups_away() -> None:
    assert not may_total([3])
    assert not may_total([1, 4])
    assert not may_total([1, 1, 1, 1, 1, 0])
    assert may_total([3, 3])
    assert may_total([0, 0])
    assert may_total([40, 3, 1])


@given(st.lists(st.integers(0, 60), max_size=30))
@settings(max_examples=400, deadline=None)
def test_subtraction_gives_at_least_five_values_for_each_withheld_group(counts: list[int]) -> None:
    hidden = withheld(counts)
    assert {place for place, count in enumerate(counts) if too_small(count)} <= hidden
    rest = sum(counts[place] for place in hidden)
    everything_is_hidden = all(count == 0 or place in hidden for place, count in enumerate(counts))
    if hidden and not everything_is_hidden:
        assert len(hidden) > 1
        # Each is at least 1 and at most what is left when the others are 1.
        assert rest - (len(hidden) - 1) >= SMALLEST_GROUP


@given(st.lists(st.integers(0, 60), max_size=30))
@settings(max_examples=200, deadline=None)
def test_only_the_smallest_are_withheld_and_equals_together(counts: list[int]) -> None:
    hidden = withheld(counts)
    shown = [count for place, count in enumerate(counts) if place not in hidden and count]
    assert all(counts[place] < count for place in hidden for count in shown)


def test_among_large_groups_little_is_withheld() -> None:
    assert withheld([900, 800, 700, 60, 50, 3, 2]) == {5, 6, 4}
    assert withheld([900, 800, 700, 60, 50, 4, 3]) == {5, 6}
