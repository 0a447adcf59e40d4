"""Settings of reporting; the only reader of its environment."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What every service has, and where people file complaints."""

    model_config = SettingsConfigDict(env_prefix="REPORTING_")

    intake_url: str | None = Field(None, description="Where people file a complaint.")
