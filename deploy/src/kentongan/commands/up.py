"""`kentongan up`: start everything in the foreground."""

import asyncio
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from kentongan.commands.options import DEFAULT_DATA, Data
from kentongan.layout import open_layout
from kentongan.running import Options, run


def up(
    *,
    demo: Annotated[bool, Parameter(help="Fill in made-up complaints and keep some coming.")] = True,
    speed: Annotated[float, Parameter(help="How fast made-up complaints keep coming; 1 is calm.")] = 1.0,
    data: Data = DEFAULT_DATA,
    port_base: Annotated[int | None, Parameter(help="Count the ports upwards from here.")] = None,
) -> int:
    """Start Kafka, PostgreSQL, the mailbox and the four services, and keep them running until Ctrl-C.

    KAFKA_BOOTSTRAP_SERVERS and DATABASE_URL_INTAKE, _ROUTING, _NOTIFY, _REPORTING name existing servers
    to use instead of our own.
    """
    options = Options(demo=demo, speed=speed, port_base=port_base)
    return asyncio.run(run(open_layout(data), options, Console()))
