"""Filing over HTTP with a durable commit, beside a route that does nothing on the same server."""

import json
import statistics
import subprocess
import sys
from dataclasses import replace
from urllib.parse import urlsplit

from bench.ground import Ground
from bench.measure import Result, compare

CONNECTIONS = 64
FILE = "/api/complaints"
COMPLAINT = {
    "classification": "complaint",
    "category": "jalan-rusak",
    "area": "35.04.02.2004",
    "visibility": "named",
    "title": "Jalan berlubang di depan pasar",
    "description": "Lubang sedalam lutut di depan pasar, sudah tiga minggu. " * 6,
    "reporter": {"email": "warga@contoh.example"},
}


def body() -> bytes:
    """Spell a complaint as a citizen's phone would send it, about 600 bytes."""
    return json.dumps(COMPLAINT).encode()


def client(address: str, path: str, seconds: float, connections: int, rate: float = 0) -> list[str]:
    """Spell the command that runs the load client as its own process."""
    url = urlsplit(address)
    words = [url.hostname, url.port, path, seconds, connections, rate]
    return [sys.executable, "-m", "bench.client", *map(str, words)]


def load(address: str, path: str, seconds: float, connections: int = CONNECTIONS) -> dict[str, float]:
    """Load as fast as it is answered; refuse a figure in which anything failed."""
    done = subprocess.run(client(address, path, seconds, connections), input=body(), capture_output=True, check=True)
    seen: dict[str, float] = json.loads(done.stdout)
    if seen["failures"]:
        raise RuntimeError(f"{path}: {seen['failures']:.0f} requests failed")
    return seen


async def measure(ground: Ground, rounds: int, seconds: float) -> list[Result]:
    """Compare filings per second with no-ops per second, and the same filings on the other server."""
    dsn, other_dsn = await ground.database("intake"), await ground.database("intake")
    keys = {"INTAKE_KEY_ENCRYPTION_KEYS": ground.keys}
    ours = ground.service("bench.server", "web", "INTAKE", dsn, **keys)
    # As a loop of the composition, uvicorn runs in the modes that run loops; of those, `consume` relays nothing either.
    other = ground.service("bench.server", "consume", "INTAKE", other_dsn, BENCH_SERVER="uvicorn", **keys)
    async with ours as granian, other as uvicorn:
        for address in (granian, uvicorn):
            load(address, "/noop", 1)
            load(address, FILE, 2)
        tails: list[float] = []
        beside_noop = await compare(
            f"filing vs no-op POST, {CONNECTIONS} connections",
            lambda: _per_second(granian, FILE, seconds, tails),
            lambda: _per_second(granian, "/noop", seconds),
            goal=0.6,
            unit="requests/s",
            rounds=rounds,
        )
        beside_other = await compare(
            "filing on granian vs on uvicorn",
            lambda: _per_second(granian, FILE, seconds),
            lambda: _per_second(uvicorn, FILE, seconds),
            goal=1.0,
            unit="requests/s",
            rounds=rounds,
        )
    return [replace(beside_noop, note=f"p99 {statistics.median(tails):.0f} ms"), beside_other]


async def _per_second(address: str, path: str, seconds: float, tails: list[float] | None = None) -> float:
    seen = load(address, path, seconds)
    if tails is not None:
        tails.append(seen["p99_ms"])
    return seen["per_second"]
