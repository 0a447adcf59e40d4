"""`kentongan dead-letters`: list, retry or drop records that a service could not apply."""

import asyncio
import re
from typing import Annotated, Literal

import asyncpg
from cyclopts import Parameter

from chassis import dead_letters
from kentongan.commands.options import DEFAULT_DATA, Data, running
from kentongan.names import SERVICES
from kentongan.stack.errors import StackError

EVERY = "all"

Number = Annotated[
    str, Parameter(help="As `list` prints it, for example routing:12; routing:all for every one of them.")
]


def list_open(*, data: Data = DEFAULT_DATA) -> int:
    """Print every open record of every service: its number, what it is about, why it failed, how it stands."""
    _, current = running(data)
    letters = asyncio.run(_list_all(current.postgres))
    for service, letter in letters:
        number = f"{service}:{letter['id']}"
        place = f"{letter['topic']}/{letter['partition']}@{letter['record_offset']}"
        why = f"{letter['reason']} {letter['detail']}".strip()
        when = letter["parked_at"].strftime("%Y-%m-%d %H:%M:%S")
        print(f"{number:<14} {letter['state']:<8} {when}  {letter['group_name']}  {letter['subject']}  {place}  {why}")
    if not letters:
        print("Nothing waits: every record was applied.")
    return 0


def retry(number: Number, *, data: Data = DEFAULT_DATA) -> int:
    """Let the service apply the record again, then those that wait behind it."""
    return _ask(number, "retry", data)


def drop(number: Number, *, data: Data = DEFAULT_DATA) -> int:
    """Give the record up for good; those that wait behind it are applied."""
    return _ask(number, "drop", data)


def _ask(number: str, wish: Literal["retry", "drop"], data: Data) -> int:
    service, _, digits = number.partition(":")
    if service not in SERVICES or not (digits == EVERY or re.fullmatch("[0-9]{1,18}", digits)):
        raise StackError(f"{number!r} is no number of a record: `kentongan dead-letters list` prints them.")
    _, current = running(data)
    if digits == EVERY:
        count = asyncio.run(_tell_all(current.postgres[service], wish))
        print(f"Asked {service} to {wish} {count}; `kentongan dead-letters list` shows what came of it.")
        return 0
    if not asyncio.run(_tell(current.postgres[service], int(digits), wish)):
        raise StackError(f"{number} is not open: it was applied or dropped meanwhile, or it waits behind another.")
    print(f"Asked {service} to {wish} {digits}; `kentongan dead-letters list` shows what came of it.")
    return 0


async def _list_all(databases: dict[str, str]) -> list[tuple[str, asyncpg.Record]]:
    found = []
    for service in SERVICES:
        connection = await asyncpg.connect(databases[service], timeout=5)
        try:
            found += [(service, letter) for letter in await dead_letters.list_open(connection)]
        finally:
            await connection.close()
    return found


async def _tell(dsn: str, letter: int, wish: Literal["retry", "drop"]) -> bool:
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        return await dead_letters.ask(connection, letter, wish)
    finally:
        await connection.close()


async def _tell_all(dsn: str, wish: Literal["retry", "drop"]) -> int:
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        return await dead_letters.ask_all(connection, wish)
    finally:
        await connection.close()
