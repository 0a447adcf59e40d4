"""The life of one delivery: what one person is told of one event by one medium."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID, uuid5

from chassis.decider import Refused
from contracts.notify import Medium

NAMESPACE = UUID("6f6e9c1e-5d0a-5f0c-9b0e-6b656e746f6e")
"""Fixed for ever: another namespace would give every delivery another id, and every redelivery a second letter."""


def delivery_id(event: UUID, recipient: UUID, medium: Medium) -> UUID:
    """Name a delivery by what makes it one: the event, the person, the medium. It is also the Message-ID."""
    return uuid5(NAMESPACE, f"{event}/{recipient}/{medium.value}")


class Suppression(StrEnum):
    """Why a delivery was never sent, although nothing failed."""

    TOO_OLD = "too_old"
    """The event is older than news of it is worth: an import of the past, or a very long outage."""
    ERASED = "erased"
    """The person asked to be forgotten."""
    UNREADABLE = "unreadable"
    """The key of the address did not come."""


class StateName(StrEnum):
    """What each state is called outside of this module."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Queued:
    """Waits for `due_at`; `attempts` have been made."""

    attempts: int
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Sending:
    """Attempt number `attempts` is under way; when it has said nothing by `leased_until`, another may begin."""

    attempts: int
    leased_until: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """The receiving server took it."""

    attempts: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The receiving server will never take it."""

    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Suppressed:
    """It was not to be sent."""

    attempts: int
    reason: Suppression


@dataclass(frozen=True, slots=True)
class Expired:
    """It could not be sent while it was still news."""

    attempts: int


State = Queued | Sending | Sent | Failed | Suppressed | Expired


@dataclass(frozen=True, slots=True)
class Claim:
    """Begin an attempt that ends before the lease does."""

    now: datetime
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Accept:
    """The server took the message: attempt number `attempt` succeeded."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Defer:
    """The attempt failed in a way that may pass; try again after `wait`."""

    attempt: int
    now: datetime
    wait: timedelta


@dataclass(frozen=True, slots=True)
class Reject:
    """The attempt failed in a way that will not pass."""

    attempt: int
    reason: str


@dataclass(frozen=True, slots=True)
class Release:
    """The attempt was never begun: the process stops."""

    attempt: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Suppress:
    """It shall not be sent after all."""

    reason: Suppression


Command = Claim | Accept | Defer | Reject | Release | Suppress


class DeliveryIsOver(Refused):
    """Nothing happens to a delivery that was sent, failed, was suppressed or expired."""


class DeliveryIsNotDue(Refused):
    """It waits for a later time, or another attempt holds it."""


class AttemptIsStale(Refused):
    """The lease of this attempt ran out and a later attempt decides now."""


def queue(happened_at: datetime, now: datetime, life: timedelta, *, erased: bool = False) -> State:
    """Begin a delivery: news lives for `life` after the event, and what is already older is not sent."""
    if erased:
        return Suppressed(0, Suppression.ERASED)
    expires_at = happened_at + life
    if expires_at <= now:
        return Suppressed(0, Suppression.TOO_OLD)
    return Queued(0, now, expires_at)


def advance(state: State, command: Command) -> State:
    """Return the state after the command; raise one of the refusals when the rules say no."""
    match state:
        case Queued():
            return _from_queued(state, command)
        case Sending():
            return _from_sending(state, command)
        case Sent() | Failed() | Suppressed() | Expired():
            raise DeliveryIsOver
        case _:
            assert_never(state)


def _from_queued(state: Queued, command: Command) -> State:
    match command:
        case Claim():
            return _claim(state.attempts, state.due_at, state.expires_at, command)
        case Suppress():
            return Suppressed(state.attempts, command.reason)
        case Accept():
            return Sent(state.attempts)  # its lease ran out and it was released, but the server did take it
        case Defer() | Reject() | Release():
            raise AttemptIsStale
        case _:
            assert_never(command)


def _from_sending(state: Sending, command: Command) -> State:
    match command:
        case Claim():
            return _claim(state.attempts, state.leased_until, state.expires_at, command)
        case Accept():
            return Sent(state.attempts)
        case Defer():
            _must_be_latest(state, command.attempt)
            return _wait(state, command.now + command.wait)
        case Reject():
            _must_be_latest(state, command.attempt)
            return Failed(state.attempts, command.reason)
        case Release():
            _must_be_latest(state, command.attempt)
            return Queued(state.attempts, command.now, state.expires_at)
        case Suppress():
            return Suppressed(state.attempts, command.reason)
        case _:
            assert_never(command)


def _claim(attempts: int, due_at: datetime, expires_at: datetime, command: Claim) -> State:
    if command.now >= expires_at:
        return Expired(attempts)
    if command.now < due_at:
        raise DeliveryIsNotDue
    return Sending(attempts + 1, command.now + command.lease, expires_at)


def _wait(state: Sending, due_at: datetime) -> State:
    if due_at >= state.expires_at:
        return Expired(state.attempts)
    return Queued(state.attempts, due_at, state.expires_at)


def _must_be_latest(state: Sending, attempt: int) -> None:
    if attempt != state.attempts:
        raise AttemptIsStale
