"""Who may sign in: accounts, their passwords (Argon2id), and a brake on guessing them."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID, uuid5

import asyncpg
import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from chassis.decider import Refused
from chassis.postgres import Pool
from contracts.vocabulary import AgencyCode
from routing.attempts import Attempts
from routing.domain.agency import NAMESPACE
from routing.domain.roles import Act, Role, may

log = structlog.get_logger()

IMPORTER = uuid5(NAMESPACE, "importer")
"""Stands where an officer's id would, in what an import decides."""

AT_ONCE = 4
"""Passwords hashed at the same time; each takes 19 MB and a core for a moment."""


def argon2() -> PasswordHash:
    """Argon2id with the parameters that OWASP's Password Storage Cheat Sheet asks for at least."""
    return PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))


class SignInRefused(Refused):
    """No such account, or not its password; which of the two is not told."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in: who, for which agency, with which role."""

    account: UUID
    role: Role
    agency: AgencyCode
    login: str = ""

    def may(self, act: Act) -> bool:
        """Say whether the role allows it; where it may be done is another question."""
        return may(self.role, act)


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be made, or brought up to date."""

    login: str
    role: Role
    agency: AgencyCode


@dataclass
class Accounts:
    """The table of accounts."""

    pool: Pool
    attempts: Attempts = field(default_factory=Attempts)
    _hasher: PasswordHash = field(default_factory=argon2)
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _decoy: str | None = None

    async def sign_in(self, login: str, password: str) -> Viewer:
        """Check a password; raises `SignInRefused`, or `TooManyAttempts` when somebody has been guessing."""
        self.attempts.check(login)
        row = await self.pool.fetchrow(_BY_LOGIN, login)
        stored = row["password_hash"] if row else await self._decoy_hash()
        if not await self._matches(password, stored) or row is None:
            self.attempts.failed(login)
            log.warning("sign_in_refused", known=row is not None)
            raise SignInRefused
        self.attempts.succeeded(login)
        log.info("signed_in", account=str(row["id"]), agency=row["agency"])
        return _viewer(row)

    async def find(self, account: UUID) -> Viewer | None:
        """Look up an account that may still be used."""
        row = await self.pool.fetchrow(_BY_ID, account)
        return _viewer(row) if row else None

    async def keep(self, accounts: Iterable[NewAccount], password: str) -> int:
        """Make the accounts, or give them this role, agency and password; return how many were new or changed."""
        wanted = {account.login: account for account in accounts}
        rows = await self.pool.fetch(_BY_LOGINS, list(wanted))
        known = {row["login"]: row for row in rows}
        checked = await asyncio.gather(*(self._hash_for(password, known.get(login)) for login in wanted))
        changed = [
            (account, stored)
            for account, stored in zip(wanted.values(), checked, strict=True)
            if _is_new(account, stored, known.get(account.login))
        ]
        await self.pool.execute(
            _KEEP,
            [uuid5(NAMESPACE, f"account:{account.login}") for account, _ in changed],
            [account.login for account, _ in changed],
            [stored for _, stored in changed],
            [account.role.value for account, _ in changed],
            [account.agency for account, _ in changed],
        )
        return len(changed)

    async def _hash_for(self, password: str, known: asyncpg.Record | None) -> str:
        """Keep the stored hash while it is of this password; a new one would change the row for nothing."""
        if known is not None and await self._matches(password, known["password_hash"]):
            return str(known["password_hash"])
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _matches(self, password: str, stored: str) -> bool:
        async with self._turns:
            return await asyncio.to_thread(self._hasher.verify, password, stored)

    async def _decoy_hash(self) -> str:
        """Give something to check against for an unknown login, so that it takes as long as a known one."""
        if self._decoy is None:
            self._decoy = await asyncio.to_thread(self._hasher.hash, "nobody")
        return self._decoy


def _is_new(account: NewAccount, stored: str, known: asyncpg.Record | None) -> bool:
    return known is None or (known["role"], known["agency"], known["password_hash"]) != (
        account.role.value,
        account.agency,
        stored,
    )


def _viewer(row: asyncpg.Record) -> Viewer:
    return Viewer(row["id"], Role(row["role"]), row["agency"], row["login"])


_BY_LOGIN = "SELECT id, login, role, agency, password_hash FROM accounts WHERE login = $1 AND active"

_BY_ID = "SELECT id, login, role, agency FROM accounts WHERE id = $1 AND active"

_BY_LOGINS = "SELECT login, role, agency, password_hash FROM accounts WHERE login = ANY ($1::text[])"

_KEEP = """
INSERT INTO accounts (id, login, password_hash, role, agency)
SELECT id, login, password_hash, role, agency
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
    AS given (id, login, password_hash, role, agency)
ON CONFLICT (login) DO UPDATE
SET password_hash = excluded.password_hash, role = excluded.role, agency = excluded.agency
"""
