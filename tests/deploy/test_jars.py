"""The broker is made of exactly the pinned jars, and of nothing else."""

import hashlib
import threading
from pathlib import Path

import pytest
import requests

from kentongan.stack import jars
from kentongan.stack.errors import StackError
from kentongan.stack.jars import Jar
from kentongan.stack.kafka import Kafka


def jar_of(content: bytes, name: str = "a") -> Jar:
    return Jar("org.example", name, "1.0", hashlib.sha256(content).hexdigest())


class Repository:
    """A repository of our own that serves one content and counts how often it is asked."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.asked = 0
        self._lock = threading.Lock()

    def fetch(self, jar: Jar, into: Path) -> Path:
        with self._lock:
            self.asked += 1
        into.mkdir(parents=True)
        path = into / jar.filename
        path.write_bytes(self.content)
        return path


def test_the_lock_pins_every_jar_of_one_kafka_once() -> None:
    pinned = jars.read_lock()
    assert len(pinned) == 46
    assert len({jar.filename for jar in pinned}) == 46
    versions = {jar.name: jar.version for jar in pinned}
    assert {version for name, version in versions.items() if name.startswith("kafka")} == {"4.3.1"}
    assert {"kafka_2.13", "kafka-clients", "log4j-slf4j-impl", "scala-library"} <= versions.keys()


async def test_the_broker_runs_on_the_pinned_jars_alone(kafka: Kafka) -> None:
    assert kafka.pid is not None
    for path, jar in zip(jars.provide(), jars.read_lock(), strict=True):
        assert jars.digest(path) == jar.sha256


def test_a_jar_with_another_hash_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="not the file we pinned"):
        jars.provide([jar_of(b"ours")], tmp_path, Repository(b"theirs").fetch)
    assert list(tmp_path.iterdir()) == []


def test_a_second_clone_fetches_nothing(tmp_path: Path) -> None:
    repository = Repository(b"ours")
    for _ in range(2):
        paths = jars.provide([jar_of(b"ours", "a"), jar_of(b"ours", "b")], tmp_path, repository.fetch)
    assert [path.read_bytes() for path in paths] == [b"ours", b"ours"]
    assert repository.asked == 2


def test_a_damaged_jar_in_the_cache_is_fetched_again(tmp_path: Path) -> None:
    jar = jar_of(b"ours")
    (tmp_path / jar.filename).write_bytes(b"half of")
    [path] = jars.provide([jar], tmp_path, Repository(b"ours").fetch)
    assert path.read_bytes() == b"ours"


def test_an_unreachable_repository_is_one_sentence(tmp_path: Path) -> None:
    def unreachable(jar: Jar, into: Path) -> Path:
        raise requests.ConnectionError(f"{jar} {into}")

    with pytest.raises(StackError, match="could not be fetched") as failure:
        jars.provide([jar_of(b"ours")], tmp_path, unreachable)
    assert "\n" not in str(failure.value)
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_pins_nothing_is_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "jars.lock"
    lock.write_text("org.apache.kafka:kafka-clients:4.3.1\n")
    with pytest.raises(StackError, match="pins no jar"):
        jars.read_lock(lock)
