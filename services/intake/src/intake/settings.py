"""Settings of intake; the only reader of its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import SealingSettings


class Settings(SealingSettings):
    """What every sealing service has, and the links and rights that only intake knows."""

    model_config = SettingsConfigDict(env_prefix="INTAKE_")

    import_token: SecretStr | None = Field(None, min_length=16, description="Who has it may file for the past.")
    dashboard_url: str | None = Field(None, description="Where the public figures are.")
    workbench_url: str | None = Field(None, description="Where officers work.")
