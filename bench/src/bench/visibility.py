"""From the citizen's 201 to the analyst's row, while the system carries half of what it can."""

import asyncio
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import httpx2

from bench.filing import CONNECTIONS, body, client, load
from bench.ground import Ground, pool_on
from bench.measure import Result
from chassis.postgres import Pool

SAMPLES = 300
POLL_SECONDS = 0.002


async def measure(ground: Ground, _: int, seconds: float) -> list[Result]:
    """Measure how long a filed complaint takes to stand in `analytics`, at half of the full filing rate."""
    intake_dsn, reporting_dsn = await ground.database("intake"), await ground.database("reporting")
    intake = ground.service("bench.server", "all", "INTAKE", intake_dsn, INTAKE_KEY_ENCRYPTION_KEYS=ground.keys)
    reporting = ground.service("reporting", "all", "REPORTING", reporting_dsn)
    async with intake as address, reporting, pool_on(reporting_dsn) as pool:
        full = load(address, "/api/complaints", seconds)["per_second"]
        while await pool.fetchval("SELECT count(*) FROM analytics.complaint_current") < full * seconds * 0.99:
            await asyncio.sleep(0.2)
        async with httpx2.AsyncClient(base_url=address) as citizen:
            with _background(address, full / 2):
                await asyncio.sleep(2)
                waits = [await _one(citizen, pool) for _ in range(SAMPLES)]
    ranked = sorted(waits)
    note = f"{SAMPLES} samples while {full / 2:.0f} complaints/s are filed"
    p50, p99 = statistics.median(ranked) * 1000, ranked[int(len(ranked) * 0.99)] * 1000
    return [
        Result("filed -> visible in analytics, p50", p50, None, None, 100, "ms", "lower", note),
        Result("filed -> visible in analytics, p99", p99, None, None, 500, "ms", "lower", note),
    ]


async def _one(citizen: httpx2.AsyncClient, pool: Pool) -> float:
    answer = await citizen.post("/api/complaints", content=body(), headers={"content-type": "application/json"})
    answered = time.perf_counter()
    complaint = UUID(answer.raise_for_status().json()["id"])
    async with asyncio.timeout(30):
        while not await pool.fetchval("SELECT true FROM analytics.complaint_current WHERE id = $1", complaint):
            await asyncio.sleep(POLL_SECONDS)
    return time.perf_counter() - answered


@contextmanager
def _background(address: str, rate: float) -> Iterator[None]:
    command = client(address, "/api/complaints", 300, CONNECTIONS, rate)
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        if process.stdin is not None:
            process.stdin.write(body())
            process.stdin.close()
        yield
    finally:
        process.kill()
        process.wait()
