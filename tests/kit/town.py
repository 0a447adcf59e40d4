"""People of a running stack: a citizen with curl's manners, officers who sign in, and somebody who waits."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import uuid4

import httpx2

from kit.stack import Stack

GATE = "35.04"
AGENCY = "35.04.dpupr"
SECONDS = 30.0

COMPLAINT: dict[str, Any] = {
    "classification": "complaint",
    "category": "jalan-rusak",
    "area": "35.04.01.1001",
    "title": "Jembatan miring sekali",
    "description": "Papan jembatan di tepi lapangan lepas dua lembar.",
    "reporter": {"name": "Warga Contoh Perjalanan"},
}

Found = TypeVar("Found")


async def until(ask: Callable[[], Awaitable[Found | None]], what: str, seconds: float = SECONDS) -> Found:
    """Ask again and again until there is something; fail with what was awaited."""
    deadline = time.monotonic() + seconds
    while not (found := await ask()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:.0f} s"
        await asyncio.sleep(0.1)
    return found


class Town:
    """What people do in it."""

    def __init__(self, stack: Stack, client: httpx2.AsyncClient) -> None:
        self.stack, self.client = stack, client
        self._tokens: dict[str, str] = {}

    def url(self, part: str, path: str = "") -> str:
        """Give an address."""
        return f"{self.stack.url(part)}{path}"

    @property
    def import_token(self) -> str:
        """The operator's token."""
        return str(self.stack.facts["operator"]["import_token"])

    async def file(self, **changes: Any) -> dict[str, Any]:
        """File a complaint; the answer is the receipt."""
        answer = await self.client.post(
            self.url("intake", "/api/complaints"),
            json={**COMPLAINT, **changes},
            headers={"idempotency-key": f"journey-{uuid4()}"},
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def look(self, code: str, secret: str | None = None) -> httpx2.Response:
        """Look a complaint up."""
        headers = {} if secret is None else {"complaint-secret": secret}
        return await self.client.get(self.url("intake", f"/api/complaints/{code}"), headers=headers)

    async def token(self, login: str) -> str:
        """Sign in to the workbench, once."""
        if login not in self._tokens:
            [password] = {each["password"] for each in self.stack.facts["logins"] if each["login"] == "nasional"}
            answer = await self.client.post(
                self.url("routing", "/api/sessions"), json={"login": login, "password": password}
            )
            assert answer.status_code == 201, answer.text
            self._tokens[login] = answer.json()["token"]
        return self._tokens[login]

    async def as_officer(self, login: str) -> dict[str, str]:
        """Give the header of somebody who has signed in."""
        return {"authorization": f"Bearer {await self.token(login)}"}

    async def decide(self, login: str, case: str, act: str, body: dict[str, Any]) -> dict[str, Any]:
        """Decide on a case."""
        answer = await self.client.post(
            self.url("routing", f"/api/cases/{case}/{act}"), json=body, headers=await self.as_officer(login)
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def arrived(self, case: str) -> dict[str, Any]:
        """Wait until a complaint is on the regency's desk."""

        async def ask() -> dict[str, Any] | None:
            headers = await self.as_officer("tulungagung")
            answer = await self.client.get(self.url("routing", f"/api/cases/{case}"), headers=headers)
            return dict(answer.json()) if answer.status_code == 200 else None

        return await until(ask, f"the arrival of {case} in routing")

    async def handle(self, case: str, answer: str) -> None:
        """Verify and forward at the regency, answer at the public works department."""
        await self.arrived(case)
        await self.decide("tulungagung", case, "verifications", {})
        await self.decide("tulungagung", case, "forwards", {"to": AGENCY})
        await self.decide("dpupr", case, "responses", {"text": answer, "final": True})

    async def stream(self, login: str = "dpupr", agency: str = AGENCY, after: int = 0) -> list[dict[str, Any]]:
        """Read an agency's stream as pages of JSON, to its end."""
        events: list[dict[str, Any]] = []
        headers = {**await self.as_officer(login), "accept": "application/json"}
        while True:
            parameters = {"after": str(after), "limit": "1000"}
            answer = await self.client.get(
                self.url("routing", f"/agencies/{agency}/events"), params=parameters, headers=headers
            )
            assert answer.status_code == 200, answer.text
            page = answer.json()
            if not page["events"]:
                return events
            events += page["events"]
            after = page["next"]

    async def sse(self, count: int, after: int, login: str = "dpupr", agency: str = AGENCY) -> list[tuple[int, str]]:
        """Follow the stream as server-sent events until so many have come: number and data of each."""
        headers = {**await self.as_officer(login), "last-event-id": str(after)}
        found: list[tuple[int, str]] = []
        data = ""
        async with (
            asyncio.timeout(SECONDS),
            self.client.stream("GET", self.url("routing", f"/agencies/{agency}/events"), headers=headers) as answer,
        ):
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    data = line.removeprefix("data:").strip()
                if line.startswith("id:"):
                    found.append((int(line.removeprefix("id:")), data))
                    if len(found) == count:
                        break
        return found

    async def figures(self, agency: str | None = None) -> dict[str, Any]:
        """Ask for the public figures."""
        parameters = {"period": "all"} | ({} if agency is None else {"agency": agency})
        answer = await self.client.get(self.url("reporting", "/api/figures"), params=parameters)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def mails_to(self, address: str) -> list[dict[str, Any]]:
        """List what the mailbox has for somebody, oldest first."""
        answer = await self.client.get(self.url("mailbox", "/api/messages"))
        return [mail for mail in reversed(answer.json()) if address in mail["to"]]
