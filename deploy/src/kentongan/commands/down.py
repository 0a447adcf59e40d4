"""`kentongan down`: stop the stack that runs on a data folder."""

import signal
import time

import psutil

from kentongan import orphans, state
from kentongan.commands.options import DEFAULT_DATA, Data
from kentongan.layout import open_layout
from kentongan.stack.errors import StackError

_SECONDS = 30


def down(*, data: Data = DEFAULT_DATA) -> int:
    """Stop everything in good order; what a killed supervisor left behind is ended too."""
    layout = open_layout(data)
    last = state.read(layout.state)
    began = time.monotonic()
    if last is not None and state.is_alive(last.supervisor):
        _ask(last.supervisor.pid)
        print(f"Stopped in {time.monotonic() - began:.1f} s; the data are kept.")
        return 0
    ended = orphans.end_orphans(layout, last) if layout.root.exists() else []
    layout.state.unlink(missing_ok=True)
    print(f"Ended what was left running: {', '.join(ended)}." if ended else f"Nothing runs on {layout.root}.")
    return 0


def _ask(pid: int) -> None:
    try:
        supervisor = psutil.Process(pid)
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(_SECONDS)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied as error:
        raise StackError(f"The stack (pid {pid}) belongs to another user: stop it as that user.") from error
    except psutil.TimeoutExpired as error:
        raise StackError(
            f"The stack (pid {pid}) did not stop within {_SECONDS} s: look at `kentongan logs`, and ask once more."
        ) from error
