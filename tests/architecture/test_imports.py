"""The arrows between members hold, and the linter that checks them would notice if they did not."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import copy

import pytest

from contracts.schemas import ROOT

SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
RULES = [contract["name"] for contract in SETTINGS["contracts"]]
PACKAGES = ["contracts", "chassis", "intake", "routing", "notify", "reporting"]
TOY = {f"{package}/__init__.py": "" for package in PACKAGES} | {
    "contracts/events.py": "",
    "chassis/relay.py": "import contracts.events\n",
    "intake/domain/__init__.py": "",
    "intake/domain/complaint.py": "import contracts.events\n",
    "intake/app.py": "import chassis.relay\nimport intake.domain.complaint\nimport asyncpg\n",
    "routing/domain/__init__.py": "",
    "notify/domain/__init__.py": "",
}
LAYERS, PURE = RULES
VIOLATIONS = [
    (LAYERS, "chassis/relay.py", "import intake.app\n"),
    (LAYERS, "contracts/events.py", "import chassis.relay\n"),
    (LAYERS, "intake/app.py", "import routing.domain\n"),
    (LAYERS, "reporting/__init__.py", "from notify import domain\n"),
    (PURE, "intake/domain/complaint.py", "import asyncpg\n"),
    (PURE, "routing/domain/__init__.py", "def decide():\n    import fastapi\n"),
    (PURE, "notify/domain/__init__.py", "from structlog import get_logger\n"),
]


def lint(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, **environment, "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def grow(root: Path, files: dict[str, str]) -> Path:
    copy(ROOT / "pyproject.toml", root)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    return root


def test_the_arrows_hold() -> None:
    run = lint(ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_linter_lets_a_good_tree_pass(tmp_path: Path) -> None:
    run = lint(grow(tmp_path, TOY), PYTHONPATH=str(tmp_path))
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"Contracts: {len(RULES)} kept, 0 broken" in run.stdout


@pytest.mark.parametrize(("rule", "path", "text"), VIOLATIONS)
def test_the_linter_turns_red_when_an_arrow_is_turned(rule: str, path: str, text: str, tmp_path: Path) -> None:
    run = lint(grow(tmp_path, {**TOY, path: text}), PYTHONPATH=str(tmp_path))
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"{rule} BROKEN" in run.stdout


def test_every_arrow_has_a_case_that_fails() -> None:
    assert {rule for rule, _, _ in VIOLATIONS} == set(RULES)
    assert set(SETTINGS["root_packages"]) == set(PACKAGES)
