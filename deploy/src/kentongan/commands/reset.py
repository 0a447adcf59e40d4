"""`kentongan reset`: remove the data of a stack that does not run."""

import shutil
import sys
from typing import Annotated

from cyclopts import Parameter

from kentongan import orphans, state
from kentongan.commands.options import DEFAULT_DATA, Data
from kentongan.layout import Layout, open_layout
from kentongan.stack.errors import StackError
from kentongan.stack_lock import only_one


def reset(
    *,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], negative="", help="Do not ask.")] = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Remove complaints, events, messages, logs, passwords and keys of this stack; nothing brings them back."""
    layout = open_layout(data)
    if not layout.root.exists():
        print(f"There is nothing at {layout.root}.")
        return 0
    if not layout.lock.exists() and not layout.secrets.exists():
        raise StackError(f"{layout.root} does not look like a stack's data, so nothing was removed.")
    if not yes and not _agreed(layout):
        print("Nothing was removed.")
        return 1
    with only_one(layout):
        orphans.end_orphans(layout, state.read(layout.state))
        _remove(layout)
    print(f"All data at {layout.root} are gone.")
    return 0


def _agreed(layout: Layout) -> bool:
    if not sys.stdin.isatty():
        raise StackError("`kentongan reset` removes everything for good; say so with --yes.")
    return input(f"Remove everything at {layout.root}, for good? Type yes: ").strip().lower() == "yes"


def _remove(layout: Layout) -> None:
    """Remove only what a stack puts there, and the folder itself when nothing else is in it."""
    for folder in (layout.kafka, layout.postgres, layout.mailbox, layout.logs):
        shutil.rmtree(folder, ignore_errors=False) if folder.exists() else None
    for file in (layout.secrets, layout.state, layout.demo_done, layout.demo_anchor, layout.seeded, layout.lock):
        file.unlink(missing_ok=True)
    if not any(layout.root.iterdir()):
        layout.root.rmdir()
