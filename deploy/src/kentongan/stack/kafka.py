"""Run one real Apache Kafka broker (KRaft) from its jars and a Java runtime."""

import asyncio
import base64
import contextlib
import logging
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from kentongan.stack import jars, java, kafka_config, ports, processes
from kentongan.stack.errors import StackError
from kentongan.stack.locations import KAFKA_FILES

_STOP_SECONDS = 6.0


class Kafka(processes.Owner):
    """A broker with its data in `data_dir`, reachable on loopback `port`; one instance per start-stop cycle or many."""

    def __init__(self, data_dir: Path, port: int, *, log: Path | None = None, heap_mb: int = 512) -> None:
        super().__init__("kafka")
        self.data_dir = data_dir.resolve()
        self.port = port
        self.log = (self.data_dir / "kafka.log" if log is None else log).resolve()
        self.heap_mb = heap_mb
        self.environment: Mapping[str, str] | None = None

    @property
    def bootstrap(self) -> str:
        """The address clients connect to."""
        return f"127.0.0.1:{self.port}"

    @property
    def output(self) -> Path:
        """What the Java machine itself prints: empty unless something is very wrong."""
        return self.log.with_suffix(".out")

    async def start(self, timeout: float = 90.0) -> None:  # noqa: ASYNC109 - polled, so that a dead process is seen
        """Format the storage once, start the broker and return when it answers a metadata request."""
        if self.pid is not None:
            return
        runtime, classpath = await asyncio.gather(asyncio.to_thread(java.find), asyncio.to_thread(jars.provide))
        await asyncio.to_thread(self._prepare)
        base = [str(runtime.executable), *self._options(runtime), "-cp", ":".join(map(str, classpath))]
        await asyncio.to_thread(self._format, base)
        self._spawn(
            processes.Launch(
                command=[*base, "kafka.Kafka", str(self._properties)],
                log=self.output,
                cwd=self.data_dir,
                environment=self.environment,
            )
        )
        await self._ready(timeout)

    async def stop(self) -> None:
        """Ask the broker to end in good order; it is killed when it does not within seconds."""
        await self._end(signal.SIGTERM, _STOP_SECONDS)

    @property
    def _properties(self) -> Path:
        return self.data_dir / "server.properties"

    def _prepare(self) -> None:
        for folder in (self.data_dir, self.data_dir / "tmp", self.log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.data_dir.chmod(0o700)
        self.output.unlink(missing_ok=True)
        listeners = [kafka_config.Listener("PLAINTEXT", self.port)]
        controller = kafka_config.Listener("CONTROLLER", ports.free_port(), advertised=False)
        settings = kafka_config.properties(listeners, controller, self.data_dir / "logs")
        self._properties.write_text(kafka_config.render(settings))

    def _options(self, runtime: java.Java) -> list[str]:
        options = [
            f"-Xmx{self.heap_mb}m",
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-Djava.awt.headless=true",
            # Compression libraries unpack native code: /tmp may be mounted without the right to run it.
            f"-Djava.io.tmpdir={self.data_dir / 'tmp'}",
            f"-Dlog4j2.configurationFile={KAFKA_FILES / 'log4j2.xml'}",
            f"-Dkentongan.kafka.log={self.log}",
        ]
        return [*options, "--enable-native-access=ALL-UNNAMED"] if runtime.major >= 22 else options

    def _format(self, base: list[str]) -> None:
        if (self.data_dir / "logs" / "meta.properties").exists():
            return
        # A format that was cut short leaves a folder that the broker would refuse for ever.
        shutil.rmtree(self.data_dir / "logs", ignore_errors=True)
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Java's parser of arguments takes an id that begins with a dash for an option.
        command = [*base, "kafka.tools.StorageTool", "format", f"--cluster-id={cluster}"]
        result = subprocess.run(
            [*command, "--config", str(self._properties)], capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise StackError(f"Kafka could not format {self.data_dir}: {(result.stderr or result.stdout).strip()}")

    async def _ready(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not await self.answers():
            if self.pid is None:
                raise StackError(f"Kafka {self.ending} while starting. {self._last_words()}")
            if time.monotonic() > deadline:
                self.kill()
                raise StackError(f"Kafka did not answer within {seconds:.0f} s. {self._last_words()}")
            await asyncio.sleep(0.05)

    async def answers(self) -> bool:
        """Tell whether the broker answers a metadata request with itself as a live broker."""
        if ports.is_free(self.port):
            return False
        with _quiet("aiokafka"):
            client = AIOKafkaClient(bootstrap_servers=self.bootstrap, request_timeout_ms=2_000)
            try:
                await client.bootstrap()
                return bool(client.cluster.brokers())
            except KafkaError:
                return False
            finally:
                await client.close()

    def _last_words(self) -> str:
        return f"Its log {self.log} ends with:\n{processes.tail(self.log)}\n{processes.tail(self.output)}".rstrip()


@contextlib.contextmanager
def _quiet(name: str) -> Iterator[None]:
    """A broker that is not up yet is no news; the client would log each refused connection as an error."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)
