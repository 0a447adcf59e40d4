"""Filing over HTTP with a durable commit, beside a route that does nothing on the same server."""

import json
import subprocess
import sys
from urllib.parse import urlsplit

from bench.ground import Ground
from bench.measure import Result, compare

CONNECTIONS = 64
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
    """Compare filings per second with no-ops per second."""
    dsn = await ground.database("intake")
    tails: list[float] = []
    async with ground.service("bench.server", "web", "INTAKE", dsn, INTAKE_KEY_ENCRYPTION_KEYS=ground.keys) as address:
        load(address, "/noop", 1)
        load(address, "/api/complaints", 2)

        async def ours() -> float:
            seen = load(address, "/api/complaints", seconds)
            tails.append(seen["p99_ms"])
            return seen["per_second"]

        async def limit() -> float:
            return load(address, "/noop", seconds)["per_second"]

        result = await compare("filing vs no-op POST", ours, limit, goal=0.6, unit="requests/s", rounds=rounds)
    note = f"{CONNECTIONS} connections, p99 {sorted(tails)[len(tails) // 2]:.0f} ms"
    return [Result(result.name, result.ours, result.limit, result.ratio, result.goal, result.unit, note=note)]
