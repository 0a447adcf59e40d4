"""From numbers to places: axes that end on round numbers, and labels that do not touch."""

from collections.abc import Sequence

ROUND = (1, 2, 2.5, 3, 4, 5, 6, 8, 10)


def top_of_axis(largest: float, steps: int = 4) -> int:
    """Give the end of an axis from 0 that holds `largest` and cuts into `steps` round whole steps."""
    unit = max(largest, steps) / steps
    power = 10 ** (len(str(int(unit))) - 1)
    step = next(power * factor for factor in ROUND if power * factor >= unit and power * factor == int(power * factor))
    return int(step) * steps


def spread(count: int, most: int) -> range:
    """Choose at most `most` places out of `count`, from the first on and all equally far apart."""
    return range(0, count, max(1, -(-count // most)))


def keep_apart(wanted: Sequence[float], gap: float, lowest: float, highest: float) -> list[float]:
    """Move labels from where they want to be so that they stand at least `gap` apart and inside the limits."""
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    placed = list(wanted)
    floor = lowest
    for place in order:
        placed[place] = floor = max(placed[place], floor)
        floor += gap
    ceiling = highest
    for place in reversed(order):
        placed[place] = ceiling = min(placed[place], ceiling)
        ceiling -= gap
    return placed
