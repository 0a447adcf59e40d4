"""What may be published: no group of fewer than five complaints can be read or worked out from a table."""

from collections.abc import Sequence

SMALLEST_GROUP = 5
"""Groups of one to four complaints are withheld; so is what would let a reader work them out."""


def too_small(count: int) -> bool:
    """Say whether a count alone would tell about too few complaints; nothing filed tells about nobody."""
    return 0 < count < SMALLEST_GROUP


def withheld(counts: Sequence[int]) -> frozenset[int]:
    """Choose the places of a list to withhold when its total is published.

    Beside each count that is too small, the smallest others are withheld, those of equal size together, until what
    anybody gets by subtraction, the sum of the withheld, leaves room below and above for each of them. Readers are not
    told which were too small and which were added; the test attacks with full knowledge of this method.
    """
    hidden = {place for place, count in enumerate(counts) if too_small(count)}
    if not hidden:
        return frozenset()
    for smallest_shown in sorted({count for count in counts if count >= SMALLEST_GROUP}):
        if _is_safe([counts[place] for place in hidden], smallest_shown):
            break
        hidden |= {place for place, count in enumerate(counts) if count == smallest_shown}
    return frozenset(hidden)


def may_total(counts: Sequence[int]) -> bool:
    """Say whether the total may be published too; not when it would give away what is withheld."""
    hidden = [counts[place] for place in withheld(counts)]
    return not hidden or (len(hidden) > 1 and _has_room_above(hidden))


def _is_safe(hidden: Sequence[int], smallest_shown: int) -> bool:
    """Say whether the sum leaves each withheld count free: each is at least 1 and less than the smallest one shown."""
    room_below = len(hidden) * (smallest_shown - 1) - sum(hidden) >= SMALLEST_GROUP - 1
    return len(hidden) > 1 and _has_room_above(hidden) and room_below


def _has_room_above(hidden: Sequence[int]) -> bool:
    """Say whether each could be as large as five while the others are at least 1."""
    return sum(hidden) - (len(hidden) - 1) >= SMALLEST_GROUP
