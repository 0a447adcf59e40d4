"""Signed tokens: who is signed in, and which form belongs to which browser."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from itsdangerous import BadData, URLSafeTimedSerializer

LIFETIME = timedelta(hours=12)
"""One working day, so that nobody is signed out in the middle of it."""


@dataclass(frozen=True)
class Tokens:
    """Makes and reads the tokens of one deployment."""

    secret: str

    def issue(self, account: UUID) -> str:
        """Make a session token."""
        return self._sessions.dumps(account.hex)

    def read(self, token: str) -> UUID | None:
        """Say whose session it is; None when it is false or has expired."""
        try:
            return UUID(self._sessions.loads(token, max_age=int(LIFETIME.total_seconds())))
        except (BadData, ValueError, AttributeError, TypeError):
            return None

    def form_token(self, browser: str) -> str:
        """Make the token that a form of this browser carries."""
        return hmac.digest(self.secret.encode(), f"form/{browser}".encode(), "sha256").hex()

    def is_form_token(self, token: str, browser: str) -> bool:
        """Say whether a form came from a page that we gave to this browser."""
        return hmac.compare_digest(token.encode(), self.form_token(browser).encode())

    @property
    def _sessions(self) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(self.secret, salt="routing session")


def new_browser() -> str:
    """Make up an id for a browser that has none."""
    return secrets.token_urlsafe(18)
