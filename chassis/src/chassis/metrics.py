"""Every figure a process publishes, in one list: what kind it is, what it means, what to do about it."""

from dataclasses import dataclass
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram

FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True)
class Meaning:
    """One metric as an operator reads it."""

    name: str
    kind: str
    means: str
    act: str


ALL: list[Meaning] = []
M = TypeVar("M", Counter, Gauge, Histogram)


def _told(metric: M, act: str) -> M:
    described = next(iter(metric.describe()))
    ALL.append(Meaning(described.name, described.type, described.documentation, act))
    return metric


REQUESTS = _told(
    Counter("http_requests", "Requests answered, by method, route and status.", ("method", "route", "status")),
    "Page when the share of 5xx exceeds 1 % for 5 minutes; look for request_failed in the log.",
)
REQUEST_SECONDS = _told(
    Histogram("http_request_seconds", "Time from request to the end of the answer.", ("route",), buckets=FAST),
    "Look when p99 of a route exceeds one second; streams that stay open on purpose count in full.",
)
APPLIED = _told(
    Counter("records_applied", "Records a consumer group has got past, skipped ones included.", ("group",)),
    "Compare with records_lag: lag without progress means the group is stuck.",
)
LAG = _told(
    Gauge("records_lag", "Records in the topics that the group has not applied, by the broker's ends.", ("group",)),
    "Page when it has grown for 5 minutes; look for batch_interrupted and consumer_halted in the log.",
)
PARKED = _told(
    Counter("records_parked", "Records that could not be applied and wait for an operator.", ("group", "reason")),
    "Any: list them, mend the cause, retry or drop. At 100 open ones the group stops.",
)
DROPPED_STALE = _told(
    Counter("records_dropped_stale", "Records whose version was applied before: harmless re-publishes.", ("group",)),
    "Nothing, unless it keeps growing: then two relays believe they lead.",
)
HANDLER_FAILURES = _told(
    Counter("handler_failures", "Exceptions raised while applying a batch, by class.", ("group", "error")),
    "Any: a defect or an unforeseen record; the culprit is found one by one and parked.",
)
RELAYED = _told(
    Counter("records_relayed", "Records published and acknowledged by all replicas.", ("feed",)),
    "Compare with the growth of the log: standing still while it grows means that the broker is away.",
)
_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def request_served(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer; the labelled children are looked up once, as this is on every path."""
    key = (method, route, status)
    found = _children.get(key)
    if found is None:
        found = _children[key] = REQUESTS.labels(method, route, status), REQUEST_SECONDS.labels(route)
    found[0].inc()
    found[1].observe(seconds)
