"""Reads a CSV file whole, and says in one sentence what is wrong with it before anything is sent."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kentongan.stack.errors import StackError

_LONGEST_FIELD = 1_000_000


class FileIsBad(StackError):
    """The file cannot be loaded; nothing of it was filed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One record of the file and where it begins, so that people find it."""

    number: int
    fields: Mapping[str, str]

    def text(self, column: str) -> str:
        """Return a field without the blanks around it."""
        return self.fields[column].strip()

    def moment(self, column: str) -> datetime:
        """Read a time with its zone."""
        try:
            moment = datetime.fromisoformat(self.text(column))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise FileIsBad(
                f"Record {self.number}: column {column} is no time with a zone, such as 2022-01-21T09:36:00Z. "
                "Nothing was filed."
            )
        if moment > datetime.now(UTC):
            raise FileIsBad(f"Record {self.number}: column {column} lies in the future. Nothing was filed.")
        return moment


def read(path: Path, columns: Iterable[str], unique: str) -> list[Row]:
    """Read every record; raises FileIsBad when the file is not what the profile describes."""
    text = _decode(path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    csv.field_size_limit(_LONGEST_FIELD)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, list(columns))
        rows = [_row(path, header, number, fields) for number, fields in enumerate(reader, start=1) if fields]
    except csv.Error as error:
        raise FileIsBad(f"{path} is no CSV file ({error}, line {reader.line_num}). Nothing was filed.") from None
    if not rows:
        raise FileIsBad(f"{path} has a header and no records, so there is nothing to file.")
    _check_unique(path, rows, unique)
    return rows


def _decode(path: Path) -> str:
    try:
        # Spreadsheets put a byte order mark first; it is no part of the first column's name.
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise FileIsBad(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise FileIsBad(f"{path} is a folder; give the CSV file in it.") from None
    except OSError as error:
        raise FileIsBad(f"{path} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError as error:
        raise FileIsBad(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8. Nothing was filed.") from None


def _check_header(path: Path, header: list[str], columns: list[str]) -> None:
    missing = [column for column in columns if column not in header]
    if not missing:
        return
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        raise FileIsBad(f"{path} does not separate its columns with commas: save it as comma-separated CSV.")
    found = ", ".join(header[:20]) or "none"
    raise FileIsBad(
        f"{path} lacks the columns {', '.join(missing)}; its first line names: {found}. "
        "Is --profile the right one? Nothing was filed."
    )


def _row(path: Path, header: list[str], number: int, fields: list[str]) -> Row:
    if len(fields) != len(header):
        raise FileIsBad(
            f"Record {number} of {path} has {len(fields)} fields instead of {len(header)}: "
            "a comma or a quotation mark in a text is not quoted. Nothing was filed."
        )
    return Row(number, dict(zip(header, fields, strict=True)))


def _check_unique(path: Path, rows: list[Row], column: str) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        value = row.text(column)
        if not value:
            raise FileIsBad(f"Record {row.number} of {path} has no {column}. Nothing was filed.")
        if value in seen:
            raise FileIsBad(
                f"Records {seen[value]} and {row.number} of {path} have the same {column}. Nothing was filed."
            )
        seen[value] = row.number
