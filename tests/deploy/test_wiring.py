"""Ports, secrets and variables: each part gets its own, and nobody else's."""

import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from chassis.migrate import migrate
from kentongan import databases, wiring
from kentongan.layout import Layout
from kentongan.names import PREFERRED_PORTS, SERVICES
from kentongan.stack import ports
from kentongan.stack.errors import StackError
from kentongan.stack.postgres import Postgres
from kentongan.vault import Vault, open_vault


def plan(root: Path, others: wiring.External | None = None) -> wiring.Wiring:
    numbers = {name: 20_000 + number for number, name in enumerate(PREFERRED_PORTS)}
    return wiring.Wiring(Layout(root), Vault(), numbers, others or wiring.External(), demo=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """Give a server of our own: roles belong to a whole server, and other tests use theirs."""
    own = Postgres(tmp_path_factory.mktemp("wiring"), ports.free_port())
    await own.start()
    yield own
    await own.stop()


def test_a_taken_port_is_passed_over_and_its_holder_named() -> None:
    base = ports.free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", base))
        holder.listen()
        chosen, notes = wiring.choose_ports(wiring.External(), base)
    assert chosen["intake"] > base
    assert len(set(chosen.values())) == len(PREFERRED_PORTS)
    assert f"Port {base} is taken by" in notes[0]
    assert f"pid {os.getpid()}" in notes[0]
    assert f"intake uses {chosen['intake']}" in notes[0]


def test_existing_servers_take_no_port_of_ours() -> None:
    everything = {f"DATABASE_URL_{name.upper()}": "postgresql://elsewhere/x" for name in SERVICES}
    others = wiring.external({"KAFKA_BOOTSTRAP_SERVERS": "kafka.example:9092", **everything})
    chosen, _ = wiring.choose_ports(others, None)
    assert not others.needs_postgres
    assert {"kafka", "postgres"}.isdisjoint(chosen)


@pytest.mark.parametrize("name", ["KAFKA_BOOTSTRAP_SERVER", "DATABASE_URL_INTAK", "DATABASE_URL_NOTIFI"])
def test_a_misspelt_variable_is_reported(name: str) -> None:
    with pytest.raises(StackError, match=f"{name} means nothing here: is .+ meant"):
        wiring.external({name: "elsewhere"})


def test_variables_of_others_are_passed_over() -> None:
    assert wiring.external({"DATABASE_URL_SHOP": "x", "DATABASE_URL": "y", "HOME": "z"}) == wiring.External()


def test_an_existing_database_is_used_for_its_service_only(tmp_path: Path) -> None:
    others = wiring.external({"DATABASE_URL_REPORTING": "postgresql://elsewhere/figures"})
    wired = plan(tmp_path, others)
    assert wired.variables("reporting")["REPORTING_DATABASE_URL"] == "postgresql://elsewhere/figures"
    assert wired.variables("intake")["INTAKE_DATABASE_URL"].startswith("postgresql://intake:")
    assert wired.analytics is None


def test_no_service_is_given_the_secrets_of_another(tmp_path: Path) -> None:
    wired = plan(tmp_path)
    for service in SERVICES:
        given = wired.variables(service)
        for other in set(SERVICES) - {service}:
            assert wired.vault.database_passwords[other] not in json.dumps(given)
            assert wired.vault.secret_keys[other] not in given.values()
    assert wired.vault.key_encryption_keys not in wired.variables("reporting").values()
    assert wired.vault.import_token not in wired.variables("reporting").values()


def test_secrets_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = open_vault(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert open_vault(path) == first
    values = [first.superuser_password, first.analyst_password, *first.database_passwords.values()]
    assert len(set(values)) == len(values)


def test_a_secret_that_an_older_file_lacks_is_added_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = open_vault(path)
    older = first.model_dump(exclude={"import_token"})
    path.write_text(json.dumps(older))
    second = open_vault(path)
    assert second.model_dump(exclude={"import_token"}) == older
    assert second.import_token
    assert open_vault(path) == second


def test_a_damaged_secrets_file_is_never_replaced_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text('{"import_token": ')
    with pytest.raises(StackError, match="damaged"):
        open_vault(path)
    assert path.read_text() == '{"import_token": '


async def test_the_analyst_connects_to_reporting_and_nothing_else(server: Postgres) -> None:
    vault = Vault()
    for _ in range(2):
        await databases.prepare(server.dsn(), vault)
    connection = await asyncpg.connect(server.dsn("reporting", "analyst", vault.analyst_password))
    try:
        assert await connection.fetchval("SHOW default_transaction_read_only") == "on"
        assert await connection.fetchval("SHOW statement_timeout") == "1min"
    finally:
        await connection.close()
    for name in ("intake", "routing", "notify", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(server.dsn(name, "analyst", vault.analyst_password))


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_try_advisory_xact_lock(1)",
        "SELECT lo_creat(-1)",
        "SELECT lo_from_bytea(0, 'x')",
        "CREATE TABLE public.mine (n int)",
        "SELECT public.anything()",
    ],
)
async def test_an_analyst_who_gives_up_read_only_still_changes_nothing(server: Postgres, statement: str) -> None:
    vault = Vault()
    await databases.prepare(server.dsn(), vault)
    connection = await asyncpg.connect(server.dsn("reporting", "analyst", vault.analyst_password))
    try:
        await connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_reporting_itself_still_takes_turns(server: Postgres) -> None:
    vault = Vault()
    await databases.prepare(server.dsn(), vault)
    applied = await migrate(server.dsn("reporting", "reporting", vault.database_passwords["reporting"]), "chassis")
    assert applied


async def test_each_service_owns_its_database_and_enters_no_other(server: Postgres) -> None:
    vault = Vault()
    await databases.prepare(server.dsn(), vault)
    for service in SERVICES:
        secret = vault.database_passwords[service]
        connection = await asyncpg.connect(server.dsn(service, service, secret))
        try:
            await connection.execute("CREATE TABLE IF NOT EXISTS mine (n int)")
        finally:
            await connection.close()
        other = SERVICES[SERVICES.index(service) - 1]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(server.dsn(other, service, secret))
