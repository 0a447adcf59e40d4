"""What an operator and a citizen do with a running stack: commands, a complaint, a look into Kafka."""

import json
import subprocess
import sys

import httpx2
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from kit.stack import Stack


def run(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a `kentongan` command on this stack's data, as an operator in another terminal would."""
    command = [sys.executable, "-m", "kentongan", *words, "--data", str(stack.data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


async def file_complaint(stack: Stack, key: str) -> dict[str, str]:
    complaint = {
        "classification": "complaint",
        "category": await a_category(stack),
        "area": "35.04.01",
        "title": "Lampu jalan mati",
        "description": "Lampu jalan di depan pasar sudah mati selama satu minggu.",
    }
    async with httpx2.AsyncClient(base_url=stack.url("intake"), trust_env=False) as client:
        answer = await client.post("/api/complaints", json=complaint, headers={"Idempotency-Key": f"test-{key}-{key}"})
    assert answer.status_code == 201, answer.text
    filed: dict[str, str] = answer.json()
    return filed


async def a_category(stack: Stack) -> str:
    async with httpx2.AsyncClient(base_url=stack.url("intake"), trust_env=False) as client:
        answer = (await client.get("/api/categories")).json()
    categories = answer if isinstance(answer, list) else next(iter(answer.values()))
    return str(categories[0]["code"])


def events_on_kafka(stack: Stack) -> list[dict[str, str]]:
    """Read what topic `complaints` holds now, to the ends of its partitions."""
    settings = {"bootstrap.servers": stack.bootstrap, "group.id": "reader", "enable.partition.eof": True}
    consumer = Consumer(settings)
    partitions = consumer.list_topics("complaints", timeout=10).topics["complaints"].partitions
    consumer.assign([TopicPartition("complaints", number, OFFSET_BEGINNING) for number in partitions])
    found: list[dict[str, str]] = []
    ended: set[int | None] = set()
    while len(ended) < len(partitions):
        record = consumer.poll(10)
        assert record is not None
        if record.error():
            ended.add(record.partition())
        else:
            found.append(json.loads(record.value() or b"{}"))
    consumer.close()
    return found
