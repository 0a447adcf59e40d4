"""The files for containers say the same as the code: variables, topics, members, limits."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from chassis.settings import ServiceSettings
from contracts.topics import TOPICS
from kentongan.names import SERVICES

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


def settings_of(service: str) -> type[ServiceSettings]:
    settings: type[ServiceSettings] = import_module(f"{service}.settings").Settings
    return settings


def variables(service: str) -> tuple[dict[str, str], dict[str, str]]:
    """Read an example: what is set, and what is only shown behind a #."""
    text = (DEPLOY / "env" / f"{service}.env.example").read_text()
    found = re.findall(r"^(# )?([A-Z][A-Z0-9_]+)=(.*)$", text, re.MULTILINE)
    given = {name: value for mark, name, value in found if not mark}
    shown = {name: value for mark, name, value in found if mark}
    return given, shown


def is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation) or field.annotation is SecretStr


@pytest.mark.parametrize("service", SERVICES)
def test_an_example_names_every_setting_and_no_other(service: str) -> None:
    given, shown = variables(service)
    known = {f"{service}_{name}".upper() for name in settings_of(service).model_fields}
    assert given.keys() | shown.keys() == known
    assert not given.keys() & shown.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_an_example_sets_whatever_has_no_default_and_shows_the_true_defaults(service: str) -> None:
    given, shown = variables(service)
    for name, field in settings_of(service).model_fields.items():
        variable = f"{service}_{name}".upper()
        if field.is_required():
            assert variable in given
        elif variable in shown:
            default = "" if field.default is None else str(field.default)
            assert shown[variable] == (default.lower() if isinstance(field.default, bool) else default)


@pytest.mark.parametrize("service", SERVICES)
def test_an_example_holds_no_secret(service: str) -> None:
    given, shown = variables(service)
    for name, field in settings_of(service).model_fields.items():
        if is_secret(field):
            assert {**given, **shown}[f"{service}_{name}".upper()] == ""


@pytest.mark.parametrize("service", SERVICES)
def test_compose_runs_each_service_behind_its_migration(service: str) -> None:
    parts = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert parts[service]["build"]["args"] == {"SERVICE": service}
    assert parts[service]["env_file"] == [f"env/{service}.env"]
    waits = {name: on["condition"] for name, on in parts[service]["depends_on"].items()}
    assert waits[f"{service}-migrate"] == waits["topics"] == "service_completed_successfully"
    assert parts[f"{service}-migrate"]["command"] == ["migrate"]
    assert "ports" not in parts[service]


def test_only_the_edge_is_published_and_on_loopback_only() -> None:
    parts = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert {name: part["ports"] for name, part in parts.items() if "ports" in part} == {
        "proxy": ["127.0.0.1:8080:8080"]
    }


def test_containers_get_the_declared_topics() -> None:
    script = (DEPLOY / "kafka" / "topics.sh").read_text()
    created = {
        name: (int(partitions), dict(pair.split("=") for pair in settings.split()))
        for name, partitions, settings in re.findall(r"^create ([a-z-]+) (\d+) (.+)$", script, re.MULTILINE)
    }
    assert created == {topic.name: (topic.partitions, topic.config()) for topic in TOPICS}


def test_the_broker_in_a_container_is_the_version_we_pin() -> None:
    image = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["kafka"]["image"]
    assert f"org.apache.kafka:kafka_2.13:{image.split(':')[1]} " in (DEPLOY / "kafka" / "jars.lock").read_text()


def test_the_edge_gives_no_client_more_than_seconds_to_send_a_request() -> None:
    edge = (DEPLOY / "proxy" / "nginx.conf").read_text()
    for name in ("client_header_timeout", "client_body_timeout"):
        [seconds] = re.findall(rf"^\s*{name} (\d+)s;", edge, re.MULTILINE)
        assert int(seconds) <= 10
    assert "client_max_body_size 1m;" in edge
