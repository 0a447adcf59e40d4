"""`kentongan events`: follow the events as Kafka carries them, or read one complaint's story."""

import asyncio
import json
import sys
from collections.abc import Iterator
from typing import Annotated

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaException, TopicPartition
from cyclopts import Parameter

from contracts.topics import COMPLAINTS
from kentongan import orphans, republishing, state, story, telling
from kentongan.commands.options import DEFAULT_DATA, Data, running
from kentongan.layout import open_layout
from kentongan.stack.errors import StackError
from kentongan.stack_lock import only_one

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print the events as they are on the wire.")]


def tail(
    topic: Annotated[str, Parameter(help="complaints, agencies, notifications, agency.<code> ...")] = COMPLAINTS,
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="", help="Start with the first event ever.")] = False,
    limit: Annotated[int | None, Parameter(help="End after so many events.")] = None,
    json_: Json = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Print each event of a topic when it comes; Ctrl-C ends."""
    _, current = running(data)
    for number, value in enumerate(_values(current.kafka, topic, from_start=all_), start=1):
        print(value if json_ else _line(value), flush=True)
        if number == limit:
            break
    return 0


def show(
    complaint: Annotated[str, Parameter(help="The complaint's code or id.")],
    *,
    json_: Json = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Print every event about one complaint, of all services, in the order in which they were recorded."""
    _, current = running(data)
    events = asyncio.run(story.read(current.postgres, complaint))
    if not events:
        raise StackError(f"Nothing is recorded about {complaint}.")
    for event in events:
        print(json.dumps(event, ensure_ascii=False) if json_ else telling.line(event, with_subject=False))
    return 0


def republish(
    *,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], negative="", help="Do not ask.")] = False,
    data: Data = DEFAULT_DATA,
) -> int:
    """Make Kafka's topics anew from the services' own logs, after the broker's data were lost or damaged.

    The stack must be stopped. What is left of the broker's data is removed; complaints and figures are not touched.
    """
    layout = open_layout(data)
    if not layout.postgres.exists():
        raise StackError(f"There is no database of ours at {layout.root} to publish from.")
    if not yes:
        raise StackError(f"This removes what Kafka still has at {layout.kafka}; say so with --yes.")
    with only_one(layout):
        orphans.end_orphans(layout, state.read(layout.state))
        asyncio.run(republishing.republish(layout))
    print("The next start publishes every event again, to a new and empty Kafka.")
    return 0


def _values(bootstrap: str, topic: str, *, from_start: bool) -> Iterator[str]:
    # No group is joined, so nobody's reading is disturbed; the library only insists on a name.
    settings = {"group.id": "kentongan-tail", "enable.auto.commit": False, "log_level": 0}
    consumer = Consumer({"bootstrap.servers": bootstrap, **settings})
    try:
        known = consumer.list_topics(topic, timeout=10).topics[topic]
        if not known.partitions:
            raise StackError(f"There is no topic {topic!r}.")
        start = OFFSET_BEGINNING if from_start else OFFSET_END
        consumer.assign([TopicPartition(topic, partition, start) for partition in known.partitions])
        yield from _poll(consumer)
    except KafkaException as error:
        raise StackError(f"Kafka does not answer at {bootstrap} ({error.args[0].str()}).") from error
    finally:
        consumer.close()


def _poll(consumer: Consumer) -> Iterator[str]:
    said = None
    while True:
        record = consumer.poll(0.5)
        problem = None if record is None else record.error()
        if problem is not None and problem.str() != said:
            said = problem.str()
            print(f"Kafka: {said}; waiting.", file=sys.stderr)
        elif record is not None and problem is None:
            said = None
            yield (record.value() or b"").decode(errors="replace")


def _line(value: str) -> str:
    try:
        message = json.loads(value)
    except json.JSONDecodeError:
        return f"(not JSON, {len(value)} characters)"
    return telling.line(message) if isinstance(message, dict) else "(not an event)"
