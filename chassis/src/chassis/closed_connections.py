"""Lets aiokafka see a connection that uvloop has closed as broken: its background tasks die of what uvloop raises.

asyncio's own loop fails such a write with an OSError, which aiokafka expects; uvloop raises RuntimeError, and the
metadata or coordination task that wrote ends for good (aio-libs/aiokafka#1038).
"""

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError

_send = AIOKafkaConnection.send


def _send_or_break(self: AIOKafkaConnection, request: Any, expect_response: bool = True) -> Any:
    try:
        return _send(self, request, expect_response)
    except RuntimeError as error:
        self.close(reason=CloseReason.CONNECTION_BROKEN)
        raise KafkaConnectionError(f"{self} is closed") from error


def mend() -> None:
    """Make it so for every client of this process."""
    AIOKafkaConnection.send = _send_or_break
