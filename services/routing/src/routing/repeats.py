"""The same request again gets the same answer: keys that clients choose, kept with what was answered."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.decider import Refused
from chassis.event_log import Row
from chassis.postgres import Pool

Answer = dict[str, Any]
"""What a program was told, as JSON."""


class RequestKeyReused(Refused):
    """The idempotency key was used before, for another request."""


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request that may be asked again: the client's key, and the hash of what was asked."""

    key: str
    fingerprint: bytes

    @property
    def key_hash(self) -> bytes:
        """What is kept of the key."""
        return hashlib.sha256(self.key.encode()).digest()


async def answer_to(pool: Pool, account: UUID, request: Repeatable) -> Answer | None:
    """Find what this account was answered before; raises `RequestKeyReused` when it had asked something else."""
    row = await pool.fetchrow(_FIND, account, request.key_hash)
    if row is None:
        return None
    if row["fingerprint"] != request.fingerprint:
        raise RequestKeyReused
    answer: Answer = json.loads(row["answer"])
    return answer


def answered(account: UUID, request: Repeatable, answer: Answer) -> Row:
    """Spell the row that keeps an answer, in the transaction of what was done."""
    return Row(_KEEP, (account, request.key_hash, request.fingerprint, json.dumps(answer)))


_FIND = "SELECT fingerprint, answer FROM idempotency_keys WHERE account = $1 AND key_hash = $2"

_KEEP = """
INSERT INTO idempotency_keys (account, key_hash, fingerprint, answer)
SELECT account, key_hash, fingerprint, answer
FROM unnest($1::uuid[], $2::bytea[], $3::bytea[], $4::json[]) AS given (account, key_hash, fingerprint, answer)
"""
