"""Topics say what they hold, who writes and reads them, and never lose order or history by a setting."""

import pytest

from contracts.catalogue import EVENTS
from contracts.events import Event
from contracts.topics import AGENCIES, COMPLAINTS, DATA_KEYS, DEAD_LETTERS, NOTIFICATIONS, TOPICS, agency_topic

BY_NAME = {topic.name: topic for topic in TOPICS}
SERVICES = {"intake", "routing", "notify", "reporting"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_an_event_goes_to_a_topic_that_its_owner_writes(event: type[Event]) -> None:
    assert event.owner.value in BY_NAME[event.topic].owners


def test_topics_are_as_designed() -> None:
    assert set(BY_NAME) == {COMPLAINTS, AGENCIES, DATA_KEYS, NOTIFICATIONS, DEAD_LETTERS}
    assert BY_NAME[COMPLAINTS].partitions == 12
    assert {name for name, topic in BY_NAME.items() if topic.cleanup == "compact"} == {AGENCIES, DATA_KEYS}
    for topic in TOPICS:
        assert set(topic.owners) | set(topic.consumers) <= SERVICES
        assert topic.purpose
        assert topic.key


def test_complaints_are_kept_for_ever() -> None:
    assert BY_NAME[COMPLAINTS].config() == {"cleanup.policy": "delete", "retention.ms": "-1"}


def test_compacted_topics_have_no_retention() -> None:
    assert BY_NAME[DATA_KEYS].config() == {"cleanup.policy": "compact"}


def test_dead_letters_are_kept_for_ninety_days() -> None:
    assert BY_NAME[DEAD_LETTERS].config()["retention.ms"] == str(90 * 24 * 3600 * 1000)


def test_an_agency_s_stream_has_one_partition_and_is_kept_for_ever() -> None:
    topic = agency_topic("35.04.dlh")
    assert (topic.name, topic.partitions, topic.consumers) == ("agency.35.04.dlh", 1, ("35.04.dlh",))
    assert topic.config()["retention.ms"] == "-1"
