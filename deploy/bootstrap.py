"""Make the environment in .venv from the lock files, with nothing but Python's standard library."""
# ruff: noqa: INP001 - a script that runs before any package exists, beside the package it installs

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - an older Python must be told so, not shown a traceback
    sys.exit(
        "Python 3.11 or later is needed, and this is %d.%d: install it, or say which one to use: "  # noqa: UP031 - older Pythons
        "make PYTHON=/path/to/python3.11" % sys.version_info[:2]
    )

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = (
    "contracts",
    "chassis",
    "services/intake",
    "services/routing",
    "services/notify",
    "services/reporting",
    "deploy",
    "tests",
    "bench",
    "docs",
)
NEEDED_BYTES = 1_500_000_000

NO_VENV = (
    "Python cannot make environments here, because its venv or ensurepip module is missing: "
    "install it (Debian, Ubuntu: apt install python3-venv), then run the same command again."
)
UNREACHABLE = (
    "The Python package index could not be reached: check the network, or name a mirror in "
    "PIP_INDEX_URL and UV_DEFAULT_INDEX, then run the same command again."
)
NOT_THE_FILE = (
    "A downloaded package is not the file that was locked (its hash differs), so nothing was installed: "
    "check the index or mirror in between, then run the same command again."
)
NOT_TRUSTED = (
    "The package index shows a certificate that this machine does not trust: name your organisation's "
    "certificates in SSL_CERT_FILE and PIP_CERT, then run the same command again."
)
NO_SPACE = "The disk became full while installing: free about 1.5 GB, then run the same command again."
# What pip and uv say, in the order in which the causes are looked for.
CAUSES: tuple[tuple[tuple[str, ...], str], ...] = (
    (("No space left on device",), NO_SPACE),
    (("Hash mismatch", "hash mismatch", "DO NOT MATCH THE HASHES"), NOT_THE_FILE),
    (("invalid peer certificate", "CERTIFICATE_VERIFY_FAILED"), NOT_TRUSTED),
    (
        (
            "NewConnectionError",
            "ConnectionError",
            "ConnectTimeout",
            "Max retries exceeded",
            "Failed to fetch",
            "error sending request",
            "dns error",
            "Connection refused",
            "No matching distribution found for uv",
            "timed out",
        ),
        UNREACHABLE,
    ),
)


class CannotGoOnError(Exception):
    """Carries the one sentence that says what is wrong and what to do."""


def main() -> int:
    """Bring .venv up to date, or do nothing at all when it is."""
    try:
        if (ROOT / ".venv" / "stamp").is_file() and is_current(ROOT):
            return 0
        with only_one(ROOT):
            if not is_current(ROOT):
                build(ROOT)
    except CannotGoOnError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; the next run goes on from here.", file=sys.stderr)
        return 130
    return 0


def fingerprint(root: Path) -> str:
    """Return what the environment depends on: locks, the members' own files, this Python and this folder."""
    seen = hashlib.sha256(f"{root}\n{sys.version}\n{sys.base_prefix}\n".encode())
    files = ["requirements.lock", "deploy/bootstrap.lock", *(f"{member}/pyproject.toml" for member in MEMBERS)]
    for name in files:
        seen.update((root / name).read_bytes())
    return seen.hexdigest()


def is_current(root: Path) -> bool:
    """Tell whether the environment was completed from exactly these inputs and is still there."""
    stamp = root / ".venv" / "stamp"
    try:
        return stamp.read_text() == fingerprint(root) and (root / ".venv/bin/python").exists()
    except FileNotFoundError:
        return False
    except PermissionError as error:
        raise CannotGoOnError(f"{error.filename} cannot be read: run the command as the user who owns it.") from error


def build(root: Path) -> None:
    """Make the environment and fill it; each step says what it does and how long it took."""
    check_venv_module()
    check_folder(root)
    check_space(root)
    environment = root / ".venv"
    (environment / "stamp").unlink(missing_ok=True)
    with step("environment"):
        create(environment)
    with step("uv"):
        run(
            [
                *python(environment, "-m", "pip", "install"),
                "--quiet",
                "--disable-pip-version-check",
                "--no-input",
                "--require-hashes",
                "--no-deps",
                "--requirement",
                str(root / "deploy" / "bootstrap.lock"),
            ],
            settings(environment),
        )
    with step("packages, each checked against its hash"):
        run(uv(environment, "sync", "--require-hashes", str(root / "requirements.lock")), settings(environment))
    with step("our own packages"):
        editable = [part for member in MEMBERS for part in ("--editable", str(root / member))]
        run(uv(environment, "install", "--no-deps", "--offline", *editable), settings(environment))
    (environment / "stamp").write_text(fingerprint(root))


def check_venv_module() -> None:
    """Stop when this Python was installed without the means to make environments."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise CannotGoOnError(NO_VENV)


def check_folder(root: Path) -> None:
    """Stop when we may not write where the environment goes."""
    environment = root / ".venv"
    target = environment if environment.exists() else root
    if not os.access(target, os.W_OK | os.X_OK):
        raise CannotGoOnError(
            f"{target} is not writable for this user: run the command as its owner, or clone to a folder of your own."
        )


def check_space(root: Path) -> None:
    """Stop before the download when the disk is too full for a new environment."""
    free = shutil.disk_usage(root).free
    if not (root / ".venv").exists() and free < NEEDED_BYTES:
        raise CannotGoOnError(
            f"Only {free / 1e9:.1f} GB are free at {root}, and about {NEEDED_BYTES / 1e9:.1f} GB are needed: "
            "free some space, then run the same command again."
        )


def create(environment: Path) -> None:
    """Make the environment anew, unless a usable one of this very Python is there already."""
    if is_ours(environment):
        return
    command = [sys.executable, "-m", "venv", "--clear", str(environment)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        said = result.stdout + result.stderr
        raise CannotGoOnError(NO_VENV if "ensurepip" in said else explain(said))


def is_ours(environment: Path) -> bool:
    """Tell whether the environment belongs to this Python and this folder, and has pip."""
    command = [str(environment / "bin" / "python"), "-c", "import pip, sys; print(sys.version, sys.base_prefix)"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        shebang = (environment / "bin" / "pip").read_text().split("\n", 1)[0]
    except OSError:
        return False
    return result.stdout.strip() == f"{sys.version} {sys.base_prefix}" and str(environment) in shebang


def python(environment: Path, *arguments: str) -> list[str]:
    """Return a command of the environment's Python."""
    return [str(environment / "bin" / "python"), *arguments]


def uv(environment: Path, *arguments: str) -> list[str]:
    """Return a `uv pip` command on this environment."""
    verb, *rest = arguments
    where = ["--python", str(environment / "bin" / "python")]
    return [str(environment / "bin" / "uv"), "pip", verb, "--quiet", *where, *rest]


def settings(environment: Path) -> dict[str, str]:
    """Return the variables for pip and uv: a mirror told to pip is told to uv as well."""
    known = dict(os.environ)
    for name in ("VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT"):
        known.pop(name, None)
    known["VIRTUAL_ENV"] = str(environment)
    if "PIP_INDEX_URL" in known:
        known.setdefault("UV_DEFAULT_INDEX", known["PIP_INDEX_URL"])
    trusted = ssl.get_default_verify_paths()
    if trusted.cafile or trusted.capath:
        # An organisation's own certificates are known to the system, and not to uv's built-in list.
        known.setdefault("UV_SYSTEM_CERTS", "1")
    return known


def run(command: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run one command; when it fails, say why in one sentence."""
    result = subprocess.run(list(command), env=dict(variables), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise CannotGoOnError(explain(result.stdout + result.stderr))


def explain(said: str) -> str:
    """Return the sentence for what a tool said when it failed."""
    for words, sentence in CAUSES:
        if any(word in said for word in words):
            return sentence
    if "Permission denied" in said:
        return "A file of the environment is not writable for this user: run the command as the owner of .venv."
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    return f"The environment could not be made ({last}): run `make clean`, then the same command again."


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Print one line for a step, with its seconds."""
    began = time.monotonic()
    print(f"  {what} ...", end="", flush=True)
    try:
        yield
    finally:
        print(f" {time.monotonic() - began:.1f} s", flush=True)


@contextlib.contextmanager
def only_one(root: Path) -> Iterator[None]:
    """Let two commands started at once take turns; the folder itself is the lock."""
    try:
        handle = os.open(root, os.O_RDONLY)
    except PermissionError as error:
        raise CannotGoOnError(f"{root} cannot be read: run the command as the user who owns it.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


if __name__ == "__main__":
    sys.exit(main())
