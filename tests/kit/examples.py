"""The frozen examples: where they are, what they must hold, and `python -m kit.examples`, which adds missing ones."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from contracts.catalogue import CATALOGUE
from contracts.envelope import Context, compose, context_json
from contracts.events import short_type
from contracts.schemas import ROOT
from contracts.sealing import seal
from kit.sample_events import TEST_KEY, Sample, samples

EXAMPLES = ROOT / "contracts" / "examples"
SUMS = "SHA256SUMS"
NAMES = ("full", "least", "anonymous", "secret")
EVENT_IDS = UUID("0198f1c2-5a00-7000-8000-00000000e000")

CONTEXT = Context(
    correlationid="contoh-0001",
    causationid="0198f1c2-5a00-7000-8000-0000000000c1",
    traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
)


def wire(sample: Sample) -> bytes:
    """Spell a sample as it is published; the full ones also carry every optional attribute."""
    event = sample.event
    context = CONTEXT if sample.name == "full" else Context(correlationid=CONTEXT.correlationid)
    event_id = UUID(int=EVENT_IDS.int + 16 * sample.version + NAMES.index(sample.name))
    head = context_json(type(event), event_id, sample.subject, sample.version, sample.time, context)
    sealed = seal(event, TEST_KEY, f"/{event.owner.value}/{sample.subject}", sample.version)
    return compose(head, sealed.model_dump_json(exclude_none=True)).encode()


def path_of(sample: Sample, root: Path = EXAMPLES) -> Path:
    """Name the file of a sample: `complaint.filed/v1/full.json`."""
    stem, _, number = short_type(sample.event.type).rpartition(".v")
    return root / stem / f"v{number}" / f"{sample.name}.json"


def type_of(path: Path) -> str:
    """Tell the short wire type of an example from its path."""
    return f"{path.parent.parent.name}.{path.parent.name}"


def all_examples(root: Path = EXAMPLES) -> list[Path]:
    """List every example there is."""
    return sorted(root.glob("*/v*/*.json"))


def altered(root: Path = EXAMPLES) -> Iterator[str]:
    """Say which examples are not what was frozen."""
    frozen = _read_sums(root)
    found = {path.relative_to(root).as_posix(): path for path in all_examples(root)}
    yield from (f"{name}: is gone" for name in sorted(frozen.keys() - found.keys()))
    yield from (f"{name}: is not in {SUMS}" for name in sorted(found.keys() - frozen.keys()))
    for name in sorted(found.keys() & frozen.keys()):
        if _sum(found[name]) != frozen[name]:
            yield f"{name}: was edited; examples are frozen, add a new one"


def missing() -> list[str]:
    """Name the types, of any version a log can hold, without a full and a least example."""
    have = {(type_of(path), path.stem) for path in all_examples()}
    wanted = ((short_type(kind), name) for kind in CATALOGUE.topics for name in ("full", "least"))
    return [f"{kind} {name}" for kind, name in wanted if (kind, name) not in have]


def _sum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_sums(root: Path) -> dict[str, str]:
    lines = (root / SUMS).read_text("utf-8").splitlines() if (root / SUMS).exists() else []
    return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}


def write_missing(root: Path = EXAMPLES) -> list[Path]:
    """Freeze the samples that have no file yet; existing files are never touched."""
    frozen, written = _read_sums(root), []
    for sample in samples():
        path = path_of(sample, root)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(json.loads(wire(sample)), indent=2, ensure_ascii=False) + "\n", "utf-8")
            frozen[path.relative_to(root).as_posix()] = _sum(path)
            written.append(path)
    lines = [f"{digest}  {name}\n" for name, digest in sorted(frozen.items())]
    (root / SUMS).write_text("".join(lines), "utf-8")
    return written


if __name__ == "__main__":
    for new in write_missing():
        print(new)  # noqa: T201 - the command's answer
