"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from kentongan import state
from kentongan.layout import DEFAULT, Layout, open_layout
from kentongan.stack.errors import StackError

Data = Annotated[Path, Parameter(name="--data", help="Folder that holds the stack's data.")]
DEFAULT_DATA = DEFAULT


def running(data: Path) -> tuple[Layout, state.State]:
    """Return the stack that runs on this folder, or say that none does."""
    layout = open_layout(data)
    current = state.read(layout.state)
    if current is None or not state.is_alive(current.supervisor):
        raise StackError(f"No stack runs on {layout.root}: start one with `make up` or `kentongan up`.")
    return layout, current
