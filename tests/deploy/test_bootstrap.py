"""Whatever keeps the environment from being made is told in one sentence that says what to do."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "bootstrap.py"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a folder with what the bootstrap reads: itself, the locks and the members' own files."""
    root = tmp_path / "clone"
    names = ["deploy/bootstrap.py", "deploy/bootstrap.lock", "requirements.lock"]
    names += [f"{member}/pyproject.toml" for member in load(SCRIPT).MEMBERS]
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    return root


def run(
    clone: Path, *, before: str = "", prefix: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the script as a fresh interpreter would; `before` changes what that interpreter offers."""
    script = str(clone / "deploy" / "bootstrap.py")
    code = f"import sys\n{before}\nimport runpy\nrunpy.run_path({script!r}, run_name='__main__')"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
    return subprocess.run(
        [*prefix, sys.executable, "-c", code],
        env={**kept, "PIP_CONFIG_FILE": os.devnull, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def assert_one_sentence(result: subprocess.CompletedProcess[str], *words: str) -> None:
    assert result.returncode != 0
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    for word in words:
        assert word in result.stderr


def test_an_old_python_is_told_which_one_is_needed(clone: Path) -> None:
    result = run(clone, before="sys.version_info = (3, 9, 2, 'final', 0)")
    assert_one_sentence(result, "Python 3.11 or later is needed", "3.9", "PYTHON=")


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_without_venv_is_told_what_to_install(clone: Path, module: str) -> None:
    result = run(clone, before=f"sys.modules[{module!r}] = None")
    assert_one_sentence(result, "venv or ensurepip", "apt install python3-venv")


def test_an_unreachable_index_is_told_as_such(clone: Path) -> None:
    result = run(clone, PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_RETRIES="0", PIP_NO_CACHE_DIR="1")
    assert_one_sentence(result, "package index could not be reached", "check the network")
    assert not (clone / ".venv" / "stamp").exists()


def test_a_package_with_another_hash_is_not_installed(clone: Path, tmp_path: Path) -> None:
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    version = next(
        line.split("==")[1].split()[0]
        for line in (clone / "deploy/bootstrap.lock").read_text().splitlines()
        if line.startswith("uv==")
    )
    with zipfile.ZipFile(wheels / f"uv-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr("uv/__init__.py", "raise SystemExit('somebody else wrote this')\n")
    result = run(clone, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheels))
    assert_one_sentence(result, "not the file that was locked", "nothing was installed")


def test_a_folder_that_may_not_be_written_is_named(clone: Path) -> None:
    clone.chmod(0o555)
    # Root may write everywhere unless that right is taken from it.
    prefix = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override") if os.geteuid() == 0 else ()
    try:
        result = run(clone, prefix=prefix)
    finally:
        clone.chmod(0o755)
    assert_one_sentence(result, str(clone), "not writable")


def test_a_full_disk_is_told_before_anything_is_fetched(clone: Path) -> None:
    bootstrap = load(clone / "deploy" / "bootstrap.py")
    vars(bootstrap)["NEEDED_BYTES"] = 10**18
    with pytest.raises(bootstrap.CannotGoOnError, match="GB are free"):
        bootstrap.build(clone)
    assert not (clone / ".venv").exists()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("error: failed to write: No space left on device (os error 28)", "disk became full"),
        ("  Failed to download `x`\n  ╰─▶ Hash mismatch for `x==1`", "not the file that was locked"),
        ("error: Failed to fetch: `https://…`\n  Caused by: dns error", "index could not be reached"),
        ("  Caused by: invalid peer certificate: UnknownIssuer", "does not trust"),
        ("error: Permission denied (os error 13)", "not writable for this user"),
        ("error: something nobody has seen", "something nobody has seen"),
    ],
)
def test_what_tools_say_becomes_one_sentence(said: str, sentence: str) -> None:
    words = load(SCRIPT).explain(said)
    assert sentence in words
    assert "\n" not in words


def make_current(clone: Path) -> Path:
    """Give the clone a finished environment, as far as the stamp can tell."""
    environment = clone / ".venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").touch()
    (environment / "stamp").write_text(load(clone / "deploy" / "bootstrap.py").fingerprint(clone))
    return environment


def test_a_current_environment_costs_next_to_nothing(clone: Path) -> None:
    make_current(clone)
    began = time.monotonic()
    result = subprocess.run([sys.executable, clone / "deploy" / "bootstrap.py"], capture_output=True, check=False)
    assert time.monotonic() - began < 0.5
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@pytest.mark.parametrize("changed", ["requirements.lock", "deploy/bootstrap.lock", "services/intake/pyproject.toml"])
def test_a_changed_lock_or_member_makes_the_environment_stale(clone: Path, changed: str) -> None:
    make_current(clone)
    bootstrap = load(clone / "deploy" / "bootstrap.py")
    assert bootstrap.is_current(clone)
    with (clone / changed).open("a") as file:
        file.write("\n# changed\n")
    assert not bootstrap.is_current(clone)


def test_a_moved_clone_makes_its_environment_anew(clone: Path) -> None:
    make_current(clone)
    moved = clone.rename(clone.with_name("moved"))
    assert not load(moved / "deploy" / "bootstrap.py").is_current(moved)


@pytest.mark.parametrize("tool", ["make", "python3"])
def test_ci_says_which_tool_is_missing(tmp_path: Path, tool: str) -> None:
    for name in {"make", "python3", "bash", "dirname", "env"} - {tool}:
        found = shutil.which(name)
        assert found is not None
        (tmp_path / name).symlink_to(found)
    result = subprocess.run(
        ["bash", ROOT / ".ci" / "run"], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert_one_sentence(result, f"{tool} is missing", f"apt install {tool}")


def test_every_member_of_the_workspace_is_installed() -> None:
    members = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("*/pyproject.toml")}
    members |= {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("services/*/pyproject.toml")}
    assert set(load(SCRIPT).MEMBERS) == members
