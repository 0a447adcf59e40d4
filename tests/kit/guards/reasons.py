"""Every silenced warning says why, on its own line."""

import re
from collections.abc import Iterator
from pathlib import Path

from kit.guards.tree import sources
from kit.guards.words import SPEAK_OF_OFFENCES

SILENCED = re.compile(r"#\s*(?:ruff:\s*|flake8:\s*)?(?:noqa|type:\s*ignore|mypy:|pyright:|pragma:|nosec)")
RULE = r"[A-Z]+\d+(?:,\s*[A-Z]+\d+)*"
CODE = r"\[[a-z-]+(?:,\s*[a-z-]+)*\]"
WITH_REASON = re.compile(rf"#\s*(?:ruff:\s*)?noqa:\s*{RULE} - \S+ \S+|#\s*type:\s*ignore{CODE}\s+# (?!noqa)\S+ \S+")
"""`# noqa: RULE - why so` or `# type: ignore[code]  # why so`: at least two words, and never for all rules at once."""

IGNORE_LIST = re.compile(r'^(?:ignore|extend-ignore|module|ignore_imports|disable_error_code|"[^"]+")\s*=\s*\[')


def silent_ignores(root: Path) -> Iterator[str]:
    """Find suppressions in code, and entries of ignore lists in pyproject.toml, without a reason beside them."""
    for source in sources(root, ".py"):
        if not source.path.startswith(SPEAK_OF_OFFENCES):
            for number, line in enumerate(source.text.splitlines(), 1):
                if SILENCED.search(line) and not WITH_REASON.search(line):
                    yield source.at(number, f"no reason: {line.strip()[-80:]}")
    for source in sources(root, "pyproject.toml"):
        yield from (source.at(number, f"no reason: {entry}") for number, entry in _bare_entries(source.text))


def _bare_entries(text: str) -> Iterator[tuple[int, str]]:
    """List the lines of ignore lists that have no comment."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        opening = IGNORE_LIST.match(line)
        body = line[opening.end() :] if opening else line
        if (inside or opening) and '"' in body and "#" not in body:
            yield number, line.strip()
        inside = (inside or opening is not None) and "]" not in body.split("#")[0]
