"""Which files are ours, parsed; and the exceptions that were agreed on, each with its reason."""

import ast
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

GENERATED = ("package-lock.json", "requirements.lock", "SHA256SUMS")
BINARY = {".mo", ".woff2", ".png", ".ico", ".jpg", ".webp", ".gz", ".jar", ".pdf"}
VENDORED = ("static/docs/", "static/fonts/", "static/vendor/")
IGNORED_FOLDERS = {"__pycache__", "node_modules", "dist"}


@dataclass(frozen=True, slots=True)
class Source:
    """A text file of ours."""

    path: str
    text: str

    def tree(self) -> ast.Module:
        """Parse a Python file."""
        return ast.parse(self.text)

    def at(self, line: int, what: str) -> str:
        """Spell a finding."""
        return f"{self.path}:{line}: {what}"


def sources(root: Path, suffix: str = "", *folders: str) -> Iterator[Source]:
    """Give the files of a tree, those that git ignores aside."""
    for path in _listed(root):
        name = path.as_posix()
        ours = name.endswith(suffix) and path.suffix not in BINARY and not any(part in name for part in VENDORED)
        if ours and (not folders or name.startswith(folders)) and (root / path).is_file():
            yield Source(name, (root / path).read_text("utf-8"))


def _listed(root: Path) -> list[Path]:
    """Ask git, so that build results do not count; a tree without git is walked."""
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard"]
    if (root / ".git").exists():
        listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return sorted(map(Path, listing.splitlines()))
    found = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(path for path in found if not _hidden(path))


def _hidden(path: Path) -> bool:
    return any(part in IGNORED_FOLDERS or part.startswith(".") for part in path.parts[:-1])


@dataclass(frozen=True, slots=True)
class Exemption:
    """One agreed exception: what, where, up to how much, and why."""

    rule: str
    where: str
    reason: str
    limit: int = 0


def exemptions(text: str) -> list[Exemption]:
    """Parse the allow-list; an entry without a reason is an error."""
    found = [Exemption(**entry) for entry in tomllib.loads(text).get("allow", [])]
    for exemption in found:
        if len(exemption.reason.split()) < 4:
            raise ValueError(f"the exemption of {exemption.where} from {exemption.rule} needs a reason in words")
    return found


@dataclass(frozen=True, slots=True)
class Measure:
    """Something counted against a ceiling."""

    rule: str
    where: str
    line: int
    size: int
    ceiling: int


def too_large(measures: Iterable[Measure], allowed: Iterable[Exemption]) -> list[str]:
    """Say what is above its ceiling without leave, and which leaves are not needed any more."""
    limits = {(exemption.rule, exemption.where): exemption for exemption in allowed}
    found, used = [], set()
    for measure in measures:
        if measure.size <= measure.ceiling:
            continue
        leave = limits.get((measure.rule, measure.where))
        used.add((measure.rule, measure.where))
        if leave is None or measure.size > leave.limit:
            most = measure.ceiling if leave is None else leave.limit
            found.append(f"{measure.where} (line {measure.line}): {measure.rule}: {measure.size} > {most}")
    return found + [f"{where}: {rule}: the exemption is not needed any more" for rule, where in limits.keys() - used]
