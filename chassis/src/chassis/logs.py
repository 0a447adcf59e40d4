"""Logs are facts in JSON on standard output: one line each, with the correlation id, without people."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

import structlog
from pydantic import BaseModel
from structlog.typing import EventDict, Processor, WrappedLogger

from chassis import context
from contracts.catalogue import EVENTS, Poison
from contracts.sealing import Clear, confidential_fields

NEVER = """
authorization body contact cookie email full_name input ip latitude login longitude nik password payload phone point
query secret token
"""
PERSONAL = frozenset(NEVER.split()) | {name for event in EVENTS for name in confidential_fields(event)}
"""Keys whose values are people's or secret: they never reach a log, whoever passes them."""

REFUSED = "(refused: personal)"


def refuse_personal(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace values under personal keys, and values that can hold personal text, at any depth."""
    return {key: _allowed(key, value) for key, value in event.items()}


def _allowed(key: str, value: Any) -> Any:
    if key.lower() in PERSONAL or isinstance(value, Clear | BaseModel | bytes):
        return REFUSED
    if isinstance(value, Mapping):
        return {inner: _allowed(str(inner), held) for inner, held in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_allowed("", held) for held in value]
    return value


def add_correlation(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say which chain of causes the fact belongs to."""
    bound = context.bound()
    if bound is not None:
        event.setdefault("correlationid", bound.correlationid)
    return event


def describe_failure(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Turn exception information into frames and class names.

    The message of an exception stays out unless its class speaks of machines only: messages of drivers and
    validators quote the values they choked on."""
    given = event.pop("exc_info", None)
    failure = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(failure, BaseException):
        event["exception"] = list(_story(failure))
    return event


def _story(failure: BaseException | None) -> Iterator[str]:
    """Tell each failure of the chain, last first, with the places it passed, innermost first."""
    told: set[int] = set()  # an exception that was raised twice can be its own cause
    while failure is not None and id(failure) not in told:
        told.add(id(failure))
        yield _headline(failure)
        for frame in reversed(traceback.extract_tb(failure.__traceback__)):
            yield f"{frame.filename}:{frame.lineno} {frame.name}"
        failure = failure.__cause__ or (None if failure.__suppress_context__ else failure.__context__)


def _headline(failure: BaseException) -> str:
    kind = f"{type(failure).__module__}.{type(failure).__qualname__}"
    facts = [str(failure)] if isinstance(failure, OSError | RuntimeError | ImportError | Poison) else []
    facts += [f"{key}={found}" for key in ("sqlstate", "constraint_name") if (found := getattr(failure, key, None))]
    return ": ".join([kind, *facts])


def configure(service: str, level: str, stream: TextIO | None = None) -> None:
    """Send structlog and the standard library's loggers to one place, in one form."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_correlation,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _name_service(service),
        describe_failure,
        refuse_personal,
    ]
    render = structlog.processors.JSONRenderer(serializer=_to_json)
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.WriteLoggerFactory(file=stream or sys.stdout),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared, render],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(threshold, logging.WARNING), force=True)


def _name_service(service: str) -> Processor:
    def add(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        event["service"] = service
        return event

    return add


def _to_json(event: Any, **_: Any) -> str:
    return json.dumps(event, default=str, ensure_ascii=False, separators=(",", ":"))
