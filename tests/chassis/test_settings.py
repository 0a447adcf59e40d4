"""Settings: secrets have no default, what is wrong or misspelt is said at once, and nothing secret is printed."""

import base64

import pytest
from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import SealingSettings, load, misspelt, parse_key_encryption_keys


class Toy(SealingSettings):
    """Settings of a service that does not exist."""

    model_config = SettingsConfigDict(env_prefix="TOY_")


KEK = "1:" + base64.b64encode(b"k" * 32).decode()
WHOLE = {
    "TOY_DATABASE_URL": "postgresql://someone:hidden-word@127.0.0.1/toy",
    "TOY_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092",
    "TOY_HTTP_PORT": "8000",
    "TOY_SECRET_KEY": "s" * 32,
    "TOY_KEY_ENCRYPTION_KEYS": KEK,
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_whole_environment_loads_and_hides_its_secrets(environment: pytest.MonkeyPatch) -> None:
    loaded = load(Toy)
    assert loaded.public_url == "http://127.0.0.1:8000"
    assert "hidden-word" not in repr(loaded)
    assert "s" * 32 not in repr(loaded)


@pytest.mark.parametrize("name", ["TOY_DATABASE_URL", "TOY_SECRET_KEY", "TOY_KEY_ENCRYPTION_KEYS"])
def test_a_secret_that_is_missing_has_no_default(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.delenv(name)
    with pytest.raises(SystemExit, match=f"{name}: Field required"):
        load(Toy)


def test_every_mistake_is_named_at_once_without_showing_a_value(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TOY_SECRET_KEY", "too-short-word")
    environment.setenv("TOY_HTTP_PORT", "ninety")
    environment.setenv("TOY_HTTP_PROT", "1")
    with pytest.raises(SystemExit) as refused:
        load(Toy)
    said = str(refused.value)
    assert "TOY_SECRET_KEY" in said
    assert "TOY_HTTP_PORT" in said
    assert "TOY_HTTP_PROT is not a setting; is it misspelt?" in said
    assert "too-short-word" not in said


def test_variables_of_others_are_none_of_our_business() -> None:
    assert misspelt(Toy, {"PATH": "", "OTHER_HTTP_PROT": "", "TOY_HTTP_PORT": ""}) == []


@pytest.mark.parametrize("value", ["", "one:YQ==", "1:notbase64!", "1:YQ==", "YQ=="])
def test_a_malformed_key_encryption_key_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"key-encryption key|base64|Base64|characters|padding"):
        parse_key_encryption_keys(SecretStr(value))


def test_several_key_encryption_keys_are_read_with_their_numbers() -> None:
    two = f"{KEK}, 2:{base64.b64encode(b'n' * 32).decode()}"
    assert parse_key_encryption_keys(SecretStr(two)) == {1: b"k" * 32, 2: b"n" * 32}
