"""Figures of notify: what each means and what to do about it."""

from prometheus_client import Counter, Gauge, Histogram

# Attempts that ended, by medium and result. Page when `deferred` outgrows `accepted` for ten minutes: the mail server
# is away or refuses us; the reasons are in table `attempts`.
ATTEMPTS = Counter("notify_attempts", "Attempts that ended, by medium and result.", ("medium", "result"))

# Time one attempt took. Look when the 99th percentile passes ten seconds: the receiving server is slow.
SECONDS = Histogram("notify_attempt_seconds", "Time one attempt took.", ("medium",))

# Deliveries that have not come to their end. Page when it has grown for an hour.
WAITING = Gauge("notify_waiting", "Deliveries that have not come to their end.", ("medium",))
