"""Keep the parts' log files from growing without end."""

import asyncio
import shutil
from pathlib import Path

_LARGEST = 10_000_000
_KEPT = 3
_LOOK_EVERY_SECONDS = 5.0


def rotate(log: Path, largest: int = _LARGEST) -> bool:
    """Copy a large log away and empty it in place: its writer holds it open and goes on appending."""
    if not log.exists() or log.stat().st_size <= largest:
        return False
    for number in range(_KEPT - 1, 0, -1):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number + 1}"))
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    with log.open("r+b") as file:
        file.truncate()
    return True


def rotate_all(folder: Path, largest: int = _LARGEST) -> None:
    """Look at every log of the folder once; Kafka turns its own."""
    for log in folder.glob("*.log"):
        if log.name != "kafka.log":
            rotate(log, largest)


async def keep_rotating(folder: Path) -> None:
    """Look at the logs for ever."""
    while True:
        await asyncio.to_thread(rotate_all, folder)
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
