"""The outermost layer of every answer: context, limits, headers, figures, and the last word on failures."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from fastapi import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import context, metrics, problems
from contracts.envelope import Context

log = structlog.get_logger()

CSP = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; img-src 'self' data:;"
    " object-src 'none'"
)
HEADERS: Final = (
    (b"content-security-policy", CSP.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(self), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
"""On every answer, unless the route says otherwise; nothing is kept by browsers or proxies that was not meant to be."""
NAMES = frozenset(name for name, _ in HEADERS)

HEADER_LIMIT = 32_768
REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,64}")
TRACEPARENT = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


class Edge:
    """Pure ASGI, one pass over the request's headers and one wrapper around `send`: it sits on every path."""

    def __init__(self, app: ASGIApp, body_limit: int) -> None:
        self.app = app
        self.body_limit = body_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        with context.bind(_context(headers)) as cause:
            outgoing = _Outgoing(scope, send, cause.correlationid)
            refusal = self._refusal(scope, headers)
            if refusal is not None:
                await problems.answer(Request(scope), refusal)(scope, receive, outgoing)
                return
            if scope["method"] == "HEAD":
                scope["method"] = "GET"  # RFC 9110 9.3.2: the same without the body, which the server leaves out
            elif scope["method"] not in SAFE_METHODS:
                receive = _limited(receive, self.body_limit)
            await self._serve(scope, receive, outgoing)

    async def _serve(self, scope: Scope, receive: Receive, outgoing: "_Outgoing") -> None:
        try:
            await self.app(scope, receive, outgoing)
        except Exception:
            # The third loop of the house, after relay and consumers: a request that breaks must not break the server.
            log.exception("request_failed", method=scope["method"], route=route_of(scope))
            if outgoing.status:
                # Too late to say anything: the connection is cut, so that nobody takes a half for the whole. The server
                # prints what reaches it, so that must not be the failure itself, whose words may be somebody's.
                raise ConnectionAbortedError("the answer broke off") from None
            await problems.answer(Request(scope), problems.BROKEN)(scope, receive, outgoing)

    def _refusal(self, scope: Scope, headers: dict[bytes, bytes]) -> problems.Problem | None:
        if sum(map(len, headers)) + sum(map(len, headers.values())) > HEADER_LIMIT:
            return problems.HUGE_HEADERS
        if scope["method"] in SAFE_METHODS:
            return None
        if _cross_site(headers):
            return problems.CROSS_SITE
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit():
            return problems.BAD_REQUEST
        return problems.TOO_LARGE if int(announced) > self.body_limit else None


class _Outgoing:
    """Adds headers to the answer as it starts, and counts it when it has ended."""

    __slots__ = ("_began", "_cause", "_scope", "_send", "status")

    def __init__(self, scope: Scope, send: Send, cause: str) -> None:
        self._scope, self._send, self._cause, self._began = scope, send, cause, time.perf_counter()
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Pass one message on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = list(message.get("headers", ()))
            said = {name for name, _ in given}
            ours = HEADERS if NAMES.isdisjoint(said) else [header for header in HEADERS if header[0] not in said]
            message["headers"] = [*given, *ours, (b"x-request-id", self._cause.encode())]
        elif not message.get("more_body"):
            seconds = time.perf_counter() - self._began
            metrics.request_served(self._scope["method"], route_of(self._scope), self.status, seconds)
        await self._send(message)


def route_of(scope: Scope) -> str:
    """Return the route's template, never the path, which may hold somebody's code."""
    return getattr(scope.get("route"), "path", "(none)")


def _context(headers: dict[bytes, bytes]) -> Context:
    traceparent = headers.get(b"traceparent", b"")
    trace = traceparent.decode() if TRACEPARENT.fullmatch(traceparent) else None
    asked = headers.get(b"x-request-id", b"")
    if REQUEST_ID.fullmatch(asked):
        return Context(correlationid=asked.decode(), traceparent=trace)
    return context.fresh(trace)


def _cross_site(headers: dict[bytes, bytes]) -> bool:
    """Say whether a browser sends this from another site's page (no token needed: browsers tell since 2023)."""
    fetched = headers.get(b"sec-fetch-site")
    if fetched is not None:
        return fetched not in (b"same-origin", b"none")
    origin = headers.get(b"origin")
    return origin is not None and origin.partition(b"://")[2] != headers.get(b"host", b"")


def _limited(receive: Receive, limit: int) -> Callable[[], Awaitable[Message]]:
    """Count the body while it streams in; whoever announces little and sends much is stopped on the way."""
    left = limit

    async def counted() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413)
        return message

    return counted
