"""The broker's properties, written out completely for one node that is broker and controller."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Listener:
    """One door of the broker. A SASL door adds its own properties, without touching the others."""

    name: str
    port: int
    protocol: str = "PLAINTEXT"
    advertised: bool = True
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where it listens: never anywhere but on loopback."""
        return f"{self.name}://127.0.0.1:{self.port}"


# What one broker needs said, because Kafka's defaults are made for a cluster of three.
_SINGLE_BROKER = {
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "10",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "5",
    # After a SIGKILL the new incarnation is refused until the old session ends; the default is 9 s.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "1000",
}

_PROMISES = {
    "auto.create.topics.enable": "false",
    "unclean.leader.election.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.retention.minutes": "129600",
    "message.max.bytes": "1048588",
}

# Kafka reserves 128 MB of heap for the log cleaner and starts threads for big machines.
_SMALL_MACHINE = {
    "log.cleaner.dedupe.buffer.size": "16777216",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "4",
    "num.recovery.threads.per.data.dir": "2",
}


def properties(listeners: list[Listener], controller: Listener, log_dir: Path) -> dict[str, str]:
    """Return all properties of the broker for these doors."""
    doors = [*listeners, controller]
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller.port}",
        "controller.listener.names": controller.name,
        "inter.broker.listener.name": listeners[0].name,
        "listeners": ",".join(door.address for door in doors),
        "advertised.listeners": ",".join(door.address for door in listeners if door.advertised),
        "listener.security.protocol.map": ",".join(f"{door.name}:{door.protocol}" for door in doors),
        "log.dirs": str(log_dir),
    }
    for door in doors:
        settings |= door.properties
    return settings | _SINGLE_BROKER | _PROMISES | _SMALL_MACHINE


def render(settings: Mapping[str, str]) -> str:
    """Write properties in Java's file format (a backslash there would start an escape)."""
    lines = [f"{key}={value.replace(chr(92), chr(92) * 2)}" for key, value in sorted(settings.items())]
    return "\n".join(lines) + "\n"
