"""Where one stack keeps its things: everything under one data folder."""

from dataclasses import dataclass
from pathlib import Path

from kentongan.stack.errors import StackError

DEFAULT = Path(".kentongan")


@dataclass(frozen=True)
class Layout:
    """The files and folders of one stack."""

    root: Path

    @property
    def logs(self) -> Path:
        """Each part's output, one file each."""
        return self.root / "logs"

    @property
    def kafka(self) -> Path:
        """The broker's data."""
        return self.root / "kafka"

    @property
    def postgres(self) -> Path:
        """The database server's data."""
        return self.root / "postgres"

    @property
    def mailbox(self) -> Path:
        """Messages the built-in mailbox received."""
        return self.root / "mailbox"

    @property
    def secrets(self) -> Path:
        """Passwords and keys, made once."""
        return self.root / "secrets.json"

    @property
    def state(self) -> Path:
        """What runs now, for the other commands."""
        return self.root / "state.json"

    @property
    def lock(self) -> Path:
        """Held by the one `up` that runs on this data."""
        return self.root / "lock"

    @property
    def demo_done(self) -> Path:
        """Present once the demo data are in."""
        return self.root / "demo.done"

    @property
    def seeded(self) -> Path:
        """Names the seed that was sown."""
        return self.root / "seeded"

    @property
    def demo_anchor(self) -> Path:
        """Keeps when the made-up story ends, so that it is told the same way again."""
        return self.root / "demo.anchor"

    def log(self, name: str) -> Path:
        """Return the log file of one part."""
        return self.logs / f"{name}.log"

    def make(self) -> None:
        """Make the folders; others may pass through (PostgreSQL's account must), and list or read nothing."""
        try:
            for folder, mode in ((self.root, 0o711), (self.logs, 0o700), (self.mailbox, 0o700)):
                folder.mkdir(parents=True, exist_ok=True)
                folder.chmod(mode)
        except OSError as error:
            raise StackError(
                f"{error.filename or self.root} cannot be used for data ({error.strerror}): "
                "run as the user who owns it, or give another folder with --data."
            ) from error


def open_layout(data: Path) -> Layout:
    """Return the layout under this folder, as an absolute path."""
    return Layout(data.expanduser().resolve())
