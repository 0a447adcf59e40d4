"""The fence: what a group has applied, kept in PostgreSQL beside the effects and locked while they are written."""

from collections.abc import Iterable, Mapping

from chassis.postgres import Connection

Partition = tuple[str, int]
"""Topic and partition."""

Stream = tuple[str, str]
"""Source and subject."""


class Gap(Exception):
    """Offsets jumped on a topic that keeps everything: the records between were lost, or never asked for."""

    def __init__(self, place: Partition, expected: int, came: int) -> None:
        super().__init__(f"{place[0]}-{place[1]}: {expected} was next, {came} came")
        self.place = place
        self.expected = expected


async def lock(connection: Connection, group: str, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """Lock the partitions' rows and read the next offset of each; a zombie waits here, then sees them moved."""
    wanted = sorted(partitions)
    topics, numbers = [topic for topic, _ in wanted], [number for _, number in wanted]
    rows = await connection.fetch(_LOCK, group, topics, numbers)
    if len(rows) < len(wanted):
        await connection.execute(_CREATE, group, topics, numbers)
        rows = await connection.fetch(_LOCK, group, topics, numbers)
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def lock_group(connection: Connection, group: str) -> None:
    """Lock every partition of the group, so that no batch is applied meanwhile."""
    await connection.execute(
        "SELECT next_offset FROM consumer_offsets WHERE group_name = $1 ORDER BY topic, partition FOR UPDATE", group
    )


async def move(connection: Connection, group: str, offsets: Mapping[Partition, int]) -> None:
    """Save the next offset of each partition."""
    moved = sorted(offsets.items())
    await connection.execute(
        _MOVE,
        group,
        [topic for (topic, _), _ in moved],
        [number for (_, number), _ in moved],
        [offset for _, offset in moved],
    )


async def positions(connection: Connection, group: str) -> dict[Partition, int]:
    """Read the next offset of every partition the group has touched."""
    rows = await connection.fetch(
        "SELECT topic, partition, next_offset FROM consumer_offsets WHERE group_name = $1", group
    )
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


async def versions(connection: Connection, group: str, subjects: Iterable[str]) -> dict[Stream, int]:
    """Read the last version applied of the subjects' streams."""
    rows = await connection.fetch(
        "SELECT source, subject, version FROM consumer_streams WHERE subject = ANY ($2::uuid[]) AND group_name = $1",
        group,
        list(subjects),
    )
    return {(row["source"], str(row["subject"])): row["version"] for row in rows}


async def save_versions(connection: Connection, group: str, applied: Mapping[Stream, int]) -> None:
    """Save the last version applied of each stream."""
    if not applied:
        return
    rows = sorted((subject, source, version) for (source, subject), version in applied.items())
    subjects, sources, numbers = (list(column) for column in zip(*rows, strict=True))
    await connection.execute(_SAVE_VERSIONS, group, subjects, sources, numbers)


_LOCK = """
SELECT topic, partition, next_offset FROM consumer_offsets
WHERE group_name = $1 AND (topic, partition) IN (SELECT topic, partition FROM unnest($2::text[], $3::integer[])
    AS wanted (topic, partition))
ORDER BY topic, partition
FOR UPDATE
"""

_CREATE = """
INSERT INTO consumer_offsets (group_name, topic, partition, next_offset)
SELECT $1, topic, partition, 0 FROM unnest($2::text[], $3::integer[]) AS wanted (topic, partition)
ON CONFLICT DO NOTHING
"""

_MOVE = """
UPDATE consumer_offsets AS old SET next_offset = moved.next_offset, moved_at = now()
FROM unnest($2::text[], $3::integer[], $4::bigint[]) AS moved (topic, partition, next_offset)
WHERE old.group_name = $1 AND old.topic = moved.topic AND old.partition = moved.partition
"""

_SAVE_VERSIONS = """
INSERT INTO consumer_streams (group_name, subject, source, version)
SELECT $1, subject, source, version
FROM unnest($2::uuid[], $3::text[], $4::integer[]) AS given (subject, source, version)
ON CONFLICT (subject, source, group_name) DO UPDATE SET version = excluded.version
"""
