"""Keeping a complaint open in one browser for a while: its secret in a signed cookie that only its own pages get."""

import base64
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response

COOKIE = "complaint"
SECONDS = 30 * 60


@dataclass(frozen=True, slots=True)
class Access:
    """Writes and reads the cookie; what it says is checked against the kept hash like a typed secret."""

    secret_key: bytes
    secure: bool
    clock: Callable[[], datetime]

    def grant(self, response: Response, code: str, secret: str) -> None:
        """Let this browser read the complaint for half an hour."""
        expires = str(int(self.clock().timestamp()) + SECONDS)
        response.set_cookie(
            COOKIE,
            f"{expires}.{secret}.{self._signature(code, expires, secret)}",
            max_age=SECONDS,
            path=f"/track/{code}",
            httponly=True,
            samesite="lax",
            secure=self.secure,
        )

    def end(self, response: Response, code: str) -> None:
        """Close it again, for those who use somebody else's phone."""
        response.delete_cookie(COOKIE, path=f"/track/{code}", httponly=True, samesite="lax", secure=self.secure)

    def secret_in(self, request: Request, code: str) -> str | None:
        """Read the secret back; None when there is no cookie, or it is too old, or not of our making."""
        expires, _, rest = request.cookies.get(COOKIE, "").partition(".")
        secret, _, signature = rest.partition(".")
        genuine = hmac.compare_digest(signature.encode(), self._signature(code, expires, secret).encode())
        if not genuine or int(expires) < self.clock().timestamp():
            return None
        return secret

    def _signature(self, code: str, expires: str, secret: str) -> str:
        message = f"access\0{code}\0{expires}\0{secret}".encode()
        return base64.urlsafe_b64encode(hmac.digest(self.secret_key, message, "sha256")).decode().rstrip("=")
