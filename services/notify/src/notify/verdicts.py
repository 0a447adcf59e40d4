"""What an attempt's outcome means for its delivery: pure, chance and clock are given."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from notify.channels import Accepted, Deferred, Outcome, Rejected
from notify.deliveries import Attempt
from notify.dispatch import Done, Job
from notify.domain.delivery import Accept, Defer, Reject, Release, Suppress, Suppression
from notify.domain.patience import Patience
from notify.writing import Unwritten


@dataclass(frozen=True, slots=True)
class Span:
    """When an attempt began and ended, and how long it took by a clock that never jumps."""

    started_at: datetime
    finished_at: datetime
    milliseconds: int


def after_sending(job: Job, outcome: Outcome, span: Span, patience: Patience, chance: float) -> Done:
    """Judge what the receiving server said."""
    number = job.state.attempts
    match outcome:
        case Accepted():
            return Done(job, Accept(number), _attempt(job, span, "accepted", code=outcome.code))
        case Deferred():
            wait = patience.server.wait(number, chance)
            attempt = _attempt(job, span, "deferred", outcome.reason, outcome.code)
            return Done(job, Defer(number, span.finished_at, wait), attempt)
        case Rejected():
            attempt = _attempt(job, span, "rejected", outcome.reason, outcome.code)
            return Done(job, Reject(number, outcome.reason), attempt)
        case _:
            assert_never(outcome)


def without_letter(job: Job, why: Unwritten, now: datetime, patience: Patience, chance: float) -> Done:
    """Wait for the key of the address, but not for ever: it may have been destroyed."""
    span, number = Span(now, now, 0), job.state.attempts
    if why is Unwritten.UNWRITABLE:
        return Done(job, Reject(number, why.value), _attempt(job, span, "rejected", why.value))
    if now - job.created_at >= patience.key_life:
        reason = Suppression.UNREADABLE
        return Done(job, Suppress(reason), _attempt(job, span, "suppressed", reason.value))
    wait = patience.key.wait(number, chance)
    return Done(job, Defer(number, now, wait), _attempt(job, span, "deferred", why.value))


def released(job: Job, now: datetime) -> Done:
    """Give back an attempt that was never begun."""
    return Done(job, Release(job.state.attempts, now), _attempt(job, Span(now, now, 0), "released"))


def _attempt(job: Job, span: Span, result: str, reason: str | None = None, code: int | None = None) -> Attempt:
    return Attempt(
        job.id, job.state.attempts, span.started_at, span.finished_at, result, reason, code, span.milliseconds
    )
