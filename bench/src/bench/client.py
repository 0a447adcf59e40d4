"""A load client that costs little itself: keep-alive sockets, prepared bytes, nothing parsed but status and length.

`python -m bench.client HOST PORT PATH SECONDS CONNECTIONS RATE` reads the body to post from standard input and prints
JSON. RATE 0 asks as fast as it is answered, any other rate at most so often a second.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import uvloop


@dataclass
class Tally:
    """What the connections of one client saw."""

    deadline: float
    pause: float
    latencies: list[float] = field(default_factory=list)
    failures: int = 0


class Connection(asyncio.Protocol):
    """One citizen after the other on one socket: the next request goes out when the answer is in."""

    def __init__(self, request: bytes, tally: Tally, done: "asyncio.Future[None]") -> None:
        self._request = request
        self._tally = tally
        self._done = done
        self._buffer = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.WriteTransport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        """Collect one answer, then ask again until the time is up."""
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._tally.latencies.append(time.perf_counter() - self._sent)
        self._tally.failures += not head.startswith(b"HTTP/1.1 201")
        self._buffer = b""
        due = max(self._sent + self._tally.pause - time.perf_counter(), 0)
        if time.perf_counter() + due >= self._tally.deadline:
            self._transport.close()
        elif due:
            asyncio.get_running_loop().call_later(due, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that this connection is over."""
        self._tally.failures += exc is not None
        if not self._done.done():
            self._done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def load(url: tuple[str, int, str], seconds: float, connections: int, rate: float, body: bytes) -> Tally:
    """Post the body over and over on every connection."""
    host, port, path = url
    lines = [f"POST {path} HTTP/1.1", f"host: {host}", "content-type: application/json", f"content-length: {len(body)}"]
    request = "\r\n".join([*lines, "", ""]).encode() + body
    loop = asyncio.get_running_loop()
    tally = Tally(time.perf_counter() + seconds, connections / rate if rate else 0.0)
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(partial(Connection, request, tally, end), host, port)
    await asyncio.wait(ends, timeout=seconds + 30)
    return tally


def main() -> None:
    """Load and print what was seen."""
    host, port, path, seconds, connections, rate = sys.argv[1:]
    body = sys.stdin.buffer.read()
    began = time.perf_counter()
    tally = uvloop.run(load((host, int(port), path), float(seconds), int(connections), float(rate), body))
    took = time.perf_counter() - began
    ranked = sorted(tally.latencies)
    print(
        json.dumps(
            {
                "per_second": len(ranked) / took,
                "p50_ms": ranked[len(ranked) // 2] * 1000,
                "p99_ms": ranked[int(len(ranked) * 0.99)] * 1000,
                "failures": tally.failures,
            }
        )
    )


if __name__ == "__main__":
    main()
