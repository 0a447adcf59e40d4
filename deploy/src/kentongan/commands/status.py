"""`kentongan status`: the table of the running stack once more, or all of it as JSON."""

import json
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from kentongan import overview
from kentongan.commands.options import DEFAULT_DATA, Data, running


def status(
    *,
    json_: Annotated[bool, Parameter(name="--json", negative="", help="Print everything for a program.")] = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Show every address, login and connection string; exit code 0 only when everything is ready."""
    _, current = running(data)
    if json_:
        print(json.dumps(overview.as_json(current), indent=2))
    else:
        overview.show(current, Console())
    return 0 if overview.is_ready(current) else 1
