"""Speaking to a service: the same request again, with the same key, while it is busy, restarting or away."""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx2

from kentongan.history.cases import Body
from kentongan.stack.errors import StackError

PATIENCE_SECONDS = 120.0
TRY_AGAIN = frozenset({429, 502, 503, 504})
_TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
_FIRST_DELAY, _LONGEST_DELAY = 0.1, 5.0


class Unreachable(StackError):
    """A service did not answer for longer than we wait."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said."""

    status: int
    body: Any

    @property
    def is_good(self) -> bool:
        """Whether it did what was asked."""
        return self.status < 300

    @property
    def problem(self) -> str:
        """The kind of failure: the last part of the problem's type, and the fields it is about; never a text."""
        if not isinstance(self.body, Mapping):
            return f"HTTP {self.status}"
        slug = str(self.body.get("type", "")).rpartition("/")[2]
        fields = sorted({str(each.get("field")) for each in self.body.get("errors", ())})
        return f"HTTP {self.status} {slug}".strip() + (f" ({', '.join(fields)})" if fields else "")


class Api:
    """One service, spoken to over at most `width` connections."""

    def __init__(self, name: str, url: str, token: str, width: int, patience: float = PATIENCE_SECONDS) -> None:
        self.name = name
        self.url = url
        self._patience = patience
        limits = httpx2.Limits(max_connections=width, max_keepalive_connections=width)
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        self._client = httpx2.AsyncClient(
            base_url=url, headers=headers, limits=limits, timeout=_TIMEOUT, trust_env=False
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str) -> Any:
        """Read; anything but success is a StackError."""
        answer = await self._send("GET", path, None, {})
        if not answer.is_good:
            raise StackError(f"{self.name} refused {path}: {answer.problem}.")
        return answer.body

    async def put(self, path: str, body: Body) -> Answer:
        """Write something whole."""
        return await self._send("PUT", path, body, {})

    async def post(self, path: str, body: Body, key: str) -> Answer:
        """Ask for something once, however often the request is sent."""
        return await self._send("POST", path, body, {"idempotency-key": key})

    async def _send(self, method: str, path: str, body: Body | None, headers: Mapping[str, str]) -> Answer:
        content = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        until = time.monotonic() + self._patience
        delay = _FIRST_DELAY
        while True:
            try:
                response = await self._client.request(method, path, content=content, headers=headers)
            except httpx2.TransportError as error:
                why, wanted = type(error).__name__, 0.0
            else:
                if response.status_code not in TRY_AGAIN:
                    return Answer(response.status_code, _parsed(response))
                why, wanted = f"HTTP {response.status_code}", _retry_after(response)
            if time.monotonic() > until:
                raise Unreachable(f"{self.name} at {self.url} has not answered for {self._patience:.0f} s ({why}).")
            await asyncio.sleep(max(delay, min(wanted, _LONGEST_DELAY)))
            delay = min(delay * 2, _LONGEST_DELAY)


def _parsed(response: httpx2.Response) -> Any:
    if "json" not in response.headers.get("content-type", ""):
        return None
    try:
        return json.loads(response.content)
    except ValueError:
        return None


def _retry_after(response: httpx2.Response) -> float:
    given = response.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else 0.0
