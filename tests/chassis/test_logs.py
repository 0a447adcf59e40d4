"""Logs are facts without people: JSON lines, one chain of causes, tracebacks without the words of failures."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
import structlog
from pydantic import BaseModel

from chassis import context
from chassis.logs import PERSONAL, REFUSED, configure
from contracts.envelope import Context
from contracts.sealing import Clear
from contracts.vocabulary import Name

PERSON = "Siti Aminah, siti@example.org"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Configure logging as a service does; give what has been written, parsed."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    stream = io.StringIO()
    configure("showcase", "info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    structlog.configure(**before)
    logging.root.handlers, logging.root.level = handlers, level


def test_a_fact_is_one_line_that_names_its_service_and_time(lines: Lines) -> None:
    structlog.get_logger().info("drum_beaten", drum_id=7)
    (line,) = lines()
    assert (line["event"], line["service"], line["level"], line["drum_id"]) == ("drum_beaten", "showcase", "info", 7)
    assert line["time"].endswith("Z")


def test_facts_below_the_level_are_not_written(lines: Lines) -> None:
    structlog.get_logger().debug("drum_beaten")
    assert lines() == []


def test_a_fact_belongs_to_the_work_it_came_from(lines: Lines) -> None:
    with context.bind(Context(correlationid="request-12345")):
        structlog.get_logger().info("drum_beaten")
    structlog.get_logger().info("drum_silent")
    assert [line.get("correlationid") for line in lines()] == ["request-12345", None]


def test_a_library_logs_in_the_same_form(lines: Lines) -> None:
    with context.bind(Context(correlationid="request-12345")):
        logging.getLogger("aiokafka").warning("broker %s is away", "one", extra={"password": PERSON})
    (line,) = lines()
    assert line["event"] == "broker one is away"
    assert (line["logger"], line["service"], line["correlationid"]) == ("aiokafka", "showcase", "request-12345")
    assert PERSON not in json.dumps(line)


def test_a_librarys_chatter_is_not_written_because_it_quotes_addresses(lines: Lines) -> None:
    logging.getLogger("httpx2").info("HTTP Request: GET http://127.0.0.1/track/%s", PERSON)
    assert lines() == []


@pytest.mark.parametrize("key", sorted(PERSONAL))
def test_personal_keys_are_refused(lines: Lines, key: str) -> None:
    structlog.get_logger().info("drum_beaten", **{key: PERSON}, about={"deeper": [{key.upper(): PERSON}]})
    (line,) = lines()
    assert line[key] == REFUSED
    assert "siti" not in json.dumps(line)


def test_every_sealed_field_of_the_published_language_is_a_personal_key() -> None:
    assert {"title", "description", "address", "reporter_name", "reporter_email", "reporter_phone", "text"} <= PERSONAL


@pytest.mark.parametrize("value", [Clear(PERSON), Name(id=PERSON, en=PERSON), PERSON.encode()], ids=type)
def test_values_that_can_hold_personal_text_are_refused_under_any_key(lines: Lines, value: object) -> None:
    structlog.get_logger().info("drum_beaten", thing=value, things=[value])
    (line,) = lines()
    assert (line["thing"], line["things"]) == (REFUSED, [REFUSED])


def test_a_failure_is_told_by_its_places_and_not_by_its_words(lines: Lines) -> None:
    def choke(text: str) -> None:
        raise ValueError(text)

    try:
        choke(PERSON)
    except ValueError:
        structlog.get_logger().exception("drum_cracked")
    (line,) = lines()
    assert line["exception"][0] == "builtins.ValueError"
    assert any(place.endswith(" choke") for place in line["exception"])
    assert "siti" not in json.dumps(line)


def test_the_cause_of_a_failure_is_told_too(lines: Lines) -> None:
    class Drum(BaseModel):
        size: int

    try:
        try:
            Drum.model_validate({"size": PERSON})
        except ValueError as error:
            raise LookupError(PERSON) from error
    except LookupError as error:
        structlog.get_logger().error("drum_cracked", exc_info=error)
    (line,) = lines()
    told = [entry for entry in line["exception"] if " " not in entry]
    assert told == ["builtins.LookupError", "pydantic_core._pydantic_core.ValidationError"]
    assert "siti" not in json.dumps(line)


def test_a_database_failure_is_told_by_its_code_and_constraint(lines: Lines) -> None:
    failure = asyncpg.UniqueViolationError(f"Key (email)=({PERSON}) already exists")
    failure.constraint_name = "accounts_email_key"
    structlog.get_logger().error("drum_cracked", exc_info=failure)
    (line,) = lines()
    assert line["exception"] == [
        "asyncpg.exceptions.UniqueViolationError: sqlstate=23505: constraint_name=accounts_email_key"
    ]


def test_a_failure_of_the_machine_keeps_its_words(lines: Lines) -> None:
    structlog.get_logger().error("drum_cracked", exc_info=ConnectionRefusedError(111, "Connection refused"))
    (line,) = lines()
    assert line["exception"] == ["builtins.ConnectionRefusedError: [Errno 111] Connection refused"]
