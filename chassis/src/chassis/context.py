"""Who set off the work being done now: a correlation id that follows the work across tasks."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import uuid_utils

from contracts.envelope import Context

_current: ContextVar[Context | None] = ContextVar("context", default=None)


def fresh(traceparent: str | None = None) -> Context:
    """Begin a chain of causes: nothing led to this."""
    return Context(correlationid=str(uuid_utils.uuid7()), traceparent=traceparent)


def current() -> Context:
    """Return the context bound here, or a fresh one when the work has no known cause."""
    return _current.get() or fresh()


def bound() -> Context | None:
    """Return the context bound here, if any."""
    return _current.get()


@contextmanager
def bind(context: Context) -> Iterator[Context]:
    """Work inside the block, and every task it starts, belongs to `context`."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)
