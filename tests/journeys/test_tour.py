"""The 60-second tour of the README, as any reader runs it."""

import asyncio
import os
import sys
from pathlib import Path

from kit.town import Town

ROOT = Path(__file__).parents[2]


async def run_tour(data: Path) -> tuple[int, str]:
    """Run the script; give its exit code and all it said."""
    process = await asyncio.create_subprocess_exec(
        "bash",
        str(ROOT / "docs/tour.sh"),
        "--data",
        str(data),
        env={
            **os.environ,
            "PYTHON": sys.executable,
            "KENTONGAN": str(Path(sys.executable).with_name("kentongan")),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_the_tour_shows_what_it_promises(town: Town) -> None:
    code, said = await run_tour(town.stack.data)
    assert code == 0, said
    for promised in ("complaint.filed", "complaint.response_given", "Lubang sudah ditambal", "status: answered"):
        assert promised in said
    assert "The tour stopped" not in said


async def test_the_tour_says_in_a_sentence_when_nothing_runs(tmp_path: Path) -> None:
    code, said = await run_tour(tmp_path / "nothing")
    assert code == 1
    assert said.rstrip().endswith("no stack runs; start one with: make up")
