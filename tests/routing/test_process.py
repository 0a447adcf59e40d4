"""Routing as it runs: a process between real Kafka and PostgreSQL, killed and started again."""

import asyncio
import base64
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import httpx2
import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from httpx_sse import aconnect_sse

from contracts.intake import ReporterReplied
from contracts.sealing import Clear, Place, Sealed, open_box
from contracts.topics import AGENCIES, COMPLAINTS, DATA_KEYS
from kentongan import topics
from kentongan.stack.kafka import Kafka
from kentongan.stack.ports import free_port
from kit.post import Complaint, filed
from kit.processes import ServiceProcess, run_once
from kit.servers import PostgresForTests, start_kafka
from kit.streams import publish, read_topic
from kit.workbench import IMPORT_TOKEN, PASSWORD, settings_of

DLH = "35.04.dlh"


@pytest_asyncio.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kafka]:
    """Give a broker of its own: a whole service reads all there is in the topics."""
    kafka = await start_kafka(tmp_path_factory.mktemp("routing-kafka"))
    await asyncio.to_thread(topics.create, kafka.bootstrap)
    yield kafka
    await kafka.stop()


@pytest_asyncio.fixture(scope="module")
async def installed(broker: Kafka, postgres: PostgresForTests) -> AsyncIterator[ServiceProcess]:
    """Give the service, migrated and seeded; one for all tests here, since its topics remember the tests before."""
    port = free_port()
    given = settings_of(await postgres.fresh_database(), broker.bootstrap) | {"http_port": port}
    variables = {f"ROUTING_{name.upper()}": str(value) for name, value in given.items()}
    await run_once("routing", "migrate", variables)
    await run_once("routing", "seed", variables)
    service = ServiceProcess("routing", variables, f"http://127.0.0.1:{port}")
    yield service
    await service.end()


@pytest_asyncio.fixture
async def routing(installed: ServiceProcess) -> ServiceProcess:
    """Give the service running, whatever the test before did to it."""
    if not installed.is_running:
        await installed.start()
    return installed


class Intake:
    """What intake does to the topics."""

    def __init__(self, broker: Kafka) -> None:
        self._bootstrap = broker.bootstrap

    async def file(self, count: int) -> list[Complaint]:
        """Publish the keys of some complaints, then their filings."""
        complaints = [Complaint() for _ in range(count)]
        await publish(self._bootstrap, DATA_KEYS, [_key_record(each) for each in complaints])
        await self.tell(*((each, filed()) for each in complaints))
        return complaints

    async def tell(self, *events: tuple[Complaint, Any]) -> None:
        """Publish more events."""
        records = [(str(complaint.id).encode(), complaint.wire(event)) for complaint, event in events]
        await publish(self._bootstrap, COMPLAINTS, records)


def _key_record(complaint: Complaint) -> tuple[bytes, bytes]:
    wrapped = base64.b64encode(aes_key_wrap(bytes(32), complaint.key.secret)).decode()
    return str(complaint.id).encode(), json.dumps({"kek": 1, "wrapped": wrapped}).encode()


class Officer:
    """A program that works for agencies, and tries again while a case has not arrived."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.AsyncClient(base_url=url, headers={"authorization": f"Bearer {IMPORT_TOKEN}"}, timeout=20)

    async def decide(self, complaint: Complaint, what: str, **body: Any) -> None:
        """Decide, however often it takes."""
        async with asyncio.timeout(60):
            while True:
                try:
                    answer = await self._client.post(f"/api/cases/{complaint.id}/{what}", json=body)
                except httpx2.TransportError:
                    await asyncio.sleep(0.2)
                    continue
                if answer.status_code == 200:
                    return
                assert answer.status_code in {404, 503}, answer.text
                await asyncio.sleep(0.1)

    async def send_to_dlh(self, complaint: Complaint) -> None:
        """Verify and forward."""
        await self.decide(complaint, "verifications", agency="35.04")
        await self.decide(complaint, "forwards", agency="35.04", to=DLH)


async def token(url: str, login: str) -> str:
    """Sign in."""
    async with httpx2.AsyncClient(base_url=url, timeout=20) as client:
        answer = await client.post("/api/sessions", json={"login": login, "password": PASSWORD})
        return str(answer.json()["token"])


async def heard(url: str, complaints: Sequence[Complaint], count: int) -> list[dict[str, Any]]:
    """Listen to a stream from its beginning until so many events of these complaints were heard; give those."""
    headers = {"authorization": f"Bearer {await token(url, 'tulungagung')}"}
    mine = {str(complaint.id) for complaint in complaints}
    events: list[dict[str, Any]] = []
    async with (
        asyncio.timeout(60),
        httpx.AsyncClient(timeout=60) as client,
        aconnect_sse(client, "GET", f"{url}/agencies/{DLH}/events", headers=headers) as source,
    ):
        numbers = itertools.count(1)
        async for event in source.aiter_sse():
            if event.data:
                told = json.loads(event.data)
                assert int(event.id) == int(told["agencysequence"]) == next(numbers)
                events += [told] if told["subject"] in mine else []
            if len(events) == count:
                break
    return events


async def carried(broker: Kafka, complaints: Sequence[Complaint], count: int) -> list[dict[str, Any]]:
    """Read the agency's topic until it carries so many events of these complaints; repeats are left out."""
    mine = {str(complaint.id) for complaint in complaints}
    async with asyncio.timeout(60):
        while True:
            messages = await asyncio.to_thread(read_topic, broker.bootstrap, f"agency.{DLH}")
            first: dict[str, dict[str, Any]] = {}
            for message in messages:
                event = json.loads(message.value())
                if message.key().decode() in mine:
                    first.setdefault(event["id"], event)
            if len(first) >= count:
                return list(first.values())


async def test_kafka_and_http_tell_an_agency_the_same_in_the_same_order(broker: Kafka, routing: ServiceProcess) -> None:
    officer = Officer(routing.url)
    complaints = await Intake(broker).file(12)
    await asyncio.gather(*(officer.send_to_dlh(complaint) for complaint in complaints))
    await officer.decide(complaints[0], "responses", agency=DLH, text="Sudah diangkut.")
    over_http = await heard(routing.url, complaints, 37)
    sealed = await carried(broker, complaints, 37)
    assert [(each["id"], each["agencysequence"]) for each in sealed] == [
        (each["id"], each["agencysequence"]) for each in over_http
    ]
    assert "Sampah menumpuk" not in json.dumps(sealed)
    titles = {each["data"]["title"] for each in over_http if "title" in each["data"]}
    assert titles == {"Sampah menumpuk di tepi sungai"}


async def test_an_agency_opens_what_its_topic_carries_with_the_key_it_asks_for(
    broker: Kafka, routing: ServiceProcess
) -> None:
    [complaint] = await Intake(broker).file(1)
    officer = Officer(routing.url)
    await officer.send_to_dlh(complaint)
    await officer.decide(complaint, "responses", agency=DLH, text="Sudah diangkut pagi ini.")
    answer = (await carried(broker, [complaint], 4))[-1]
    async with httpx2.AsyncClient(base_url=routing.url) as client:
        headers = {"authorization": f"Bearer {await token(routing.url, 'dlh')}"}
        given = (await client.get(f"/agencies/{DLH}/keys/{complaint.id}", headers=headers)).json()
    cipher = AESGCM(base64.b64decode(given["parts"]["text"]))
    place = Place(f"{answer['source']}/{answer['subject']}", int(answer["sequence"]), "text")
    assert open_box(Sealed(**answer["data"]["text"]), cipher, place) == "Sudah diangkut pagi ini."


async def test_every_agency_with_a_stream_has_its_topic_before_the_first_event(
    broker: Kafka, routing: ServiceProcess
) -> None:
    async with httpx2.AsyncClient(base_url=routing.url) as client:
        headers = {"authorization": f"Bearer {IMPORT_TOKEN}"}
        body = {
            "name": {"id": "Kota Surabaya", "en": "City of Surabaya"},
            "parent": "35",
            "areas": ["35.78"],
            "stream": True,
        }
        assert (await client.put("/api/agencies/35.78", json=body, headers=headers)).status_code == 201
        agencies = (await client.get("/api/agencies")).json()["agencies"]
    expected = {f"agency.{agency['code']}" for agency in agencies if agency["stream"]}
    assert {f"agency.{DLH}", "agency.35.04", "agency.35.04.19", "agency.35.78"} <= expected
    async with asyncio.timeout(20):
        while not expected <= set(await asyncio.to_thread(_topics, broker.bootstrap)):
            await asyncio.sleep(0.2)


def _topics(bootstrap: str) -> list[str]:
    from confluent_kafka.admin import AdminClient

    return list(AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=10).topics)


async def test_the_tree_is_published_with_the_newest_state_of_each_agency(
    broker: Kafka, routing: ServiceProcess
) -> None:
    assert routing.url
    async with asyncio.timeout(30):
        while True:
            messages = await asyncio.to_thread(read_topic, broker.bootstrap, AGENCIES, at_least=320)
            newest = {message.key(): json.loads(message.value()) for message in messages}
            if len(newest) >= 320:
                break
    assert {"35.04", DLH, "35.04.19"} <= {event["data"]["code"] for event in newest.values()}


async def test_a_killed_process_loses_nothing_of_any_stream(broker: Kafka, routing: ServiceProcess) -> None:
    officer, intake = Officer(routing.url), Intake(broker)
    complaints = await intake.file(20)
    working = asyncio.gather(*(officer.send_to_dlh(complaint) for complaint in complaints))
    for pause in (0.3, 0.9):
        await asyncio.sleep(pause)
        await routing.kill()
        await routing.start()
    await working
    await intake.tell(*((complaint, ReporterReplied(text=Clear("Terima kasih."))) for complaint in complaints))
    events = await heard(routing.url, complaints, 80)
    for complaint in complaints:
        story = [
            event["source"][1] + str(int(event["sequence"]))
            for event in events
            if event["subject"] == str(complaint.id)
        ]
        assert story == ["i1", "r1", "r2", "i2"]
    assert [event["id"] for event in await carried(broker, complaints, 80)] == [event["id"] for event in events]


async def test_open_lines_do_not_hold_up_the_end(broker: Kafka, routing: ServiceProcess) -> None:
    complaints = await Intake(broker).file(1)
    await Officer(routing.url).send_to_dlh(complaints[0])
    listening = asyncio.ensure_future(heard(routing.url, complaints, 10_000))
    await asyncio.sleep(1)
    assert await routing.stop(seconds=6) == 0, "\n".join(routing.said)
    await listening


async def test_nothing_personal_is_in_what_the_process_says(broker: Kafka, routing: ServiceProcess) -> None:
    [complaint] = await Intake(broker).file(1)
    officer = Officer(routing.url)
    await officer.send_to_dlh(complaint)
    await officer.decide(complaint, "responses", agency=DLH, text="Kepada Ibu Sari: sudah diangkut.")
    await heard(routing.url, [complaint], 4)
    await routing.stop()
    said = "\n".join(routing.said)
    assert not [word for word in ("Sari", "Sampah", "diangkut", PASSWORD, IMPORT_TOKEN) if word in said]
