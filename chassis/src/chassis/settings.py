"""Settings every service has; the only reader of the environment is the settings class of a service."""

import base64
import os
import sys
from typing import Any, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

KEY_BYTES = 32


class ServiceSettings(BaseSettings):
    """Where a service finds its database and broker and where it listens; secrets have no default."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: SecretStr
    kafka_bootstrap_servers: str
    http_host: str = "127.0.0.1"
    http_port: int = Field(ge=0, le=65535)
    public_url: str = Field("", description="Base address as people see it; by default http://<host>:<port>.")
    secret_key: SecretStr = Field(min_length=32, description="Signs cookies and tokens; at least 32 characters.")
    log_level: str = "info"
    database_pool_size: int = Field(10, ge=2)
    demo: bool = Field(False, description="Every page says that the data is made up.")

    @model_validator(mode="after")
    def _default_public_url(self) -> Self:
        if not self.public_url:
            object.__setattr__(self, "public_url", f"http://{self.http_host}:{self.http_port}")
        return self


class SealingSettings(ServiceSettings):
    """Settings of a service that opens sealed fields."""

    key_encryption_keys: SecretStr = Field(description="`1:<base64 of 32 bytes>[,2:…]`; the highest number wraps.")

    @field_validator("key_encryption_keys")
    @classmethod
    def _well_formed(cls, value: SecretStr) -> SecretStr:
        parse_key_encryption_keys(value)
        return value


def parse_key_encryption_keys(setting: SecretStr) -> dict[int, bytes]:
    """Read the numbered keys; `ValueError` says what is wrong without showing a key."""
    keys: dict[int, bytes] = {}
    for entry in setting.get_secret_value().split(","):
        number, _, encoded = entry.strip().partition(":")
        if not number.isdecimal():
            raise ValueError("each key-encryption key is written <number>:<base64>")
        secret = base64.b64decode(encoded, validate=True)
        if len(secret) != KEY_BYTES:
            raise ValueError(f"key-encryption key {number} is {len(secret)} bytes long, not {KEY_BYTES}")
        keys[int(number)] = secret
    return keys


S = TypeVar("S", bound=ServiceSettings)


def load(settings: type[S]) -> S:
    """Read the environment, or end the process with one line for each setting that is missing, wrong or misspelt."""
    problems = [f"{name} is not a setting; is it misspelt?" for name in misspelt(settings, os.environ)]
    prefix = settings.model_config.get("env_prefix", "")
    try:
        loaded = settings()
    except ValidationError as error:
        problems += [
            f"{prefix}{'_'.join(map(str, line['loc']))}".upper() + f": {line['msg']}"
            for line in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    if problems:
        sys.exit("\n".join(problems))
    return loaded


def misspelt(settings: type[ServiceSettings], environment: Any) -> list[str]:
    """Name the variables that carry the prefix and mean nothing; pydantic-settings ignores them in silence."""
    prefix = settings.model_config.get("env_prefix", "").upper()
    known = {f"{prefix}{name}".upper() for name in settings.model_fields}
    return sorted(
        name for name in environment if prefix and name.upper().startswith(prefix) and name.upper() not in known
    )
