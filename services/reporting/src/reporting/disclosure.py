"""What may be published: no group of fewer than five complaints can be read or worked out from a table."""

from collections.abc import Sequence

SMALLEST_GROUP = 5
"""Groups of one to four complaints are withheld; so is what would let a reader work them out."""


def too_small(count: int) -> bool:
    """Say whether a count alone would tell about too few complaints; nothing filed tells about nobody."""
    return 0 < count < SMALLEST_GROUP


def withheld(counts: Sequence[int]) -> frozenset[int]:
    """Choose the places of a list to withhold when its total is published.

    Beside each count that is too small, the smallest others are withheld until the sum of what is withheld, which
    anybody gets by subtraction, leaves every withheld count at least five possible values. Readers are not told which
    were too small and which were added.
    """
    hidden = {place for place, count in enumerate(counts) if too_small(count)}
    if not hidden:
        return frozenset()
    addable = sorted((count, place) for place, count in enumerate(counts) if count >= SMALLEST_GROUP)
    total = sum(counts[place] for place in hidden)
    for count, place in addable:
        # Each of n withheld counts is at least 1, so the largest any of them can be is total - (n - 1).
        if total - (len(hidden) - 1) >= SMALLEST_GROUP and len(hidden) > 1:
            break
        hidden.add(place)
        total += count
    return frozenset(hidden)
