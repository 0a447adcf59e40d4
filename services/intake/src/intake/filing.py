"""Filing a complaint: decide, give it a code and a secret, commit once; the same request again gets the same answer."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from chassis.decider import Refused
from chassis.event_log import Append, EventLog, Row
from chassis.keys import KeyStore
from chassis.postgres import Pool
from contracts.intake import ComplaintFiled
from contracts.vocabulary import Due, Visibility
from intake import credentials
from intake.domain.complaint import Absent, FileComplaint, decide

CODE_TRIES = 3
"""Two of a regency's 34 thousand million codes are hardly ever the same; thrice in a row is a broken generator."""


class RequestKeyReused(Refused):
    """The idempotency key was used before, for another request."""


class FirstAnswerLost(Refused):
    """The service's secret key has changed since, so the secret in the first answer can not be made again."""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may be asked again: the client's key and the hash of what was asked."""

    key: str
    fingerprint: bytes

    @property
    def key_hash(self) -> bytes:
        """What is kept of the key."""
        return hashlib.sha256(self.key.encode()).digest()


@dataclass(frozen=True, slots=True)
class Filed:
    """What the reporter is told; the secret is told only here."""

    complaint_id: UUID
    code: str
    secret: str
    dues: tuple[Due, ...]


@dataclass(frozen=True, slots=True)
class Filing:
    """The shell around the decision to file."""

    log: EventLog
    keys: KeyStore
    pool: Pool
    secret_key: bytes
    clock: Callable[[], datetime]

    async def file(self, command: FileComplaint, request: Repeatable | None = None) -> Filed:
        """Commit the complaint and tell its code and secret.

        Raises what `decide` refuses; `RequestKeyReused`; `FirstAnswerLost`; or what `EventLog.append` raises.
        """
        secret = self._secret(request)
        for _ in range(CODE_TRIES):
            try:
                return await self._append(command, secret, request)
            except asyncpg.UniqueViolationError as error:
                if request is not None and error.constraint_name == "idempotency_keys_pkey":
                    return await self._first_answer(request, secret)
                if error.constraint_name != "complaint_codes_pkey":
                    raise
                command = replace(command, serial=credentials.fresh_serial())
        raise RuntimeError("the generator of codes repeats itself")

    def _secret(self, request: Repeatable | None) -> str:
        if request is None:
            return credentials.random_secret()
        return credentials.derived_secret(self.secret_key, request.key, request.fingerprint)

    async def _append(self, command: FileComplaint, secret: str, request: Repeatable | None) -> Filed:
        [filed] = decide(command, Absent())
        complaint_id = uuids.uuid7()
        key = self.keys.fresh(complaint_id)
        hidden = filed.visibility is Visibility.SECRET
        rows = [
            self.keys.row(key),
            Row(_INSERT_CODES, (filed.code, complaint_id, credentials.secret_hash(secret), hidden)),
        ]
        if request is not None:
            rows.insert(0, Row(_INSERT_REQUESTS, (request.key_hash, request.fingerprint, filed.code)))
        await self.log.append(Append(complaint_id, 0, [filed], command.filed_at, key=key, rows=rows))
        return Filed(complaint_id, filed.code, secret, filed.dues)

    async def _first_answer(self, request: Repeatable, secret: str) -> Filed:
        """Tell again what the first request with this key was told."""
        row = await self.pool.fetchrow(_FIND_FIRST, request.key_hash)
        if row is None or row["fingerprint"] != request.fingerprint:
            raise RequestKeyReused
        if not credentials.opens(secret, row["secret_hash"]):
            raise FirstAnswerLost
        [first, *_] = await self.log.load(row["complaint_id"])
        filed = cast(ComplaintFiled, first.envelope().data)
        return Filed(row["complaint_id"], row["code"], secret, filed.dues)


_INSERT_CODES = """
INSERT INTO complaint_codes (code, complaint_id, secret_hash, hidden)
SELECT code, complaint_id, secret_hash, hidden
FROM unnest($1::text[], $2::uuid[], $3::bytea[], $4::boolean[]) AS given (code, complaint_id, secret_hash, hidden)
"""

_INSERT_REQUESTS = """
INSERT INTO idempotency_keys (key_hash, fingerprint, code)
SELECT key_hash, fingerprint, code
FROM unnest($1::bytea[], $2::bytea[], $3::text[]) AS given (key_hash, fingerprint, code)
"""

_FIND_FIRST = """
SELECT idempotency_keys.fingerprint, complaint_codes.code, complaint_codes.complaint_id, complaint_codes.secret_hash
FROM idempotency_keys
JOIN complaint_codes USING (code)
WHERE idempotency_keys.key_hash = $1
"""
