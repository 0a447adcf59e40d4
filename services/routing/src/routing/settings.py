"""Settings of routing; the only reader of its environment."""

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import SealingSettings


class Settings(SealingSettings):
    """What every sealing service has, and the rights that only routing knows."""

    model_config = SettingsConfigDict(env_prefix="ROUTING_")

    import_token: SecretStr | None = Field(
        None, min_length=16, description="Who has it may register agencies, and act for an agency at a past time."
    )
    seed_password: SecretStr | None = Field(None, min_length=8, description="Password of the accounts `seed` makes.")
