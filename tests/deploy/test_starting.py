"""`kentongan up` where things are otherwise: other servers, an early Ctrl-C, a refusing service, no stack at all."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kentongan import orphans
from kentongan.layout import Layout
from kentongan.stack.ports import free_port
from kit.operating import events_on_kafka, file_complaint, run
from kit.servers import start_kafka, start_postgres
from kit.stack import SERVICES, Stack

pytestmark = pytest.mark.timeout(300)


async def test_existing_servers_are_used_instead_of_our_own(tmp_path: Path) -> None:
    broker, server = await start_kafka(tmp_path / "kafka"), await start_postgres(tmp_path / "postgres")
    environment = {f"DATABASE_URL_{name.upper()}": await server.fresh_database() for name in SERVICES}
    stack = Stack(tmp_path / "data", {"KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap, **environment})
    try:
        await stack.start()
        told = await stack.status()
        assert told["kafka"]["bootstrap"] == broker.bootstrap
        assert told["databases"]["intake"]["dsn"] == environment["DATABASE_URL_INTAKE"]
        assert told["analytics"]["dsn"] is None
        assert told["components"].keys() == {*SERVICES, "mailbox"}
        filed = await file_complaint(stack, "elsewhere")
        assert "complaint.filed.v1" in run(stack, "events", "show", filed["code"]).stdout
        assert filed["id"] in {event["subject"] for event in await until_on_kafka(stack, filed["id"])}
    finally:
        await stack.stop()
        await broker.stop()
        await server.stop()
    assert not (tmp_path / "data" / "kafka").exists()
    assert not (tmp_path / "data" / "postgres").exists()


async def until_on_kafka(stack: Stack, complaint: str) -> list[dict[str, str]]:
    found = events_on_kafka(stack)
    while complaint not in {event["subject"] for event in found}:
        await asyncio.sleep(0.1)
        found = events_on_kafka(stack)
    return found


async def up_until(data: Path, ended: Callable[[], bool], **environment: str) -> asyncio.subprocess.Process:
    """Run `kentongan up` until something has happened, without waiting for it to be ready."""
    command = [sys.executable, "-m", "kentongan", "up", "--no-demo", "--data", str(data)]
    process = await asyncio.create_subprocess_exec(
        *command,
        *["--port-base", str(free_port())],
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    while process.returncode is None and not ended():
        await asyncio.sleep(0.05)
    return process


async def test_ctrl_c_in_the_middle_of_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "postgres.log"
    process = await up_until(tmp_path, lambda: log.exists() and "ready to accept" in log.read_text())
    process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(process.wait(), 10) == 0
    assert orphans.leftovers(Layout(tmp_path), None) == {}


async def test_a_service_that_refuses_to_start_ends_the_start_with_its_own_words(tmp_path: Path) -> None:
    process = await up_until(tmp_path, lambda: False, REPORTING_INTAKE_URLL="http://misspelt")
    assert process.returncode == 1
    assert process.stderr is not None
    said = (await process.stderr.read()).decode()
    assert said.startswith("reporting ended with code 1 while starting.")
    assert "REPORTING_INTAKE_URLL is not a setting; is it misspelt?" in said
    assert "Traceback" not in said
    assert orphans.leftovers(Layout(tmp_path), None) == {}


def test_reset_leaves_a_folder_alone_that_no_stack_made(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    result = run(Stack(tmp_path), "reset", "--yes")
    assert "does not look like a stack's data" in result.stderr
    assert (tmp_path / "precious").exists()


def test_commands_without_a_running_stack_say_so_in_one_sentence(tmp_path: Path) -> None:
    stack = Stack(tmp_path / "none")
    for words in (["status"], ["events", "show", "X"], ["dead-letters", "list"]):
        result = run(stack, *words)
        assert (result.returncode, len(result.stderr.strip().splitlines())) == (1, 1)
        assert "No stack runs on" in result.stderr


def test_doctor_finds_this_machine_fit(tmp_path: Path) -> None:
    result = run(Stack(tmp_path), "doctor")
    assert result.returncode == 0, result.stdout
    for name in ("python", "disk", "java", "jars", "postgres", "data", "ports"):
        assert f"✓ {name}" in result.stdout
