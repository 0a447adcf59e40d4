"""The account PostgreSQL runs under when the operator is root, since it refuses to run as root."""

import contextlib
import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kentongan.stack.errors import StackError

NAME = "kentongan"
# A server that became another user must not carry root's environment along.
CLEAN_ENVIRONMENT: Mapping[str, str] = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Account:
    """An unprivileged user of this machine."""

    name: str
    uid: int
    gid: int


def unprivileged() -> Account | None:
    """Return the account to change to, made when it is missing; None when we are not root anyway."""
    if os.geteuid() != 0:
        return None
    for name in (NAME, "nobody"):
        with contextlib.suppress(KeyError):
            return _look_up(name)
        if name == NAME and _create():
            return _look_up(name)
    raise StackError(
        "PostgreSQL does not run as root, and no account 'kentongan' could be made: "
        "create it with `useradd --system kentongan`, or start as an ordinary user."
    )


def run_as(account: Account | None, command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a short command as that account, in a folder it needs no right to reach by name."""
    return subprocess.run(
        list(command),
        cwd=cwd,
        env=dict(CLEAN_ENVIRONMENT),
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
        capture_output=True,
        text=True,
        check=False,
    )


def _look_up(name: str) -> Account:
    entry = pwd.getpwnam(name)
    return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)


def _create() -> bool:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False
