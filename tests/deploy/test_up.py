"""`kentongan up` from the first start to the last: what an operator does in a day, good and bad."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import psutil
import pytest
import pytest_asyncio

from kentongan import state
from kit.operating import events_on_kafka, file_complaint, run
from kit.stack import SERVICES, Stack

pytestmark = pytest.mark.timeout(300)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """Give a running system; the tests of this module use it one after the other, in the order of the file."""
    stack = Stack(tmp_path_factory.mktemp("stack") / "data")
    await stack.start()
    yield stack
    await stack.stop()


async def until_all_ready(stack: Stack) -> None:
    while not all([await stack.ready(part) for part in (*SERVICES, "kafka", "postgres", "mailbox")]):
        await asyncio.sleep(0.1)


async def test_status_tells_programs_all_they_need(running: Stack) -> None:
    result = run(running, "status", "--json")
    assert result.returncode == 0
    told = json.loads(result.stdout)
    assert told["ready"] is True
    assert told["services"].keys() == set(SERVICES)
    assert told["kafka"]["bootstrap"].startswith("127.0.0.1:")
    assert told["analytics"]["dsn"].startswith("postgresql://analyst:")
    assert told["mailbox"]["url"].startswith("http://127.0.0.1:")
    assert {login["login"] for login in told["logins"]} >= {"nasional", "tulungagung", "dlh"}
    for part in (*SERVICES, "kafka", "postgres", "mailbox"):
        figures = told["components"][part]
        assert psutil.pid_exists(figures["pid"])
        assert figures["rss_mb"] > 1
        assert 0 < figures["seconds_to_ready"] < 120


async def test_the_table_shows_every_address_and_login_whole(running: Stack) -> None:
    table = run(running, "status").stdout
    told = await running.status()
    shown = [service["url"] for service in told["services"].values()]
    shown += [told["kafka"]["bootstrap"], told["analytics"]["dsn"], told["mailbox"]["url"]]
    shown += [login["password"] for login in told["logins"]]
    for words in shown:
        assert words in table
    assert f"the data are kept in {running.data}" in table


async def test_everything_listens_on_loopback_only(running: Stack) -> None:
    for part in (await running.status())["components"].values():
        family = [psutil.Process(part["pid"]), *psutil.Process(part["pid"]).children(recursive=True)]
        for process in family:
            for connection in process.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip.removeprefix("::ffff:") in {"127.0.0.1", "::1"}


async def test_secrets_and_logs_are_for_their_owner_only(running: Stack) -> None:
    layout = running.layout
    assert layout.secrets.stat().st_mode & 0o077 == 0
    assert layout.state.stat().st_mode & 0o077 == 0
    assert layout.logs.stat().st_mode & 0o077 == 0


async def test_a_second_up_on_the_same_data_is_one_sentence(running: Stack) -> None:
    result = run(running, "up")
    assert result.returncode == 1
    assert len(result.stderr.strip().splitlines()) == 1
    assert "already runs" in result.stderr
    assert "--data OTHER" in result.stderr


async def test_a_complaints_story_is_told_by_code_and_by_id(running: Stack) -> None:
    filed = await file_complaint(running, "story")
    by_code, by_id = run(running, "events", "show", filed["code"]), run(running, "events", "show", filed["id"])
    assert "complaint.filed.v1" in by_code.stdout
    assert "description=(sealed)" in by_code.stdout
    assert by_code.stdout == by_id.stdout
    unknown = run(running, "events", "show", str(UUID(int=7)))
    assert (unknown.returncode, len(unknown.stderr.strip().splitlines())) == (1, 1)


async def test_events_are_followed_from_kafka(running: Stack) -> None:
    filed = await file_complaint(running, "tail")
    tail = await asyncio.create_subprocess_exec(
        *[sys.executable, "-m", "kentongan", "events", "tail", "--all", "--json", "--data", str(running.data)],
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert tail.stdout is not None
        while True:
            line = await asyncio.wait_for(tail.stdout.readline(), 60)
            if json.loads(line)["subject"] == filed["id"]:
                break
    finally:
        tail.terminate()
        await tail.wait()


async def test_nothing_waits_in_dead_letters(running: Stack) -> None:
    assert "Nothing waits" in run(running, "dead-letters", "list").stdout
    assert run(running, "dead-letters", "retry", "routing:1").returncode == 1
    assert "prints them" in run(running, "dead-letters", "drop", "nonsense").stderr
    assert "Asked routing to drop 0" in run(running, "dead-letters", "drop", "routing:all").stdout


async def test_logs_are_shown_by_part(running: Stack) -> None:
    assert "ready to accept connections" in run(running, "logs", "postgres", "-n", "500").stdout
    assert "intake" in run(running, "logs").stdout
    assert "there are: " in run(running, "logs", "nobody").stderr


async def test_a_killed_service_is_brought_back(running: Stack) -> None:
    before = running.pid("reporting")
    assert running.kill("reporting")
    while running.pid("reporting") in {None, before}:
        await asyncio.sleep(0.1)
    await until_all_ready(running)
    assert running.part("reporting").restarts == 1
    assert "reporting ended by SIGKILL; it starts again in 0.5 s" in running.said.read_text()


async def test_a_killed_supervisor_is_survived_and_the_data_with_it(running: Stack) -> None:
    filed = await file_complaint(running, "survives")
    last = state.read(running.layout.state)
    assert last is not None
    os.kill(last.supervisor.pid, signal.SIGKILL)
    while state.is_alive(last.supervisor):
        await asyncio.sleep(0.05)
    assert run(running, "status").returncode == 1
    assert any(state.is_alive(part.process) for part in last.components.values())
    await running.start()
    assert not any(state.is_alive(part.process) for part in last.components.values())
    assert "complaint.filed.v1" in run(running, "events", "show", filed["code"]).stdout


async def test_down_stops_everything_in_seconds_and_a_second_start_keeps_the_data(running: Stack) -> None:
    filed = await file_complaint(running, "stays")
    pids = [part["pid"] for part in (await running.status())["components"].values()]
    result = run(running, "down")
    assert result.returncode == 0
    seconds = float(result.stdout.split("Stopped in ")[1].split(" s")[0])
    assert seconds < 10
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert "Nothing runs" in run(running, "down").stdout
    await running.start()
    assert "complaint.filed.v1" in run(running, "events", "show", filed["code"]).stdout


async def figures_count(stack: Stack) -> int:
    """Count complaints as an analyst does."""
    connection = await asyncpg.connect((await stack.status())["analytics"]["dsn"])
    try:
        count: int = await connection.fetchval("SELECT count(*) FROM analytics.complaint_current")
    finally:
        await connection.close()
    return count


async def until_counted(stack: Stack, wanted: int) -> None:
    while await figures_count(stack) < wanted:
        await asyncio.sleep(0.1)


async def test_topics_are_made_anew_from_the_services_logs_and_nothing_counts_twice(running: Stack) -> None:
    before = await file_complaint(running, "before-the-loss")
    events = events_on_kafka(running)
    await until_counted(running, len({event["subject"] for event in events}))
    counted = await figures_count(running)
    assert "already runs" in run(running, "events", "republish", "--yes").stderr
    await running.stop()
    assert "say so with --yes" in run(running, "events", "republish").stderr
    assert run(running, "events", "republish", "--yes").returncode == 0
    await running.start()
    after = await file_complaint(running, "after-the-loss")
    await until_counted(running, counted + 1)
    assert await figures_count(running) == counted + 1
    again = events_on_kafka(running)
    assert {event["id"] for event in again} > {event["id"] for event in events}
    assert len(again) == len({event["id"] for event in again})
    assert {before["id"], after["id"]} <= {event["subject"] for event in again}


async def test_reset_refuses_what_runs_and_removes_all_of_what_does_not(running: Stack) -> None:
    assert "already runs" in run(running, "reset", "--yes").stderr
    assert await running.stop() < 10
    assert "say so with --yes" in run(running, "reset").stderr
    assert run(running, "reset", "--yes").returncode == 0
    assert not running.data.exists()
