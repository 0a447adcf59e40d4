"""Citizens who file and officers who answer, at a bounded rate, and who ask again until they know what became of it."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from kit.ledger import Ledger

SECRET_WORD = f"kenari{secrets.token_hex(6)}"
"""In every private text and address of this run, so that one search finds them wherever they should not be."""

MAIL_DOMAIN = f"{SECRET_WORD}.contoh.example"
PATIENCE_SECONDS = 6.0
AGAIN_SECONDS = 0.25
OFFICERS = 8
CATEGORIES = {"sampah": "dlh", "jalan-rusak": "dpupr"}
"""What it is about, and who answers it."""


@dataclass(frozen=True)
class Addresses:
    """Where the crowd goes: to any of these at each try; and how its officers sign in."""

    intake: list[str]
    routing: list[str]
    passwords: dict[str, str]


@dataclass
class Receipt:
    """What a citizen holds after filing."""

    id: str
    code: str
    secret: str
    category: str
    email: str | None


@dataclass(frozen=True)
class Ask:
    """One request, however often it has to be sent."""

    key: str
    what: str
    hosts: list[str]
    path: str
    body: dict[str, Any]
    subject: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Crowd:
    """The load of one run. `rate` is filings per second; `ledger` is the file that the checks read."""

    addresses: Addresses
    ledger: Ledger
    random: Random
    rate: float = 15.0
    most_waiting: int = 40
    receipts: list[Receipt] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)
    _desk: "asyncio.Queue[Receipt]" = field(default_factory=asyncio.Queue)
    _at_work: int = 0
    _filing: asyncio.Event = field(default_factory=asyncio.Event)
    _client: httpx2.AsyncClient | None = None
    _tokens: dict[str, str] = field(default_factory=dict)

    async def open(self) -> None:
        """Sign the officers in and let everybody stand ready."""
        limits = httpx2.Limits(max_connections=self.most_waiting + OFFICERS + 4)
        self._client = httpx2.AsyncClient(timeout=PATIENCE_SECONDS, limits=limits)
        for login, password in self.addresses.passwords.items():
            answer = await self._client.post(
                f"{self.addresses.routing[0]}/api/sessions", json={"login": login, "password": password}
            )
            assert answer.status_code == 201, answer.text
            self._tokens[login] = answer.json()["token"]
        self._begin(self._file_for_ever())
        for _ in range(OFFICERS):
            self._begin(self._answer_for_ever())

    async def close(self) -> None:
        """Send everybody home."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
        self.ledger.close()

    def go(self) -> None:
        """Begin or go on to file."""
        self._filing.set()

    async def pause(self, seconds: float) -> None:
        """File no more, and wait until everybody knows what became of what they asked."""
        self._filing.clear()
        async with asyncio.timeout(seconds):
            while self._waiting or self._at_work or not self._desk.empty():
                self._raise_failures()
                await asyncio.sleep(0.05)

    @contextmanager
    def also_at(self, intake: str, routing: str) -> Iterator[None]:
        """Let everybody choose between two processes of these services, at each try anew."""
        self.addresses.intake.append(intake)
        self.addresses.routing.append(routing)
        try:
            yield
        finally:
            self.addresses.intake.remove(intake)
            self.addresses.routing.remove(routing)

    async def file_one(self, *, handled: int = 3) -> Receipt:
        """File one complaint with an address outside of the load, and let officers take that many steps."""
        receipt = await self._file(with_email=True)
        for step in self._steps(receipt)[:handled]:
            await step()
        return receipt

    @property
    def _waiting(self) -> int:
        return sum(task.get_name() == "citizen" and not task.done() for task in self._tasks)

    def _begin(self, work: Any, name: str = "always") -> None:
        self._tasks.add(asyncio.create_task(work, name=name))

    def _raise_failures(self) -> None:
        for task in [task for task in self._tasks if task.done()]:
            self._tasks.discard(task)
            task.result()

    async def _file_for_ever(self) -> None:
        while True:
            await self._filing.wait()
            await asyncio.sleep(self.random.expovariate(self.rate))
            self._raise_failures()
            if self._filing.is_set() and self._waiting < self.most_waiting:
                self._begin(self._come_in(), "citizen")

    async def _come_in(self) -> None:
        receipt = await self._file(with_email=self.random.random() < 0.3)
        if self.random.random() < 0.6:
            await self._desk.put(receipt)

    async def _file(self, *, with_email: bool) -> Receipt:
        key, number = secrets.token_hex(12), self.counts["filed"]
        self.counts["filed"] += 1
        email = f"warga-{number}@{MAIL_DOMAIN}" if with_email else None
        category = self.random.choice(list(CATEGORIES))
        body = _complaint(number, category, email)
        answer = await self._until_known(Ask(key, "file", self.addresses.intake, "/api/complaints", body))
        receipt = Receipt(answer["id"], answer["code"], answer["secret"], category, email)
        self.receipts.append(receipt)
        return receipt

    async def _answer_for_ever(self) -> None:
        while True:
            receipt = await self._desk.get()
            self._at_work += 1
            try:
                for step in self._steps(receipt)[: self.random.randint(1, 3)]:
                    await step()
            finally:
                self._at_work -= 1

    def _steps(self, receipt: Receipt) -> list[Callable[[], Any]]:
        unit = CATEGORIES[receipt.category]
        note, text = f"Mohon ditangani {SECRET_WORD}", f"Sudah kami tangani {SECRET_WORD}"
        return [
            lambda: self._decide("tulungagung", receipt, "verifications", {}),
            lambda: self._decide("tulungagung", receipt, "forwards", {"to": f"35.04.{unit}", "note": note}),
            lambda: self._decide(unit, receipt, "responses", {"text": text}),
        ]

    async def _decide(self, login: str, receipt: Receipt, what: str, body: dict[str, Any]) -> None:
        headers = {"authorization": f"Bearer {self._tokens[login]}"}
        path = f"/api/cases/{receipt.id}/{what}"
        key = secrets.token_hex(12)
        await self._until_known(Ask(key, what, self.addresses.routing, path, body, receipt.id, headers))

    async def _until_known(self, ask: Ask) -> dict[str, Any]:
        """Send the same request with the same key until the answer leaves no doubt."""
        assert self._client is not None
        headers = {**ask.headers, "idempotency-key": ask.key}
        while True:
            self.ledger.sent(ask.key, ask.what, ask.subject)
            url = f"{self.random.choice(ask.hosts)}{ask.path}"
            try:
                answer = await self._client.post(url, json=ask.body, headers=headers)
            except httpx2.TransportError as error:
                self._doubt(ask, type(error).__name__)
            else:
                if answer.is_success:
                    found: dict[str, Any] = answer.json()
                    self.counts[ask.what] += 1
                    self.ledger.told(ask.key, "ok", str(found["id"]))
                    return found
                self._weigh(ask, answer)
            await asyncio.sleep(AGAIN_SECONDS * self.random.uniform(0.5, 2))

    def _weigh(self, ask: Ask, answer: httpx2.Response) -> None:
        """After a 5xx anything may have happened; a 404 says that the complaint has not come to the officers yet."""
        if answer.status_code >= 500:
            return self._doubt(ask, str(answer.status_code))
        self.ledger.told(ask.key, "fail")
        assert answer.status_code == httpx2.codes.NOT_FOUND, f"{ask.what}: {answer.status_code} {answer.text}"
        return None

    def _doubt(self, ask: Ask, why: str) -> None:
        self.ledger.told(ask.key, "unknown")
        self.counts[f"unknown:{why}"] += 1


def _complaint(number: int, category: str, email: str | None) -> dict[str, Any]:
    return {
        "classification": "complaint",
        "category": category,
        "area": "35.04.01.1010",
        "title": f"Perkara {number} {SECRET_WORD}",
        "description": f"Uraian perkara {number}, {SECRET_WORD}.",
        "address": f"Jalan {SECRET_WORD} {number}",
        "reporter": {"name": f"Nama {SECRET_WORD}", "email": email} if email else {},
    }


def open_ledger(folder: Path) -> Ledger:
    """Begin a ledger in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    return Ledger(folder / "ledger.jsonl")
