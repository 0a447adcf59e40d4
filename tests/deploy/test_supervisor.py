"""The supervisor brings back what dies, says so, and ends everything in order."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from kentongan import logfiles, orphans, state
from kentongan.layout import Layout
from kentongan.program import Program
from kentongan.stack.errors import StackError
from kentongan.stack.ports import free_port
from kentongan.supervisor import Supervisor
from kentongan.wiring import MARKER


def web(folder: Path, name: str = "intake") -> Program:
    port = free_port()
    command = ["http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder)]
    return Program(name, command, dict(os.environ), folder / f"{name}.log", f"http://127.0.0.1:{port}/")


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        await asyncio.sleep(0.05)


async def test_a_killed_program_comes_back_and_is_spoken_of(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, lambda: None)
    program = web(tmp_path)
    await supervisor.start(program)
    try:
        first = program.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await until(lambda: any("is back" in sentence for sentence in said))
        assert program.pid not in {None, first}
        assert supervisor.watches["intake"].restarts == 1
        assert said[0].startswith("intake ended by SIGKILL; it starts again in 0.5 s")
    finally:
        await supervisor.stop_all()
    assert program.pid is None


async def test_a_stranger_on_its_address_is_not_taken_for_it(tmp_path: Path) -> None:
    stranger = web(tmp_path, "stranger")
    await stranger.start()
    try:
        sleeper = ["timeit", "-n", "1", "-r", "1", "import time; time.sleep(30)"]
        ours = Program("intake", sleeper, dict(os.environ), tmp_path / "intake.log", stranger.ready_url)
        with pytest.raises(StackError, match="intake is not ready after 1 s"):
            await ours.start(timeout=1)
        assert await stranger.answers()
        await ours.stop()
    finally:
        await stranger.stop()


async def test_a_program_that_always_dies_is_started_ever_more_slowly(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, lambda: None)
    program = Program("broken", ["timeit", "-n", "1", "-r", "1", "1/0"], dict(os.environ), tmp_path / "broken.log")
    await supervisor.start(program)
    await until(lambda: sum("starts again" in sentence for sentence in said) == 3)
    await supervisor.stop_all()
    delays = [sentence.split(" in ")[1].removesuffix(" s.") for sentence in said if "starts again" in sentence]
    assert delays == ["0.5", "1", "2"]


async def test_a_program_that_was_steady_once_and_then_dies_while_starting_is_started_ever_more_slowly(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    supervisor = Supervisor(said.append, lambda: None)
    program = web(tmp_path)
    await supervisor.start(program)
    supervisor.watches["intake"].ready_since -= 3600
    program._launch = replace(program._launch, command=[sys.executable, "-c", "1/0"])
    program.kill()
    await until(lambda: sum("starts again" in sentence for sentence in said) == 3)
    await supervisor.stop_all()
    delays = [sentence.split(" in ")[1].removesuffix(" s.") for sentence in said if "starts again" in sentence]
    assert delays == ["0.5", "1", "2"]


async def test_services_end_before_kafka_and_kafka_before_postgres() -> None:
    ended: list[str] = []

    class Part:
        ending = "has not ended"

        def __init__(self, name: str) -> None:
            self.name = name
            self.spawned: Callable[[], None] = lambda: None
            self.pid: int | None = os.getpid()

        async def start(self) -> None:
            self.spawned()

        async def answers(self) -> bool:
            return True

        async def stop(self) -> None:
            ended.append(self.name)

        def kill(self) -> None:
            ended.append(self.name)

    supervisor = Supervisor(lambda _: None, lambda: None)
    for name in ("kafka", "postgres", "mailbox", "intake", "routing"):
        await supervisor.start(Part(name))
    await supervisor.stop_all()
    assert ended == ["intake", "routing", "mailbox", "kafka", "postgres"]


def start_marked(root: Path) -> subprocess.Popen[bytes]:
    code = "import time; time.sleep(60)  # intake"
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, MARKER: str(root)})


def remembered(process: subprocess.Popen[bytes]) -> state.Process:
    found = state.identify(process.pid)
    assert found is not None
    return found


def test_what_a_killed_supervisor_left_running_is_ended(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    recorded, unrecorded = start_marked(tmp_path), start_marked(tmp_path)
    elsewhere = start_marked(tmp_path / "elsewhere")
    try:
        gone = state.Process(pid=2**22 - 1, created=1.0)
        last = state.State(supervisor=gone, data=str(tmp_path))
        last.components["intake"] = state.Component(process=remembered(recorded))
        ended = orphans.end_orphans(layout, last)
        assert sorted(ended) == sorted(["intake", f"process {unrecorded.pid}"])
        assert recorded.poll() is not None
        assert unrecorded.poll() is not None
        assert elsewhere.poll() is None
    finally:
        elsewhere.kill()
        elsewhere.wait()


def test_a_number_that_another_process_got_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)  # intake"])
    try:
        earlier = state.Process(pid=bystander.pid, created=remembered(bystander).created - 100)
        last = state.State(supervisor=earlier, data=str(tmp_path))
        last.components["intake"] = state.Component(process=earlier)
        assert orphans.end_orphans(Layout(tmp_path), last) == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_process_with_another_command_line_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        last = state.State(supervisor=remembered(bystander), data=str(tmp_path))
        last.components["kafka"] = state.Component(process=remembered(bystander))
        assert orphans.end_orphans(Layout(tmp_path), last) == []
        assert psutil.pid_exists(bystander.pid)
    finally:
        bystander.kill()
        bystander.wait()


def test_the_state_survives_its_file_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    me = state.identify(os.getpid())
    assert me is not None
    current = state.State(supervisor=me, data=str(tmp_path), kafka="127.0.0.1:1")
    state.write(path, current)
    assert state.read(path) == current
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_text(json.dumps({"half": "written"}))
    assert state.read(path) is None


def test_a_large_log_is_turned_while_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    with log.open("ab") as writer:
        for number in range(6):
            writer.write(b"%d" % number * 2_000)
            writer.flush()
            logfiles.rotate_all(tmp_path, largest=1_000)
        writer.write(b"newest")
    assert log.read_bytes() == b"newest"
    kept = sorted(path.name for path in tmp_path.iterdir())
    assert kept == ["intake.log", "intake.log.1", "intake.log.2", "intake.log.3"]
    assert (tmp_path / "intake.log.1").read_bytes() == b"5" * 2_000
