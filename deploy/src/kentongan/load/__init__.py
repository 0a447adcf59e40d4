"""`kentongan load`: file the records of a CSV file through the API, and reconcile every part of the system with it."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter, validators
from rich.console import Console

from kentongan.commands.options import DEFAULT_DATA, Data, running
from kentongan.load import bandung, surabaya, table
from kentongan.load.loading import Loading
from kentongan.load.profile import Profile

PROFILES: dict[str, Profile] = {"surabaya": surabaya.PROFILE, "bandung": bandung.PROFILE}

_WIDTH_OF_FILES = 120

Limit = Annotated[
    int | None, Parameter(help="File the first so many records only.", validator=validators.Number(gte=1))
]


def load(
    file: Annotated[Path, Parameter(help="The CSV file.")],
    *,
    profile: Annotated[Literal["surabaya", "bandung"], Parameter(help="What the columns of the file mean.")],
    limit: Limit = None,
    data: Data = DEFAULT_DATA,
) -> int:
    """File each record at its own time, handle it as the file says, then compare every count.

    A second run files nothing twice, and goes on where an interrupted one stopped. The exit code is 1 when anything
    differs.
    """
    chosen = PROFILES[profile]
    plan = chosen.plan(table.read(file, chosen.columns, chosen.unique))
    _, state = running(data)
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OF_FILES)
    return asyncio.run(Loading(state, plan, plan.cases[:limit], console).run())
