"""Create the declared topics that are missing, and refuse a topic whose partitions are not the declared ones."""

from collections.abc import Iterable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from contracts.topics import TOPICS, Topic
from kentongan.stack.errors import StackError

_SECONDS = 20.0
# The broker's own default: 1 on ours, and whatever the operator chose on an existing cluster.
_BROKER_DEFAULT = -1


def create(bootstrap: str, topics: Iterable[Topic] = TOPICS) -> list[str]:
    """Return the names of the topics created now."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    try:
        there = admin.list_topics(timeout=_SECONDS).topics
        missing = []
        for topic in topics:
            if topic.name not in there:
                missing.append(topic)
            elif len(there[topic.name].partitions) != topic.partitions:
                raise StackError(
                    f"Topic {topic.name} has {len(there[topic.name].partitions)} partitions instead of "
                    f"{topic.partitions}, so the order of events would be lost: use another cluster, or remove it."
                )
        _create(admin, missing)
    except KafkaException as error:
        raise StackError(f"The topics could not be created at {bootstrap} ({error.args[0].str()}).") from error
    return [topic.name for topic in missing]


def _create(admin: AdminClient, missing: list[Topic]) -> None:
    if not missing:
        return
    wanted = [
        NewTopic(
            topic.name,
            num_partitions=topic.partitions,
            replication_factor=_BROKER_DEFAULT,
            config=topic.config(),
        )
        for topic in missing
    ]
    for future in admin.create_topics(wanted, operation_timeout=_SECONDS).values():
        future.result(timeout=_SECONDS)
