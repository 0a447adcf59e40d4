"""Settings of intake: secrets have no default, a misspelt variable stops the start."""

import subprocess
import sys

import pytest

from intake.settings import Settings
from kit.filing import environment

COMPLETE = environment("postgresql://nobody@127.0.0.1:1/none", 8000)


def start(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Try to start intake with these variables and no others."""
    return subprocess.run(
        [sys.executable, "-m", "intake", "migrate"],
        env=variables,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("missing", ["INTAKE_DATABASE_URL", "INTAKE_SECRET_KEY", "INTAKE_KEY_ENCRYPTION_KEYS"])
def test_a_missing_secret_stops_the_start_and_is_named(missing: str) -> None:
    ended = start({name: value for name, value in COMPLETE.items() if name != missing})
    assert ended.returncode != 0
    assert missing in ended.stderr


def test_a_misspelt_variable_stops_the_start_and_is_named() -> None:
    ended = start({**COMPLETE, "INTAKE_DASHBORD_URL": "http://x"})
    assert ended.returncode != 0
    assert "INTAKE_DASHBORD_URL" in ended.stderr


def test_no_secret_is_printed_when_another_setting_is_wrong() -> None:
    ended = start({**COMPLETE, "INTAKE_SECRET_KEY": "XYZZY"})
    assert ended.returncode != 0
    assert "XYZZY" not in ended.stderr


def test_nothing_is_imported_without_a_token() -> None:
    assert Settings.model_fields["import_token"].default is None


def test_the_settings_can_be_printed_without_giving_a_secret_away(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in COMPLETE.items():
        monkeypatch.setenv(name, value)
    printed = repr(Settings())
    assert all(COMPLETE[name] not in printed for name in ("INTAKE_SECRET_KEY", "INTAKE_IMPORT_TOKEN"))
