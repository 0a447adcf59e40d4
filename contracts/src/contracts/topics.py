"""The topics of the house: key, owner, readers, partitions and retention."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

COMPLAINTS = "complaints"
AGENCIES = "agencies"
DATA_KEYS = "complaint-keys"
NOTIFICATIONS = "notifications"
DEAD_LETTERS = "dead-letters"
AGENCY_PREFIX = "agency."


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic as deployed; partitions are never changed, since order hangs on them."""

    name: str
    key: str
    owners: tuple[str, ...]
    consumers: tuple[str, ...]
    partitions: int
    cleanup: Literal["delete", "compact"]
    retention: timedelta | None
    """None keeps records for ever."""
    purpose: str

    def config(self) -> dict[str, str]:
        """Spell the broker's topic settings."""
        settings: dict[str, str] = {"cleanup.policy": self.cleanup}
        if self.cleanup == "delete":
            settings["retention.ms"] = str(int(self.retention.total_seconds() * 1000)) if self.retention else "-1"
        return settings


TOPICS = (
    Topic(
        COMPLAINTS,
        "complaint id",
        ("intake", "routing"),
        ("intake", "routing", "notify", "reporting"),
        12,
        "delete",
        None,
        "Every fact about every complaint; one partition holds one complaint's whole story in causal order.",
    ),
    Topic(
        AGENCIES,
        "agency id",
        ("routing",),
        ("intake", "notify", "reporting"),
        1,
        "compact",
        None,
        "The tree of agencies; the newest record of a key is the agency's whole state.",
    ),
    Topic(
        DATA_KEYS,
        "complaint id",
        ("intake",),
        ("routing", "notify"),
        3,
        "compact",
        None,
        "Wrapped data keys of sealed fields; a tombstone is an erasure.",
    ),
    Topic(
        NOTIFICATIONS,
        "notification id",
        ("notify",),
        ("reporting",),
        3,
        "delete",
        None,
        "What was told to whom by which medium, and what failed; no addresses, no texts.",
    ),
    Topic(
        DEAD_LETTERS,
        "key of the record that failed",
        ("intake", "routing", "notify", "reporting"),
        (),
        1,
        "delete",
        timedelta(days=90),
        "Records that could not be applied, with the reason; the services keep and retry them from their own tables.",
    ),
)


def agency_topic(code: str) -> Topic:
    """The routed-event stream of one agency and its units: one partition, so its order is total."""
    return Topic(
        f"{AGENCY_PREFIX}{code}",
        "complaint id",
        ("routing",),
        (code,),
        1,
        "delete",
        None,
        "Events addressed to the agency or its units, numbered without gaps by `agencysequence`.",
    )
