"""`kentongan load`: every record filed once and handled, every count the same everywhere."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from kit import csv_files, evidence
from kit.town import Town

EVENTS = "SELECT count(*) AS events FROM events"


@dataclass(frozen=True)
class Loaded:
    """What a run of the command came to."""

    code: int
    said: str
    complained: str

    def line(self, name: str) -> list[str]:
        """Give the words of one line of the table after its name."""
        [found] = [line.split() for line in self.said.splitlines() if line.strip().startswith(f"{name}  ")]
        return found[len(name.split()) :]


async def load(town: Town, path: Path, profile: str, *options: str) -> Loaded:
    """Run the command as an operator does."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "kentongan", "load", str(path), "--profile", profile),
        *("--data", str(town.stack.data), *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, complained = await process.communicate()
    return Loaded(process.returncode or 0, said.decode(), complained.decode())


async def events(town: Town) -> tuple[int, int]:
    """Count the events in the logs of intake and routing."""
    [intake], [routing] = [await evidence.rows(town.stack.dsn(name), EVENTS) for name in ("intake", "routing")]
    return intake["events"], routing["events"]


async def test_a_file_of_surabaya_reconciles_and_a_second_run_changes_nothing(town: Town, tmp_path: Path) -> None:
    path = csv_files.surabaya(tmp_path / "surabaya.csv", 40)
    first = await load(town, path, "surabaya")
    assert first.code == 0, first.said + first.complained
    assert first.line("complaints") == ["40"] * 6 + ["✓"]
    assert first.line("verified") == ["40"] * 6 + ["✓"]
    assert first.line("answered") == ["35"] * 6 + ["✓"]
    assert first.line("answered at its time") == ["35", "35", "✓"]
    assert "Events added by this run: 40 in intake's log" in first.said
    before = await events(town)
    again = await load(town, path, "surabaya")
    assert again.code == 0, again.said + again.complained
    assert "Events added by this run: 0 in intake's log, 0 in routing's." in again.said
    assert await events(town) == before


async def test_a_file_of_bandung_reconciles_and_says_what_it_could_not_tell(town: Town, tmp_path: Path) -> None:
    path = csv_files.bandung(tmp_path / "bandung.csv", 30)
    first = await load(town, path, "bandung")
    assert first.code == 0, first.said + first.complained
    assert first.line("complaints") == ["30"] * 6 + ["✓"]
    assert first.line("answered") == ["12"] * 6 + ["✓"]
    assert "10 secret records whose text is not in the file" in first.said
    assert "6 archived in the file" in first.said
    question = "SELECT visibility, count(*) AS n FROM analytics.complaint_current WHERE filed_day < '2023-06-01'"
    question += " AND filed_day > '2023-04-01' GROUP BY visibility"
    counts = await evidence.rows(town.stack.facts["analytics"]["dsn"], question)
    assert {row["visibility"]: row["n"] for row in counts} == {"secret": 10, "anonymous": 10, "named": 10}
    again = await load(town, path, "bandung")
    assert again.code == 0
    assert "Events added by this run: 0 in intake's log, 0 in routing's." in again.said


async def test_agencies_of_a_file_join_the_tree_once(town: Town, tmp_path: Path) -> None:
    path = csv_files.surabaya(tmp_path / "surabaya.csv", 8, first=500)
    await load(town, path, "surabaya")
    answer = await town.client.get(town.url("routing", "/api/agencies?below=35.78"))
    tree = {agency["code"]: agency for agency in answer.json()["agencies"]}
    assert tree["35.78.dinasbinamargacontoh"]["categories"] == ["jalan-rusak"]
    village = next(agency for agency in tree.values() if agency["name"]["id"] == "Kelurahan Wonorejo")
    assert village["parent"] == "35.78.03"
    assert "Agencies: 7 named in the file, 0 new." in (await load(town, path, "surabaya")).said


async def test_a_limit_files_the_first_records_and_the_rest_follow_later(town: Town, tmp_path: Path) -> None:
    path = csv_files.surabaya(tmp_path / "surabaya.csv", 12, first=2000)
    part = await load(town, path, "surabaya", "--limit", "5")
    assert part.line("complaints") == ["5"] * 6 + ["✓"]
    whole = await load(town, path, "surabaya")
    assert whole.line("complaints") == ["12"] * 6 + ["✓"]
    assert "Events added by this run: 7 in intake's log" in whole.said


async def test_a_text_that_intake_refuses_is_a_difference_and_not_shown(town: Town, tmp_path: Path) -> None:
    row = ("9001", "  ", "Rungkut", "", "PJU", "fisik", "Dinas Perhubungan Contoh", "2022-03-01T01:00:00Z", "")
    good = (
        "9002",
        "Kata rahasia",
        "Rungkut",
        "",
        "PJU",
        "fisik",
        "Dinas Perhubungan Contoh",
        "2022-03-01T01:00:00Z",
        "",
    )
    path = csv_files.write(tmp_path / "bad.csv", csv_files.SURABAYA, [row, good])
    loaded = await load(town, path, "surabaya")
    assert loaded.code == 1
    assert "record 1, filing: HTTP 422 invalid (description)" in loaded.said
    assert "Not everything agrees: complaints" in loaded.said
    assert "Kata rahasia" not in loaded.said + loaded.complained


async def test_a_changed_record_is_told_and_not_filed_again(town: Town, tmp_path: Path) -> None:
    fields = ["9101", "Pertama", "Rungkut", "", "PJU", "fisik", "Dinas Perhubungan Contoh", "2022-03-01T01:00:00Z", ""]
    path = csv_files.write(tmp_path / "changed.csv", csv_files.SURABAYA, [fields])
    assert (await load(town, path, "surabaya")).code == 0
    fields[1] = "Kedua"
    csv_files.write(path, csv_files.SURABAYA, [fields])
    again = await load(town, path, "surabaya")
    assert again.code == 1
    assert "record 1, filing: HTTP 422 idempotency-key-reused" in again.said


@pytest.mark.parametrize("interruptions", [3])
async def test_an_interrupted_load_goes_on_where_it_stopped(town: Town, tmp_path: Path, interruptions: int) -> None:
    path = csv_files.surabaya(tmp_path / "surabaya.csv", 150, first=4000)
    for number in range(interruptions):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "kentongan", "load", str(path), "--profile", "surabaya"),
            *("--data", str(town.stack.data)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdout is not None
        async for line in process.stdout:
            if line.startswith(b"handled" if number == 1 else b"filed: 4"):
                process.kill()
        await process.wait()
    whole = await load(town, path, "surabaya")
    assert whole.code == 0, whole.said + whole.complained
    assert whole.line("complaints") == ["150"] * 6 + ["✓"]


async def test_a_load_outlives_a_restart_of_intake_and_routing(town: Town, tmp_path: Path) -> None:
    path = csv_files.surabaya(tmp_path / "surabaya.csv", 300, first=6000)
    loading = asyncio.create_task(load(town, path, "surabaya"))
    for part in ("intake", "routing"):
        await asyncio.sleep(1.5)
        town.stack.kill(part)
    loaded = await loading
    assert loaded.code == 0, loaded.said + loaded.complained
    assert loaded.line("complaints") == ["300"] * 6 + ["✓"]
