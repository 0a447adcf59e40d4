"""Words that may not stand where they stand: business in the chassis, addresses, junk drawers, unfinished work."""

import re
from collections.abc import Iterator
from pathlib import Path

from kit.guards.tree import GENERATED, Source, sources

BUSINESS = frozenset(
    (
        *("complaint", "complaints", "agency", "agencies", "citizen", "citizens", "officer", "officers"),
        *("reporter", "reporters", "reporting", "routing", "intake", "notify", "tulungagung"),
        *("pengaduan", "laporan", "instansi", "petugas", "warga", "pelapor"),
    )
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
BROKER_WORDS = re.compile(r"pg_notify|\bNOTIFY\b")
"""PostgreSQL's command, not our service."""

DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "shared", "stuff", "lib"}

# In two pieces each, or this file would be the first offender.
HOSTS = (
    *(("py" + "pi", "org"), ("python" + "hosted", "org"), ("npm" + "js", "org"), ("npm" + "js", "com")),
    *(("ma" + "ven", "org"), ("ma" + "ven.apache", "org"), ("yarn" + "pkg", "com"), ("deb" + "ian", "org")),
    *(("crates", "io"), ("docker", "io"), ("gh" + "cr", "io")),
)
REGISTRY = re.compile("|".join(re.escape(".".join(host)) for host in HOSTS), re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:work|root|home|Users)/[\w.-]+|\b[A-Z]:\\Users")

EVERYTHING = re.compile(r"\b(?:select|returning)\s+(?:distinct\s+)?(?:[a-z_]+\.)?\*", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
NOT_RUN = re.compile(r"pytest\.skip|mark\.skip|mark\.xfail|importorskip|unittest\.mock|\bMagicMock\b")

SPEAK_OF_OFFENCES = ("tests/kit/guards/", "tests/architecture/")
"""The guards and their must-fail cases."""


def business_in_chassis(root: Path) -> Iterator[str]:
    """Find words of the business in how we run; comments count, vendored files do not."""
    for source in sources(root, "", "chassis/"):
        for number, line in _lines(source):
            said = {word.lower() for word in WORD.findall(BROKER_WORDS.sub("", line))}
            for word in sorted(said & BUSINESS):
                yield source.at(number, f"the chassis does not know the word {word}")


def junk_drawers(root: Path) -> Iterator[str]:
    """Find modules and folders named after no thing."""
    for source in sources(root, ".py"):
        parts = Path(source.path).with_suffix("").parts
        yield from (f"{source.path}: {part} is the name of no thing" for part in parts if part in DRAWERS)


def addresses(root: Path) -> Iterator[str]:
    """Find hosts of package registries and paths of somebody's machine."""
    for source in sources(root):
        yield from _found(source, REGISTRY, "a registry's host")
        if not source.path.endswith(GENERATED):
            yield from _found(source, MACHINE_PATH, "a path of one machine")


def select_everything(root: Path) -> Iterator[str]:
    """Find statements that do not name their columns."""
    for source in sources(root):
        if source.path.endswith((".py", ".sql", ".md", ".sh")) and not source.path.startswith(SPEAK_OF_OFFENCES):
            yield from _found(source, EVERYTHING, "name the columns")


def unfinished_work(root: Path) -> Iterator[str]:
    """Find promises to finish later, and tests that do not run or that test stand-ins."""
    for source in sources(root):
        if source.path.startswith(SPEAK_OF_OFFENCES):
            continue
        if source.path.endswith((".py", ".sql", ".html", ".js", ".toml", ".md", ".sh", "Makefile")):
            yield from _found(source, UNFINISHED, "unfinished")
        if source.path.startswith("tests/") and source.path.endswith(".py"):
            yield from _found(source, NOT_RUN, "a test that does not run, or a stand-in")


def _found(source: Source, pattern: re.Pattern[str], what: str) -> Iterator[str]:
    for number, line in _lines(source):
        if match := pattern.search(line):
            yield source.at(number, f"{what}: {match.group()}")


def _lines(source: Source) -> Iterator[tuple[int, str]]:
    return enumerate(source.text.splitlines(), 1)
