"""One service as one process: pool, log, relay, consumers, HTTP and a watchdog, started and stopped together."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Generic, NoReturn, Protocol, TypeVar

import structlog
import uvloop
from contracts.topics import DATA_KEYS, DEAD_LETTERS
from fastapi import FastAPI
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from chassis import logs, migrate
from chassis.consumer import Subscription
from chassis.dead_letters import DeadLetterOutbox
from chassis.event_log import EventLog
from chassis.health import Health
from chassis.kafka import Consumers
from chassis.keys import KeyStore
from chassis.postgres import Pool, create_pool
from chassis.relay import EventFeed, Feed, Relay
from chassis.settings import SealingSettings, ServiceSettings, load, parse_key_encryption_keys

log = structlog.get_logger()

STOP_SECONDS = 8.0
MODES = ("all", "web", "relay", "consume", "migrate")

S = TypeVar("S", bound=ServiceSettings)


class Loop(Protocol):
    """Background work that ends only when cancelled, or with the error that ends the process."""

    name: str

    async def run(self) -> None:
        """Work for ever."""


@dataclass(frozen=True)
class Runtime(Generic[S]):
    """What a service is made of."""

    name: str
    settings: S
    pool: Pool
    log: EventLog
    health: Health
    key_store: KeyStore | None

    @property
    def keys(self) -> KeyStore:
        """The key store; only services with `SealingSettings` have one."""
        if self.key_store is None:
            raise LookupError(f"{self.name} holds no keys")
        return self.key_store


@dataclass(frozen=True)
class Composition:
    """What a service adds to the chassis."""

    app: FastAPI | None = None
    subscriptions: Sequence[Subscription[Any]] = ()
    feeds: Sequence[Feed] = ()
    loops: Sequence[Loop] = ()


Compose = Callable[[Runtime[Any]], Composition]
Command = Callable[[Runtime[Any], Sequence[str]], Awaitable[int]]


def main(
    name: str,
    settings: type[ServiceSettings],
    compose: Compose,
    *,
    commands: Mapping[str, Command] | None = None,
) -> NoReturn:
    """Run `python -m <name> [all|web|relay|consume|migrate|<command>]`."""
    mode, *arguments = sys.argv[1:] or ["all"]
    known = [*MODES, *(commands or {})]
    if mode not in known:
        sys.exit(f"python -m {name} knows {', '.join(known)}; it does not know {mode}")
    loaded = load(settings)
    logs.configure(name, loaded.log_level)
    if mode == "migrate":
        uvloop.run(_migrate(name, loaded))
        sys.exit(0)
    if mode in MODES:
        sys.exit(uvloop.run(_serve(name, loaded, compose, mode)))
    sys.exit(uvloop.run(_command(name, loaded, (commands or {})[mode], arguments)))


async def open_runtime(name: str, settings: ServiceSettings) -> Runtime[Any]:
    """Connect and put the parts together; `SystemExit` with a sentence when the schema is not up to date."""
    pool = await create_pool(
        settings.database_url.get_secret_value(), application=name, size=settings.database_pool_size
    )
    async with pool.acquire() as connection:
        if not await migrate.is_current(connection, "chassis", name):
            sys.exit(f"the database of {name} is not migrated: run `python -m {name} migrate` first")
    health = Health(pool, settings.kafka_bootstrap_servers)
    keys = None
    if isinstance(settings, SealingSettings):
        keys = KeyStore(pool, parse_key_encryption_keys(settings.key_encryption_keys), DATA_KEYS)
    return Runtime(name, settings, pool, EventLog(pool, name, health), health, keys)


async def _migrate(name: str, settings: ServiceSettings) -> None:
    for applied in await migrate.migrate(settings.database_url.get_secret_value(), "chassis", name):
        log.info("migrated", migration=applied)


async def _command(name: str, settings: ServiceSettings, command: Command, arguments: Sequence[str]) -> int:
    runtime = await open_runtime(name, settings)
    writer = asyncio.ensure_future(runtime.log.run())
    try:
        return await command(runtime, arguments)
    finally:
        writer.cancel()
        await runtime.pool.close()


async def _serve(name: str, settings: ServiceSettings, compose: Compose, mode: str) -> int:
    runtime = await open_runtime(name, settings)
    composition = compose(runtime)
    stopping = runtime.health.stopping
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        return await run_loops(loops_of(runtime, composition, mode), stopping)
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(runtime.pool.close(), 2)


def loops_of(runtime: Runtime[Any], composition: Composition, mode: str) -> list[Loop]:
    """Choose the loops of a mode; every process answers health checks and watches itself."""
    settings = runtime.settings
    loops: list[Loop] = [runtime.health, runtime.log]
    if mode in {"all", "relay"}:
        outboxes = [DeadLetterOutbox(runtime.pool, DEAD_LETTERS)]
        loops.append(
            Relay(
                settings.database_url.get_secret_value(),
                runtime.pool,
                settings.kafka_bootstrap_servers,
                [EventFeed(runtime.pool), *composition.feeds],
                [*([runtime.key_store] if runtime.key_store else []), *outboxes],
                runtime.health,
            )
        )
    if mode in {"all", "consume"} and composition.subscriptions:
        loops.append(
            Consumers(settings.kafka_bootstrap_servers, runtime.pool, composition.subscriptions, runtime.health)
        )
    if mode in {"all", "consume"}:
        loops.extend(composition.loops)
    if composition.app is not None:
        loops.append(HttpServer(composition.app, settings.http_host, settings.http_port))
    return loops


async def run_loops(loops: Sequence[Loop], stopping: asyncio.Event) -> int:
    """Run the loops until told to stop or one of them ends; then stop all, HTTP first. Returns the exit code."""
    tasks = {asyncio.ensure_future(loop.run()): loop for loop in loops}
    told = asyncio.ensure_future(stopping.wait())
    await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
    code = 0
    for task, loop in tasks.items():
        if task.done() and not stopping.is_set():
            code = 1
            log.critical("loop_ended", loop=loop.name, exc_info=task.exception() if not task.cancelled() else None)
    stopping.set()
    told.cancel()
    for task, loop in sorted(tasks.items(), key=lambda pair: not isinstance(pair[1], HttpServer)):
        if isinstance(loop, HttpServer | Consumers):  # these two finish what they have begun
            await _finish(task, loop)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks, timeout=STOP_SECONDS)
    log.info("stopped", code=code)
    return code


async def _finish(task: "asyncio.Future[None]", loop: "HttpServer | Consumers") -> None:
    if isinstance(loop, HttpServer):
        loop.stop()
    await asyncio.wait([task], timeout=STOP_SECONDS / 2)


@dataclass
class HttpServer:
    """Granian inside our own event loop, so that HTTP, log and consumers share one process."""

    app: FastAPI
    host: str
    port: int
    name: str = "http"
    server: Server | None = field(default=None, init=False)

    async def run(self) -> None:
        """Serve until stopped."""
        self.server = Server(
            self.app,
            address=self.host,
            port=self.port,
            interface=Interfaces.ASGINL,
            websockets=False,
            log_level=LogLevels.warning,
            backlog=1024,
        )
        await self.server.serve()

    def stop(self) -> None:
        """Stop taking requests; those under way are answered."""
        if self.server is not None:
            self.server.stop()  # type: ignore[no-untyped-call]  # granian leaves it untyped
