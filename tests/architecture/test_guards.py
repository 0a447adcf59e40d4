"""The rules of the house hold for every file of ours, and each guard turns red when its rule is broken."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from contracts.schemas import ROOT
from kit.guards import purity, reasons, words

Guard = Callable[[Path], Iterator[str]]

GUARDS: dict[str, Guard] = {
    "a domain knows only what it is given": purity.impure_domains,
    "what is shipped does not need the tools around it": purity.wrong_arrows,
    "the chassis knows no business word": words.business_in_chassis,
    "modules are named after things": words.junk_drawers,
    "no registry and no machine is named": words.addresses,
    "columns are named": words.select_everything,
    "nothing is left for later or tested by stand-ins": words.unfinished_work,
    "every silenced warning says why": reasons.silent_ignores,
}

DOMAIN = "services/intake/src/intake/domain/complaint.py"
SHELL = "services/intake/src/intake/app.py"
CHASSIS = "chassis/src/chassis/relay.py"
HOST = "py" + "pi.org"

MINE = "/" + "home/budi/data"
OURS = "/" + "work/main"

GOOD_DOMAIN = """
from datetime import datetime

from contracts.events import Event
from chassis.decider import Refused
from intake.domain.codes import code_of


def decide(now: datetime) -> datetime:
    return now.replace(hour=1)
"""
GOOD_SHELL = """
import os
from datetime import UTC, datetime

CODES = {
    1: 2,  # noqa: E501 - a table reads better
}
value = datetime.now(UTC)  # type: ignore[misc]  # the library is untyped
"""
GOOD_CHASSIS = """
WAKE = "SELECT pg_notify($1, $2)"
# sent with NOTIFY, once a batch
"""

CLEAN = {
    DOMAIN: GOOD_DOMAIN,
    SHELL: GOOD_SHELL,
    CHASSIS: GOOD_CHASSIS,
    "services/intake/src/intake/migrations/0001_create_codes.sql": "SELECT count(*) FROM codes;\n",
    "pyproject.toml": '[tool.ruff.lint]\nignore = [\n    "E501",  # lines of tables\n]\nselect = ["E"]\n',
    "README.md": "Open /home to begin, or `/workbench`.\n",
    "tests/intake/test_codes.py": "def test_a_code_is_unique() -> None:\n    assert True\n",
}

OFFENCES: list[tuple[str, str, str, str]] = [
    ("a domain knows only what it is given", DOMAIN, "import asyncpg\n", "may not import asyncpg"),
    ("a domain knows only what it is given", DOMAIN, "import random\n", "may not import random"),
    ("a domain knows only what it is given", DOMAIN, "from os import environ\n", "may not import os"),
    ("a domain knows only what it is given", DOMAIN, "from chassis.event_log import Append\n", "chassis.event_log"),
    ("a domain knows only what it is given", DOMAIN, "from chassis import pages\n", "may not import chassis.pages"),
    ("a domain knows only what it is given", DOMAIN, "from intake.http.api import routes\n", "intake.http.api"),
    ("a domain knows only what it is given", DOMAIN, "from routing.domain.case import Case\n", "routing.domain.case"),
    ("a domain knows only what it is given", DOMAIN, "def f():\n    import asyncpg\n", "may not import asyncpg"),
    ("a domain knows only what it is given", DOMAIN, "at = datetime.now(UTC)\n", "may not call now()"),
    ("a domain knows only what it is given", DOMAIN, "from uuid import uuid4\nid = uuid4()\n", "may not call uuid4()"),
    ("a domain knows only what it is given", DOMAIN, "day = date.today()\n", "may not call today()"),
    ("a domain knows only what it is given", DOMAIN, "async def decide():\n    pass\n", "does not wait"),
    ("what is shipped does not need the tools around it", SHELL, "from kentongan.stack import ports\n", "kentongan"),
    (
        "what is shipped does not need the tools around it",
        CHASSIS,
        "import kit.servers\n",
        "may not import kit.servers",
    ),
    ("the chassis knows no business word", CHASSIS, "# for every complaint\n", "the word complaint"),
    ("the chassis knows no business word", CHASSIS, 'TOPIC = "COMPLAINTS"\n', "the word complaints"),
    ("the chassis knows no business word", CHASSIS, "agency_code = 1\n", "the word agency"),
    ("the chassis knows no business word", CHASSIS, "class OfficerSession: ...\n", "the word officer"),
    ("the chassis knows no business word", "chassis/src/chassis/migrations/0001_x.sql", "-- routing\n", "routing"),
    ("the chassis knows no business word", "chassis/src/chassis/templates/x.html", "<p>Warga</p>\n", "the word warga"),
    ("modules are named after things", "services/intake/src/intake/utils.py", "", "utils is the name of no thing"),
    ("modules are named after things", "chassis/src/chassis/common/dates.py", "", "common is the name of no thing"),
    ("no registry and no machine is named", "README.md", f"see https://{HOST}/simple\n", "a registry's host"),
    ("no registry and no machine is named", "requirements.lock", f"--index-url https://{HOST}\n", "a registry's host"),
    (
        "no registry and no machine is named",
        "Makefile",
        f"DATA = {MINE}\n",
        f"a path of one machine: {MINE[:10]}",
    ),
    ("no registry and no machine is named", SHELL, f'HERE = "{OURS}/.venv"\n', f"a path of one machine: {OURS}"),
    ("columns are named", SHELL, 'query = "SELECT * FROM events"\n', "name the columns"),
    ("columns are named", SHELL, 'query = "select distinct e.* from events e"\n', "name the columns"),
    ("columns are named", "services/intake/src/intake/migrations/0002_x.sql", "RETURNING *;\n", "name the columns"),
    ("nothing is left for later or tested by stand-ins", SHELL, "# TODO: later\n", "unfinished: TODO"),
    ("nothing is left for later or tested by stand-ins", "tests/x/test_x.py", "pytest.skip()\n", "does not run"),
    ("nothing is left for later or tested by stand-ins", "tests/x/test_x.py", "import unittest.mock\n", "a stand-in"),
    ("every silenced warning says why", SHELL, "import x  # noqa\n", "no reason"),
    ("every silenced warning says why", SHELL, "import x  # noqa: F401\n", "no reason"),
    ("every silenced warning says why", SHELL, "import x  # noqa: F401 - because\n", "no reason"),
    ("every silenced warning says why", SHELL, "x = 1  # type: ignore\n", "no reason"),
    ("every silenced warning says why", SHELL, "x = 1  # type: ignore[misc]\n", "no reason"),
    ("every silenced warning says why", SHELL, "# ruff: noqa\n", "no reason"),
    ("every silenced warning says why", SHELL, "# mypy: ignore-errors\n", "no reason"),
    ("every silenced warning says why", "pyproject.toml", 'ignore = [\n    "E501",\n]\n', 'no reason: "E501",'),
    ("every silenced warning says why", "pyproject.toml", 'ignore = ["E501"]\n', "no reason"),
    ("every silenced warning says why", "pyproject.toml", 'module = [\n    "asyncpg.*",\n]\n', "asyncpg"),
    ("every silenced warning says why", "pyproject.toml", '"tests/**" = ["S101"]\n', "S101"),
]


def grow(root: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


@pytest.mark.parametrize("rule", GUARDS)
def test_a_rule_holds_for_every_file_of_ours(rule: str) -> None:
    found = list(GUARDS[rule](ROOT))
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("rule", GUARDS)
def test_a_guard_lets_good_code_pass(rule: str, tmp_path: Path) -> None:
    assert list(GUARDS[rule](grow(tmp_path, CLEAN))) == []


@pytest.mark.parametrize(("rule", "path", "text", "told"), OFFENCES)
def test_a_guard_turns_red_when_its_rule_is_broken(rule: str, path: str, text: str, told: str, tmp_path: Path) -> None:
    found = list(GUARDS[rule](grow(tmp_path, {**CLEAN, path: text})))
    assert len(found) >= 1
    assert all(line.startswith(path) for line in found)
    assert told in "\n".join(found)


def test_every_guard_has_a_case_that_fails() -> None:
    assert {rule for rule, _, _, _ in OFFENCES} == set(GUARDS)
