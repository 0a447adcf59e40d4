"""One service as one process: pool, log, relay, consumers, HTTP and a watchdog, started and stopped together."""

import asyncio
import gc
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NoReturn

import structlog
import uvloop

from chassis import closed_connections, logs, migrate
from chassis.dead_letters import DeadLetterOutbox
from chassis.kafka import Consumers
from chassis.relay import EventFeed, Relay
from chassis.runtime import Composition, Loop, Runtime, open_runtime
from chassis.server import HttpServer
from chassis.settings import ServiceSettings, load
from contracts.topics import DEAD_LETTERS

__all__ = ["Command", "Compose", "Composition", "Loop", "Runtime", "loops_of", "main", "open_runtime", "run_loops"]

log = structlog.get_logger()

STOP_SECONDS = 8.0
MODES = ("all", "web", "relay", "consume", "migrate")

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
    closed_connections.mend()
    if mode == "migrate":
        uvloop.run(_migrate(name, loaded))
        sys.exit(0)
    if mode in MODES:
        sys.exit(uvloop.run(_serve(name, loaded, compose, mode)))
    sys.exit(uvloop.run(_command(name, loaded, (commands or {})[mode], arguments)))


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
    _calm_the_collector()
    stopping = runtime.health.stopping
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    try:
        return await run_loops(loops_of(runtime, composition, mode), stopping)
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(runtime.pool.close(), 2)


def _calm_the_collector() -> None:
    """Keep full collections away from what lives as long as the process: they held up every request by tens of ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


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
