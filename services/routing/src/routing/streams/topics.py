"""Makes an agency's topic when it joins, so that its system can subscribe before the first event."""

import asyncio
from collections.abc import Iterable

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from chassis.postgres import TRANSIENT
from contracts.topics import agency_topic
from contracts.vocabulary import AgencyCode
from routing.registry import Trees

log = structlog.get_logger()

CHECK_SECONDS = 1.0
MOST_REPLICAS = 3


class AgencyTopics:
    """Knows which topics exist, and makes those that do not; a topic once made is never touched again."""

    name = "agency-topics"

    def __init__(self, bootstrap: str, trees: Trees) -> None:
        self._bootstrap = bootstrap
        self._trees = trees
        self._known: set[AgencyCode] = set()
        self._making = asyncio.Lock()

    async def run(self) -> None:
        """Make the topics of agencies that join, for ever; while broker or database are away, try again."""
        while True:
            try:
                tree = await self._trees.current()
                await self.ensure(agency.code for agency in tree.agencies.values() if agency.stream)
            except (KafkaError, *TRANSIENT) as error:
                log.warning("agency_topics_interrupted", error=type(error).__name__)
            await asyncio.sleep(CHECK_SECONDS)

    async def ensure(self, agencies: Iterable[AgencyCode]) -> None:
        """Return when each of these agencies has its topic."""
        async with self._making:
            missing = sorted(set(agencies) - self._known)
            if missing:
                await self._make(missing)
                self._known.update(missing)

    async def _make(self, agencies: list[AgencyCode]) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        try:
            await admin.start()
            brokers = len((await admin.describe_cluster())["brokers"])
            wanted = [_new_topic(agency, min(MOST_REPLICAS, brokers)) for agency in agencies]
            answer = await admin.create_topics(wanted)
        finally:
            await admin.close()
        for name, code, *_ in answer.topic_errors:
            if code and for_code(code) is not TopicAlreadyExistsError:
                raise for_code(code)(name)
            if not code:
                log.info("agency_topic_made", topic=name)


def _new_topic(agency: AgencyCode, replicas: int) -> NewTopic:
    topic = agency_topic(agency)
    return NewTopic(topic.name, topic.partitions, replicas, topic_configs=topic.config())
