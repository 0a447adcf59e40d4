"""The life of one delivery, as rules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given as each
from hypothesis import strategies as st

from chassis.decider import Refused
from contracts.notify import Medium
from notify.domain.delivery import (
    Accept,
    AttemptIsStale,
    Claim,
    Command,
    Defer,
    DeliveryIsNotDue,
    DeliveryIsOver,
    Expired,
    Failed,
    Queued,
    Reject,
    Release,
    Sending,
    Sent,
    State,
    Suppress,
    Suppressed,
    Suppression,
    advance,
    delivery_id,
    queue,
)
from notify.domain.patience import PATIENCE, Backoff

NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
LEASE = timedelta(seconds=90)
LIFE = timedelta(days=5)
EXPIRY = NOON + LIFE

QUEUED = Queued(0, NOON, EXPIRY)
SENDING = Sending(1, NOON + LEASE, EXPIRY)
OVER = [Sent(1), Failed(1, "refused_by_server"), Suppressed(0, Suppression.ERASED), Expired(3)]


def after(**elapsed: float) -> datetime:
    return NOON + timedelta(**elapsed)


@dataclass(frozen=True)
class Given:
    state: State

    def when(self, *commands: Command) -> "Given":
        state = self.state
        for command in commands:
            state = advance(state, command)
        return Given(state)

    def then(self, expected: State) -> None:
        assert self.state == expected

    def refused(self, command: Command, rule: type[Refused]) -> None:
        with pytest.raises(rule):
            advance(self.state, command)


def given(state: State) -> Given:
    return Given(state)


def test_fresh_news_waits_to_be_sent_at_once() -> None:
    assert queue(NOON, after(minutes=1), LIFE) == Queued(0, after(minutes=1), EXPIRY)


def test_news_older_than_its_life_is_not_sent() -> None:
    assert queue(NOON, EXPIRY, LIFE) == Suppressed(0, Suppression.TOO_OLD)


def test_who_asked_to_be_forgotten_is_told_nothing_more() -> None:
    assert queue(NOON, NOON, LIFE, erased=True) == Suppressed(0, Suppression.ERASED)


def test_a_due_delivery_is_claimed_for_the_length_of_a_lease() -> None:
    given(QUEUED).when(Claim(NOON, LEASE)).then(SENDING)


def test_a_delivery_is_not_claimed_before_it_is_due() -> None:
    given(Queued(1, after(minutes=1), EXPIRY)).refused(Claim(NOON, LEASE), DeliveryIsNotDue)


def test_a_delivery_being_sent_is_not_claimed_again_within_its_lease() -> None:
    given(SENDING).refused(Claim(after(seconds=89), LEASE), DeliveryIsNotDue)


def test_a_delivery_whose_sender_fell_silent_is_claimed_again_when_the_lease_is_over() -> None:
    given(SENDING).when(Claim(after(seconds=90), LEASE)).then(Sending(2, after(seconds=180), EXPIRY))


def test_an_accepted_letter_is_sent() -> None:
    given(SENDING).when(Accept(1)).then(Sent(1))


def test_a_letter_accepted_after_its_lease_ran_out_is_still_sent() -> None:
    given(Sending(2, after(seconds=180), EXPIRY)).when(Accept(1)).then(Sent(2))
    given(Queued(2, after(hours=1), EXPIRY)).when(Accept(1)).then(Sent(2))


def test_a_deferred_letter_waits_and_is_tried_again() -> None:
    given(SENDING).when(Defer(1, after(seconds=5), timedelta(seconds=15))).then(Queued(1, after(seconds=20), EXPIRY))


def test_a_letter_that_could_only_be_tried_after_its_life_expires() -> None:
    given(SENDING).when(Defer(1, EXPIRY - timedelta(minutes=1), timedelta(minutes=1))).then(Expired(1))


def test_a_letter_still_waiting_at_the_end_of_its_life_expires() -> None:
    given(Queued(7, after(hours=1), EXPIRY)).when(Claim(EXPIRY, LEASE)).then(Expired(7))


def test_a_rejected_letter_has_failed_for_good() -> None:
    given(SENDING).when(Reject(1, "refused_by_server")).then(Failed(1, "refused_by_server"))


def test_an_attempt_that_was_never_begun_is_given_back_at_once() -> None:
    given(SENDING).when(Release(1, after(seconds=1))).then(Queued(1, after(seconds=1), EXPIRY))


@pytest.mark.parametrize("command", [Defer(1, NOON, LEASE), Reject(1, "refused_by_server"), Release(1, NOON)])
def test_an_attempt_whose_lease_ran_out_decides_nothing(command: Command) -> None:
    given(Sending(2, after(seconds=180), EXPIRY)).refused(command, AttemptIsStale)
    given(Queued(1, after(hours=1), EXPIRY)).refused(command, AttemptIsStale)


@pytest.mark.parametrize("state", [QUEUED, SENDING])
def test_a_waiting_letter_can_be_suppressed(state: State) -> None:
    given(state).when(Suppress(Suppression.ERASED)).then(Suppressed(state.attempts, Suppression.ERASED))


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize(
    "command",
    [
        Claim(NOON, LEASE),
        Accept(1),
        Defer(1, NOON, LEASE),
        Reject(1, "x"),
        Release(1, NOON),
        Suppress(Suppression.ERASED),
    ],
)
def test_nothing_happens_to_a_delivery_that_is_over(state: State, command: Command) -> None:
    given(state).refused(command, DeliveryIsOver)


COMMANDS = st.one_of(
    st.builds(Claim, st.timedeltas(timedelta(0), LIFE * 2).map(lambda gone: NOON + gone), st.just(LEASE)),
    st.builds(Accept, st.integers(1, 5)),
    st.builds(
        Defer,
        st.integers(1, 5),
        st.timedeltas(timedelta(0), LIFE * 2).map(lambda gone: NOON + gone),
        st.timedeltas(timedelta(0), timedelta(hours=2)),
    ),
    st.builds(Reject, st.integers(1, 5), st.just("refused_by_server")),
    st.builds(Suppress, st.sampled_from(Suppression)),
)


@each(st.lists(COMMANDS, max_size=30))
def test_attempts_never_go_back_and_the_end_is_the_end(commands: list[Command]) -> None:
    state: State = QUEUED
    for command in commands:
        try:
            following = advance(state, command)
        except Refused:
            continue
        assert isinstance(state, Queued | Sending)
        assert following.attempts - state.attempts in {0, 1}
        if isinstance(following, Queued | Sending):
            assert following.expires_at == EXPIRY
        if isinstance(following, Queued):
            assert following.due_at < EXPIRY
        state = following


@each(st.integers(1, 1000), st.floats(0, 1, exclude_max=True))
def test_waits_double_up_to_the_longest_and_spread_by_half(attempts: int, chance: float) -> None:
    backoff = Backoff(timedelta(seconds=15), timedelta(hours=1))
    doubled = min(timedelta(seconds=15) * 2 ** min(attempts - 1, 20), timedelta(hours=1))
    assert doubled * 0.5 <= backoff.wait(attempts, chance) <= doubled * 1.5


def test_a_lease_is_shorter_than_the_life_of_news() -> None:
    for patience in PATIENCE.values():
        assert patience.lease < patience.life


def test_the_id_of_a_delivery_never_changes() -> None:
    event, recipient = UUID(int=1), UUID(int=2)
    known = delivery_id(event, recipient, Medium.EMAIL)
    assert known == UUID("47abaa7c-54a1-5402-ade0-c7c61f62ca96")
    assert len({known, delivery_id(event, recipient, Medium.SMS), delivery_id(recipient, event, Medium.EMAIL)}) == 3
