"""Keep every part running: restart what dies, more slowly each time, and stop all of them in order."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from kentongan.stack.errors import StackError

_FIRST_DELAY = 0.5
_LONGEST_DELAY = 30.0
_STEADY_SECONDS = 60.0
_GLANCE_SECONDS = 0.1


class Part(Protocol):
    """What is supervised: Kafka, PostgreSQL or a program of ours."""

    name: str
    spawned: Callable[[], None]

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""

    @property
    def ending(self) -> str:
        """How it ended, in words."""

    async def start(self) -> None:
        """Start it; return when it is ready; raise StackError when that fails."""

    async def stop(self) -> None:
        """End it within seconds, in good order where possible."""

    async def answers(self) -> bool:
        """Tell whether it is ready."""

    def kill(self) -> None:
        """SIGKILL it."""


@dataclass
class Watch:
    """What the supervisor knows of one part."""

    part: Part
    ready: bool = False
    seconds_to_ready: float | None = None
    restarts: int = 0
    ready_since: float = field(default_factory=time.monotonic)


class Supervisor:
    """Starts parts one by one, then watches all of them until told to stop."""

    def __init__(self, say: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.watches: dict[str, Watch] = {}
        self._say = say
        self._changed = changed
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, part: Part) -> None:
        """Start a part for the first time; from then on it is kept alive."""
        watch = Watch(part)
        self.watches[part.name] = watch
        part.spawned = self._changed
        await self._start(watch)
        self._tasks.append(asyncio.create_task(self._keep(watch), name=f"keep {part.name}"))

    async def stop_all(self) -> None:
        """End everything: what talks to the servers first and together, then Kafka, then PostgreSQL."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        parts = {name: watch.part for name, watch in self.watches.items()}
        servers = [parts.pop(name) for name in ("kafka", "postgres") if name in parts]
        mailbox = [parts.pop("mailbox")] if "mailbox" in parts else []
        await asyncio.gather(*(part.stop() for part in parts.values()))
        for part in [*mailbox, *servers]:
            await part.stop()
        self._changed()

    def kill_all(self) -> None:
        """End everything at once; both servers recover from that by themselves."""
        for watch in self.watches.values():
            watch.part.kill()

    async def _start(self, watch: Watch) -> None:
        began = time.monotonic()
        watch.ready = False
        await watch.part.start()
        watch.ready_since = time.monotonic()
        watch.seconds_to_ready = round(watch.ready_since - began, 2)
        watch.ready = True
        self._changed()

    async def _keep(self, watch: Watch) -> None:
        delay = _FIRST_DELAY
        while True:
            await self._until_it_ends(watch)
            # Only what was ready for long starts afresh: one that dies while starting has been unsteady all the time.
            if watch.ready and time.monotonic() - watch.ready_since > _STEADY_SECONDS:
                delay = _FIRST_DELAY
            watch.ready = False
            self._changed()
            self._say(f"{watch.part.name} {watch.part.ending}; it starts again in {delay:g} s.")
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY)
            watch.restarts += 1
            try:
                await self._start(watch)
                self._say(f"{watch.part.name} is back after {watch.seconds_to_ready:.1f} s.")
            except StackError as problem:
                self._say(str(problem).split("\n", 1)[0])

    async def _until_it_ends(self, watch: Watch) -> None:
        while watch.part.pid is not None:
            await asyncio.sleep(_GLANCE_SECONDS)
            if not watch.ready and await self._answers(watch.part):
                watch.ready, watch.ready_since = True, time.monotonic()
                self._changed()
                self._say(f"{watch.part.name} is ready.")

    async def _answers(self, part: Part) -> bool:
        with contextlib.suppress(StackError):
            return await part.answers()
        return False
