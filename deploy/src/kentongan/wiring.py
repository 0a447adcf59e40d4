"""Which port, which database and which variables each part of the stack gets."""

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from kentongan.layout import Layout
from kentongan.names import PREFERRED_PORTS, SERVICES
from kentongan.stack import ports
from kentongan.stack.errors import StackError
from kentongan.vault import Vault

MARKER = "KENTONGAN_PART_OF"


@dataclass(frozen=True)
class External:
    """Servers that exist already and are used instead of ours."""

    kafka: str | None = None
    databases: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs_postgres(self) -> bool:
        """Whether any service still needs a database of ours."""
        return set(self.databases) != set(SERVICES)


def external(environment: Mapping[str, str]) -> External:
    """Read which existing servers the operator named; a variable that is nearly right is refused, not passed over."""
    known = {"KAFKA_BOOTSTRAP_SERVERS", *(f"DATABASE_URL_{name.upper()}" for name in SERVICES)}
    for name in sorted(environment.keys() - known):
        if nearly := difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.9):
            raise StackError(f"{name} means nothing here: is {nearly[0]} meant? Correct it, or take it away.")
    databases = {name: environment.get(f"DATABASE_URL_{name.upper()}", "") for name in SERVICES}
    return External(
        kafka=environment.get("KAFKA_BOOTSTRAP_SERVERS") or None,
        databases={name: dsn for name, dsn in databases.items() if dsn},
    )


def choose_ports(others: External, base: int | None) -> tuple[dict[str, int], list[str]]:
    """Return a free port for each part, and a sentence for each that did not get the one it prefers."""
    wanted = {name: base + step for step, name in enumerate(PREFERRED_PORTS)} if base else PREFERRED_PORTS
    spoken_for = set(wanted.values())
    chosen: dict[str, int] = {}
    notes: list[str] = []
    for name, port in wanted.items():
        if (name == "kafka" and others.kafka) or (name == "postgres" and not others.needs_postgres):
            continue
        taken = spoken_for - {port} | set(chosen.values())
        chosen[name] = ports.next_free(port, taken)
        if chosen[name] != port:
            who = ports.holder(port) or "another process"
            notes.append(f"Port {port} is taken by {who}; {name} uses {chosen[name]}.")
    return chosen, notes


@dataclass(frozen=True)
class Wiring:
    """All addresses of one run, and the variables made of them."""

    layout: Layout
    vault: Vault
    ports: Mapping[str, int]
    others: External
    demo: bool

    def url(self, name: str) -> str:
        """Return the base address of a service or of the mailbox."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def kafka(self) -> str:
        """The broker's address."""
        return self.others.kafka or f"127.0.0.1:{self.ports['kafka']}"

    def dsn(self, service: str) -> str:
        """Return the connection string of a service's own database."""
        return self.others.databases.get(service) or self._own_dsn(service, service)

    @property
    def analytics(self) -> str | None:
        """The analyst's connection string, unless reporting's database is somebody else's."""
        return None if "reporting" in self.others.databases else self._own_dsn("reporting", "analyst")

    def _own_dsn(self, database: str, role: str) -> str:
        passwords = {**self.vault.database_passwords, "analyst": self.vault.analyst_password}
        return f"postgresql://{role}:{passwords[role]}@127.0.0.1:{self.ports['postgres']}/{database}"

    def variables(self, service: str) -> dict[str, str]:
        """Return the whole environment of one service; what the operator set (log level ...) stays."""
        prefix = service.upper()
        own = {**self._common(service), **self._particular(service)}
        return {**self.inherited, **{f"{prefix}_{name}": value for name, value in own.items()}}

    @property
    def inherited(self) -> dict[str, str]:
        """Our environment with a mark, so that orphans are found after the supervisor was killed."""
        return {**os.environ, MARKER: str(self.layout.root), "PYTHONUNBUFFERED": "1"}

    @property
    def demo_variables(self) -> dict[str, str]:
        """The environment of the demo's programs, which use the public addresses like anybody else."""
        addresses = {f"KENTONGAN_{name.upper()}_URL": self.url(name) for name in SERVICES}
        secrets = {
            "KENTONGAN_IMPORT_TOKEN": self.vault.import_token,
            "KENTONGAN_SEED_PASSWORD": self.vault.seed_password,
        }
        return {**self.inherited, **addresses, **secrets, "KENTONGAN_DEMO_ANCHOR": str(self.layout.demo_anchor)}

    def _common(self, service: str) -> dict[str, str]:
        values = {
            "DATABASE_URL": self.dsn(service),
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka,
            "HTTP_HOST": "127.0.0.1",
            "HTTP_PORT": str(self.ports[service]),
            "SECRET_KEY": self.vault.secret_keys[service],
            "DEMO": str(self.demo).lower(),
        }
        return values if service == "reporting" else values | {"KEY_ENCRYPTION_KEYS": self.vault.key_encryption_keys}

    def _particular(self, service: str) -> dict[str, str]:
        token = self.vault.import_token
        tables: dict[str, dict[str, str]] = {
            "intake": {
                "IMPORT_TOKEN": token,
                "DASHBOARD_URL": self.url("reporting"),
                "WORKBENCH_URL": self.url("routing"),
            },
            "routing": {"IMPORT_TOKEN": token, "SEED_PASSWORD": self.vault.seed_password},
            "notify": {
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(self.ports["smtp"]),
                "SMTP_FROM": "Kentongan <no-reply@kentongan.example>",
                "TRACKING_URL": self.url("intake"),
            },
            "reporting": {"INTAKE_URL": self.url("intake")},
        }
        return tables[service]
