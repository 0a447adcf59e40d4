"""Say what the start is doing: one line for each step when it is done, and what runs meanwhile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status


class Progress:
    """Steps may overlap; each prints its own line with its seconds."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self._running: dict[str, str] = {}
        self._status: Status | None = None

    @contextmanager
    def live(self) -> Iterator[None]:
        """Show what runs in one moving line, on a terminal; elsewhere print finished steps only."""
        if not self.console.is_terminal:
            yield
            return
        with self.console.status("starting") as self._status:
            yield
        self._status = None

    @contextmanager
    def step(self, name: str) -> Iterator["Step"]:
        """Time one step; its line is printed when it ends well."""
        step = Step(self, name)
        began = time.monotonic()
        self.show(name, "")
        try:
            yield step
        finally:
            self._running.pop(name, None)
        seconds = time.monotonic() - began
        self.console.print(
            f"  [green]✓[/] {name:<11} {escape(step.result):<44} {seconds:5.1f} s", highlight=False, soft_wrap=True
        )

    def show(self, name: str, detail: str) -> None:
        """Say what a running step is busy with."""
        self._running[name] = detail
        if self._status is not None:
            words = [f"{step} {detail}".strip() for step, detail in self._running.items()]
            self._status.update(escape(", ".join(words)))

    def say(self, sentence: str) -> None:
        """Print one sentence between the steps."""
        self.console.print(f"    {escape(sentence)}", highlight=False, soft_wrap=True)


class Step:
    """One running step: what it says meanwhile, and its result."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name
        self.result = ""

    def show(self, detail: str) -> None:
        """Say how far it is."""
        self._progress.show(self._name, detail)
