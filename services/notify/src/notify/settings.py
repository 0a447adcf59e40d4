"""The only reader of notify's environment."""

from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from chassis.settings import SealingSettings
from notify.channels.email import BadAddress, parse_address


class Settings(SealingSettings):
    """What notify needs to run; variables are prefixed `NOTIFY_`."""

    model_config = SettingsConfigDict(env_prefix="NOTIFY_")

    smtp_host: str = Field(description="Mail server that takes our letters.")
    smtp_port: int = Field(ge=1, le=65535)
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_from: str = Field(description="Sender, e.g. `Kentongan <no-reply@example.org>`; its domain ends Message-IDs.")
    smtp_connections: int = Field(8, ge=1, le=64, description="Most conversations with the mail server at a time.")
    smtp_timeout_seconds: float = Field(20.0, gt=0, le=60)
    lease_seconds: float = Field(90.0, gt=0, description="How long a silent attempt keeps its delivery to itself.")
    tracking_url: str = Field(description="Base address of intake, where people follow their complaints.")

    @model_validator(mode="after")
    def _lease_outlasts_an_attempt(self) -> Self:
        if self.lease_seconds <= self.smtp_timeout_seconds:
            raise ValueError("lease_seconds must be longer than smtp_timeout_seconds")
        return self

    @field_validator("smtp_from")
    @classmethod
    def _sender_is_an_address(cls, value: str) -> str:
        try:
            parse_address(value)
        except BadAddress:
            raise ValueError("this is not an e-mail address") from None
        return value
