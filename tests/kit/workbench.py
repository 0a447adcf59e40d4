"""Routing in a database of its own: a small tree, accounts, and a hand that plays the topic, every message twice."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import httpx2
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from chassis.applier import Applier
from chassis.consumer import Raw
from chassis.migrate import migrate
from chassis.postgres import Pool
from chassis.service import Runtime, open_runtime
from contracts.events import Event
from contracts.intake import ComplaintFiled
from contracts.sealing import DataKey
from contracts.topics import COMPLAINTS
from kit.cases import TREE
from kit.post import Complaint
from kit.servers import PostgresForTests
from kit.serving import serving
from routing.accounts import NewAccount
from routing.clock import now
from routing.consumers import cases_subscription
from routing.desk import Desk, desk_of
from routing.domain.agency import Charter
from routing.domain.roles import Role
from routing.domain.tree import Tree
from routing.http.web import web
from routing.registry import Trees
from routing.seed.plan import Wish
from routing.seed.sow import sow
from routing.settings import Settings
from routing.streams.bell import Bell
from routing.streams.ledger import streams_subscription

PASSWORD = "hanya untuk uji"
IMPORT_TOKEN = "import-token-of-the-tests"
ACCOUNTS = (
    NewAccount("nasional", Role.NATIONAL_ADMIN, "id"),
    NewAccount("ombudsman", Role.MONITOR, "id"),
    NewAccount("tulungagung", Role.AGENCY_ADMIN, "35.04"),
    NewAccount("dlh", Role.UNIT_OFFICER, "35.04.dlh"),
    NewAccount("dpupr", Role.UNIT_OFFICER, "35.04.dpupr"),
    NewAccount("camat", Role.UNIT_OFFICER, "35.04.01"),
)


@cache
def password_hash() -> str:
    """Hash the password of every test account, once; the cheapest parameters do."""
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)


@dataclass
class Workbench:
    """All parts of routing but its loops; the event log's writer runs."""

    runtime: Runtime[Any]
    desk: Desk
    bell: Bell
    _offsets: "itertools.count[int]" = field(default_factory=itertools.count)
    _returned: int = 0

    @property
    def pool(self) -> Pool:
        """The pool."""
        return self.runtime.pool

    @property
    def trees(self) -> Trees:
        """The tree."""
        return self.desk.trees

    async def receive(self, *wires: bytes) -> None:
        """Deliver messages of the topic: once as they come, once again as they were, and once published anew."""
        raws = [_raw(wire, next(self._offsets)) for wire in wires]
        again = [_raw(wire, next(self._offsets)) for wire in wires]
        for subscription in (cases_subscription(self.trees), streams_subscription(self.trees)):
            for delivery in (raws, raws, again):
                await Applier(self.pool, subscription).apply(delivery)
        self.bell.ring()

    async def hear_itself(self) -> None:
        """Deliver what routing has decided since the last time, as the relay and the topic would."""
        rows = await self.runtime.pool.fetch(
            "SELECT position, stream_id FROM events WHERE position > $1 ORDER BY position", self._returned
        )
        for stream in dict.fromkeys(row["stream_id"] for row in rows):
            recorded = await self.runtime.log.load(stream)
            fresh = [each for each in recorded if each.position > self._returned and "complaint" in each.type]
            await self.receive(*(each.wire().encode() for each in fresh))
        self._returned = max((row["position"] for row in rows), default=self._returned)

    async def keep_key(self, key: DataKey) -> None:
        """Know a complaint's key, as if its topic had brought it."""
        row = self.desk.keys.row(key)
        await self.pool.execute(row.statement, *([value] for value in row.values))

    async def open(self, event: ComplaintFiled, *more: Event, known_key: bool = True) -> Complaint:
        """Let a complaint arrive."""
        complaint = Complaint()
        if known_key:
            await self.keep_key(complaint.key)
        await self.receive(*(complaint.wire(each) for each in (event, *more)))
        return complaint


def _raw(wire: bytes, offset: int) -> Raw:
    return Raw(COMPLAINTS, 0, offset, None, wire)


@asynccontextmanager
async def workbench(
    postgres: PostgresForTests, tree: Tree = TREE, accounts: Sequence[NewAccount] = ACCOUNTS, kafka: str = "127.0.0.1:1"
) -> AsyncIterator[Workbench]:
    """Make one in a fresh database."""
    dsn = await postgres.fresh_database()
    await migrate(dsn, "chassis", "routing")
    settings = Settings(**settings_of(dsn, kafka))
    runtime = await open_runtime("routing", settings)
    writer = asyncio.ensure_future(runtime.log.run())
    bell = Bell(dsn)
    desk = desk_of(runtime, Trees(runtime.pool), bell)
    try:
        await sow(runtime.log, await desk.trees.snapshot(), wishes(tree), now)
        await _keep_accounts(runtime.pool, accounts)
        yield Workbench(runtime, desk, bell)
    finally:
        runtime.health.stopping.set()
        writer.cancel()
        runtime.pool.terminate()


def settings_of(dsn: str, kafka: str) -> dict[str, Any]:
    """Spell the settings of a routing for tests."""
    return {
        "database_url": dsn,
        "kafka_bootstrap_servers": kafka,
        "http_port": 0,
        "secret_key": "x" * 32,
        "key_encryption_keys": "1:" + "A" * 43 + "=",
        "import_token": IMPORT_TOKEN,
        "seed_password": PASSWORD,
    }


def wishes(tree: Tree) -> list[Wish]:
    """Ask for every agency of a tree, parents first."""
    fields = Charter.__slots__
    agencies = sorted(tree.agencies.values(), key=lambda agency: (agency.tier, agency.code))
    return [Wish(each.code, Charter(**{name: getattr(each, name) for name in fields})) for each in agencies]


async def _keep_accounts(pool: Pool, accounts: Sequence[NewAccount]) -> None:
    await pool.execute(
        "INSERT INTO accounts (id, login, password_hash, role, agency)"
        " SELECT id, login, $5, role, agency"
        " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS given (id, login, role, agency)",
        [uuid4() for _ in accounts],
        [account.login for account in accounts],
        [account.role.value for account in accounts],
        [account.agency for account in accounts],
        password_hash(),
    )


@dataclass
class Office:
    """A workbench that answers requests, and programs signed in to it."""

    bench: Workbench
    url: str
    _tokens: dict[str, str] = field(default_factory=dict)

    async def token(self, login: str) -> str:
        """Sign in once."""
        if login not in self._tokens:
            async with httpx2.AsyncClient(base_url=self.url) as client:
                answer = await client.post("/api/sessions", json={"login": login, "password": PASSWORD})
                assert answer.status_code == 201, answer.text
                self._tokens[login] = answer.json()["token"]
        return self._tokens[login]

    async def headers(self, who: str | None) -> dict[str, str]:
        """Give the headers of an account, of the operator (`import`), or of nobody."""
        if who is None:
            return {}
        return {"authorization": f"Bearer {IMPORT_TOKEN if who == 'import' else await self.token(who)}"}

    async def ask(self, who: str | None, method: str, path: str, **more: Any) -> httpx2.Response:
        """Send one request."""
        given = more.pop("headers", {})
        async with httpx2.AsyncClient(base_url=self.url, timeout=20) as client:
            return await client.request(method, path, headers={**await self.headers(who), **given}, **more)

    async def decide(self, who: str, case: UUID, what: str, body: dict[str, Any], **headers: str) -> httpx2.Response:
        """Post a decision and let routing hear of it."""
        path = f"/api/cases/{case}/{what}"
        answer = await self.ask(
            who, "POST", path, json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        await self.bench.hear_itself()
        return answer


@asynccontextmanager
async def office(bench: Workbench) -> AsyncIterator[Office]:
    """Serve a workbench on a real port."""
    async with serving(web(bench.runtime, bench.desk)) as url:
        yield Office(bench, url)


def request_key() -> str:
    """Make up an idempotency key."""
    return secrets.token_hex(8)
