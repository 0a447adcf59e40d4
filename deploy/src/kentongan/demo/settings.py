"""Where the demo finds the services, as anybody else would, and how much it makes up."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class DemoSettings(BaseSettings):
    """Set by `kentongan up`; the operator may set `KENTONGAN_DEMO_COMPLAINTS`."""

    model_config = SettingsConfigDict(env_prefix="KENTONGAN_", frozen=True)

    intake_url: str
    routing_url: str
    import_token: SecretStr
    demo_anchor: Path = Field(description="File that keeps when the made-up story ends: the moment of its first start.")
    demo_complaints: int = Field(2000, ge=1, le=100_000, description="How many complaints there are to begin with.")
