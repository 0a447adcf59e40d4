"""The stack's random secrets: made once, kept in one file that only its owner reads."""

import base64
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kentongan.files import write_private
from kentongan.names import SERVICES
from kentongan.stack.errors import StackError


def _token() -> str:
    return secrets.token_urlsafe(24)


def _per_service() -> dict[str, str]:
    return {name: secrets.token_urlsafe(32) for name in SERVICES}


def _first_key() -> str:
    return f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}"


class Vault(BaseModel):
    """Every secret of one stack; a field that an older file lacks is made anew."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    superuser_password: str = Field(default_factory=_token)
    database_passwords: dict[str, str] = Field(default_factory=_per_service)
    analyst_password: str = Field(default_factory=_token)
    secret_keys: dict[str, str] = Field(default_factory=_per_service)
    key_encryption_keys: str = Field(default_factory=_first_key)
    import_token: str = Field(default_factory=lambda: secrets.token_urlsafe(32))
    seed_password: str = Field(default_factory=lambda: f"kentongan-{secrets.token_hex(4)}")


def open_vault(path: Path) -> Vault:
    """Read the secrets, making those that are not there yet."""
    try:
        text = path.read_text() if path.exists() else "{}"
        vault = Vault.model_validate_json(text)
    except PermissionError as error:
        raise StackError(f"{path} cannot be read: run as the user who started this stack first.") from error
    except ValidationError as error:
        raise StackError(
            f"{path} is damaged: put a copy of it back, or remove all data with `kentongan reset`."
        ) from error
    complete = vault.model_dump_json(indent=2) + "\n"
    if complete != text:
        write_private(path, complete)
    return vault
