"""Fetch the broker's jars once per user, each one checked against its pinned SHA-256."""

import contextlib
import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests
import truststore
from jgo.config import GlobalSettings
from jgo.maven import MavenContext

from kentongan.stack.errors import StackError
from kentongan.stack.locations import KAFKA_FILES, cache_dir

LOCK = KAFKA_FILES / "jars.lock"
_LINE = re.compile(r"(?P<group>[\w.-]+):(?P<name>[\w.-]+):(?P<version>[\w.-]+) sha256:(?P<sha256>[0-9a-f]{64})")


@dataclass(frozen=True)
class Jar:
    """One pinned jar."""

    group: str
    name: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        """The file's name in the cache, which is Maven's."""
        return f"{self.name}-{self.version}.jar"

    @property
    def coordinate(self) -> str:
        """Maven's name of it."""
        return f"{self.group}:{self.name}:{self.version}"


Download = Callable[[Jar, Path], Path]


def read_lock(path: Path = LOCK) -> list[Jar]:
    """Read the pinned jars; a line that pins nothing is an error, never skipped."""
    jars = []
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise StackError(f"{path.name} has a line that pins no jar: {line!r}; restore the file from git.")
        jars.append(Jar(**match.groupdict()))
    return jars


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(jar: Jar, into: Path) -> Path:
    """Fetch one jar with jgo, from its default repository or the one the user's jgo settings name."""
    context = MavenContext(repo_cache=into, remote_repos=GlobalSettings.load().repositories or None, timeout=60)
    path = context.project(jar.group, jar.name).at_version(jar.version).artifact().resolve()
    return Path(path)


def provide(
    jars: list[Jar] | None = None,
    folder: Path | None = None,
    fetch: Download = download,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Return the paths of all jars, fetching those that the folder lacks or holds damaged."""
    wanted = read_lock() if jars is None else jars
    home = cache_dir() / "kafka-jars" if folder is None else folder
    home.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in wanted if not _is_intact(home / jar.filename, jar)]
    if missing:
        with _system_certificates(), ThreadPoolExecutor(max_workers=8) as pool:
            tasks = [pool.submit(_fetch_one, jar, home, fetch) for jar in missing]
            for done, task in enumerate(tasks, start=1):
                task.result()
                if progress is not None:
                    progress(done, len(tasks))
    return [home / jar.filename for jar in wanted]


@contextlib.contextmanager
def _system_certificates() -> Iterator[None]:
    """Trust what this machine trusts while fetching; requests' own list lacks an organisation's certificates."""
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def _is_intact(path: Path, jar: Jar) -> bool:
    return path.is_file() and digest(path) == jar.sha256


def _fetch_one(jar: Jar, home: Path, fetch: Download) -> None:
    # Fetched beside its place and renamed: another process, or a kill, never sees half a jar.
    with tempfile.TemporaryDirectory(prefix=".incoming-", dir=home) as incoming:
        path = _try_twice(jar, Path(incoming), fetch)
        found = digest(path)
        if found != jar.sha256:
            raise StackError(
                f"{jar.coordinate} is not the file we pinned (SHA-256 {found[:16]}… instead of {jar.sha256[:16]}…); "
                "nothing was started. Check the network and the repository in between, then try again."
            )
        path.replace(home / jar.filename)


def _try_twice(jar: Jar, incoming: Path, fetch: Download) -> Path:
    with contextlib.suppress(requests.RequestException):
        return fetch(jar, incoming / "first")
    try:
        return fetch(jar, incoming / "second")
    except (requests.RequestException, RuntimeError) as error:
        raise StackError(
            f"{jar.coordinate} could not be fetched ({type(error).__name__}): the Maven repository must be "
            "reachable once, for 44 MB; a mirror can be named in jgo's settings file."
        ) from error
