"""Publishes the streams to Kafka: a topic per agency, key = complaint, texts sealed, numbers as over HTTP."""

from collections.abc import Sequence

from aiokafka.errors import KafkaConnectionError, KafkaError

from chassis.postgres import Pool
from chassis.relay import Outgoing
from contracts.envelope import address
from contracts.topics import agency_topic
from routing.streams.ledger import CHANNEL
from routing.streams.topics import AgencyTopics


class AgencyFeed:
    """The streams as a feed of the relay."""

    name = "agency-streams"
    channel = CHANNEL

    def __init__(self, pool: Pool, topics: AgencyTopics) -> None:
        self._pool = pool
        self._topics = topics

    async def read(self, after: int, limit: int) -> Sequence[Outgoing]:
        """Give what was added to any stream after a position; the topics it goes to exist when this returns."""
        rows = await self._pool.fetch(_READ, after, limit)
        try:
            await self._topics.ensure({row["agency"] for row in rows})
        except KafkaError as error:  # whatever ails the broker now, the relay waits and comes back
            raise KafkaConnectionError(type(error).__name__) from error
        return [
            Outgoing(
                row["position"],
                agency_topic(row["agency"]).name,
                str(row["complaint_id"]).encode(),
                address(row["wire"], row["agency"], row["sequence"]).encode(),
            )
            for row in rows
        ]


_READ = """
SELECT position, agency, sequence, complaint_id, wire
FROM agency_events
JOIN stream_stories USING (complaint_id, number)
WHERE position > $1
ORDER BY position
LIMIT $2
"""
