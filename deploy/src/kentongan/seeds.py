"""Remember which seed was sown, so that a second start does not sow it again."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from kentongan.stack.errors import StackError


def fingerprint(dsn: str, password: str) -> str:
    """Return what the seed depends on: the code and data of routing, the areas, the database and the password."""
    seen = hashlib.sha256(f"{dsn}\n{password}\n".encode())
    for package in ("routing", "contracts"):
        for path in sorted(_folder(package).rglob("*")):
            if path.is_file() and path.suffix in {".py", ".toml", ".json", ".csv", ".sql"}:
                seen.update(path.read_bytes())
    return seen.hexdigest()


def is_sown(marker: Path, wanted: str) -> bool:
    """Tell whether exactly this seed was sown before."""
    return marker.exists() and marker.read_text() == wanted


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise StackError(f"The package {package} is not installed; run `make clean` and start again.")
    return Path(spec.origin).parent
