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
_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def request_served(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer; the labelled children are looked up once, as this is on every path."""
    key = (method, route, status)
    found = _children.get(key)
    if found is None:
        found = _children[key] = REQUESTS.labels(method, route, status), REQUEST_SECONDS.labels(route)
    found[0].inc()
    found[1].observe(seconds)
