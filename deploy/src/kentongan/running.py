"""Run the whole stack in the foreground until it is told to stop."""

import asyncio
import logging
import os
import signal
import time
from dataclasses import dataclass

import structlog
from rich.console import Console

from kentongan import logfiles, orphans, overview, state, wiring
from kentongan.layout import Layout
from kentongan.names import LOGINS, SERVICES
from kentongan.progress import Progress
from kentongan.stack.errors import StackError
from kentongan.stack_lock import only_one
from kentongan.startup import Startup
from kentongan.supervisor import Supervisor
from kentongan.vault import open_vault


@dataclass(frozen=True)
class Options:
    """What the operator asked of this run."""

    demo: bool = True
    speed: float = 1.0
    port_base: int | None = None


async def run(layout: Layout, options: Options, console: Console) -> int:
    """Start, show the table, watch, and stop everything at the end, however it comes."""
    layout.make()
    # What our own steps do is told by their lines; the chassis' log lines belong to the services' logs.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with only_one(layout):
        ended = await asyncio.to_thread(orphans.end_orphans, layout, state.read(layout.state))
        if ended:
            console.print(
                f"  Ended what an interrupted run left behind: {', '.join(ended)}.", highlight=False, soft_wrap=True
            )
        plan = _plan(layout, options, console)
        return await _Run(plan, options, console).until_told_to_stop()


def _plan(layout: Layout, options: Options, console: Console) -> wiring.Wiring:
    others = wiring.external(os.environ)
    ports, notes = wiring.choose_ports(others, options.port_base)
    for note in notes:
        console.print(f"  {note}", highlight=False, soft_wrap=True)
    vault = open_vault(layout.secrets)
    return wiring.Wiring(layout=layout, vault=vault, ports=ports, others=others, demo=options.demo)


class _Run:
    """One run of the stack: its supervisor, its state file and its end."""

    def __init__(self, plan: wiring.Wiring, options: Options, console: Console) -> None:
        self._plan = plan
        self._console = console
        self._progress = Progress(console)
        self._supervisor = Supervisor(self._say, self._record)
        self._startup = Startup(plan, self._supervisor, self._progress, options.speed)
        self._stop = asyncio.Event()
        self._state = initial_state(plan)

    async def until_told_to_stop(self) -> int:
        self._listen_to_signals()
        self._record()
        rotation = asyncio.create_task(logfiles.keep_rotating(self._plan.layout.logs))
        try:
            if await self._start_up():
                overview.show(self._state, self._console)
                self._console.print("Ctrl-C stops everything; the data stay.", highlight=False)
                await self._stop.wait()
            return 0
        finally:
            rotation.cancel()
            await self._end()

    async def _start_up(self) -> bool:
        """Run the steps; false when the operator stopped them halfway."""
        with self._progress.live():
            starting = asyncio.create_task(self._startup.run())
            stopping = asyncio.create_task(self._stop.wait())
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not starting.done():
                starting.cancel()
                await asyncio.gather(starting, return_exceptions=True)
                return False
            await starting
        self._state.ready = True
        self._record()
        return True

    async def _end(self) -> None:
        began = time.monotonic()
        self._state.ready = False
        self._console.print("Stopping ...", highlight=False)
        await self._supervisor.stop_all()
        self._plan.layout.state.unlink(missing_ok=True)
        self._console.print(f"Stopped in {time.monotonic() - began:.1f} s; the data are kept.", highlight=False)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        if self._stop.is_set():
            self._supervisor.kill_all()
        self._stop.set()

    def _say(self, sentence: str) -> None:
        now = time.strftime("%H:%M:%S")
        self._progress.say(f"{now} {sentence}")
        with self._plan.layout.log("supervisor").open("a") as log:
            log.write(f"{time.strftime('%Y-%m-%dT%H:%M:%S%z')} {sentence}\n")

    def _record(self) -> None:
        for name, watch in self._supervisor.watches.items():
            pid = watch.part.pid
            self._state.components[name] = state.Component(
                process=None if pid is None else state.identify(pid),
                ready=watch.ready,
                seconds_to_ready=watch.seconds_to_ready,
                restarts=watch.restarts,
            )
        state.write(self._plan.layout.state, self._state)


def initial_state(plan: wiring.Wiring) -> state.State:
    """Return what is known before anything runs: all addresses and logins."""
    me = state.identify(os.getpid())
    if me is None:
        raise StackError("This system does not let a process look at itself (/proc is missing); mount it first.")
    logins = [state.Login(login=name, password=plan.vault.seed_password, role=role) for name, role in LOGINS.items()]
    return state.State(
        supervisor=me,
        data=str(plan.layout.root),
        services={name: state.Address(url=plan.url(name)) for name in SERVICES},
        kafka=plan.kafka,
        postgres={name: plan.dsn(name) for name in SERVICES},
        analytics=plan.analytics,
        mailbox=state.Address(url=plan.url("mailbox")),
        logins=logins,
        import_token=plan.vault.import_token,
    )
