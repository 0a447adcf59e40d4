"""Who may file for the past: whoever brings the import token."""

import hmac

from fastapi import Request
from pydantic import SecretStr

from intake.http.errors import ImportTokenMissing, ImportTokenWrong
from intake.http.requests import FilingRequest


def check_rights(request: Request, filing: FilingRequest, token: SecretStr | None) -> None:
    """Refuse a wrong token, and a filing that only an import may make when there is none."""
    given = request.headers.get("authorization")
    if given is not None:
        expected = f"Bearer {token.get_secret_value()}" if token else ""
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise ImportTokenWrong
    elif filing.needs_import_token:
        raise ImportTokenMissing
