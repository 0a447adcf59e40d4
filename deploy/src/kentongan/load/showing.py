"""Says how far a load is, and shows its end: the comparison, what could not be told as the file has it, the seconds."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from kentongan.history.cases import Case
from kentongan.history.runner import Refusal, Tell
from kentongan.load.reconcile import Comparison

_COLUMNS = ("file", "HTTP", "log", "Kafka", "inbox", "analytics", "rows")
_REFUSALS_SHOWN = 10
_TENTHS = 10


@contextmanager
def progress(console: Console, what: str, total: int) -> Iterator[Tell]:
    """Show a bar on a terminal; elsewhere a line for every tenth."""
    if console.is_terminal:
        columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as bars:
            task = bars.add_task(what, total=total)
            yield lambda count: bars.advance(task, count)
        return
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        before, done = done * _TENTHS // max(total, 1), done + count
        if done * _TENTHS // max(total, 1) > before:
            console.print(f"{what}: {done:,} of {total:,}", highlight=False)

    yield tell


def show(console: Console, comparison: Comparison) -> None:
    """Print the comparison."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("")
    for name in _COLUMNS:
        table.add_column(name, justify="right")
    table.add_column("")
    for line in comparison.lines:
        mark = "[green]✓[/]" if line.agrees else "[red]differs[/]"
        table.add_row(line.name, *(_spell(count) for count in line.counts), mark)
    console.print(table)
    console.print(
        f"Events added by this run: {comparison.added.intake:,} in intake's log, "
        f"{comparison.added.routing:,} in routing's. Records that Kafka holds twice: "
        f"{comparison.repeats:,} (allowed; consumers drop them).",
        highlight=False,
        soft_wrap=True,
    )


def show_remarks(console: Console, remarks: Sequence[str], cases: Sequence[Case]) -> None:
    """Print what could not be told as the file has it."""
    console.print("\nWhat is not told as the file has it:", highlight=False)
    for remark in remarks:
        console.print(f"  - {remark}", highlight=False, soft_wrap=True)
    for reason, count in Counter(note for case in cases for note in case.notes).most_common():
        console.print(f"  - {count:,} {reason}", highlight=False, soft_wrap=True)


def show_refusals(console: Console, refusals: Sequence[Refusal]) -> None:
    """Print what was refused: where and why, never a text."""
    for refusal in refusals[:_REFUSALS_SHOWN]:
        console.print(f"{refusal.name}, {refusal.step}: {refusal.problem}", style="red", highlight=False)
    if len(refusals) > _REFUSALS_SHOWN:
        console.print(f"... and {len(refusals) - _REFUSALS_SHOWN:,} more.", style="red", highlight=False)


def show_seconds(console: Console, seconds: Mapping[str, tuple[float, int]]) -> None:
    """Print how long each part took, and how many requests a second that were."""
    words = [
        f"{what} {taken:.1f} s" + (f" ({count / taken:,.0f} requests/s)" if count and taken else "")
        for what, (taken, count) in seconds.items()
    ]
    total = sum(taken for taken, _ in seconds.values())
    console.print(f"\nSeconds: {', '.join(words)}; {total:.1f} s in all.", highlight=False, soft_wrap=True)


def _spell(count: int | None) -> str:
    return "" if count is None else f"{count:,}"
