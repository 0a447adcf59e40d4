"""One `kentongan up` per data folder, held by a lock that no crash leaves behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from kentongan import state
from kentongan.layout import Layout
from kentongan.stack.errors import StackError


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """Hold the folder; say who holds it when somebody else does."""
    try:
        handle = os.open(layout.lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StackError(f"{layout.lock} cannot be opened: run as the user who owns {layout.root}.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StackError(_who(layout)) from error
        yield
    finally:
        os.close(handle)


def _who(layout: Layout) -> str:
    last = state.read(layout.state)
    pid = f" (pid {last.supervisor.pid})" if last is not None else ""
    return (
        f"A stack already runs on {layout.root}{pid}: see it with `kentongan status`, stop it with `kentongan down`, "
        "or start another one with --data OTHER."
    )
