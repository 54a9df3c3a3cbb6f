"""Opens the files to replay: plain or gzip text, read as a stream, every failure a FileError."""

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfoNotFoundError

from cityhub.errors import FileError
from simulators.replay.record import Problem

_GZIP_MAGIC = b"\x1f\x8b"
_TIME_ZONES_MISSING = "needs time zone data, which this system lacks; install tzdata"


@contextmanager
def opened(path: Path) -> Iterator[tuple[TextIO, Callable[[], int]]]:
    """The text of `path` (UTF-8, unpacked when it is gzip) and how many of its bytes on disk were read so far."""
    with failures_named(path), path.open("rb") as raw:
        packed = raw.read(2) == _GZIP_MAGIC
        raw.seek(0)
        source = gzip.GzipFile(fileobj=raw) if packed else raw
        with io.TextIOWrapper(source, encoding="utf-8-sig", newline="") as text:
            yield text, raw.tell


@contextmanager
def failures_named(path: Path) -> Iterator[None]:
    """Turns what reading a file can raise into FileError."""
    try:
        yield
    except FileNotFoundError:
        raise FileError(str(path), "does not exist") from None
    except IsADirectoryError:
        raise FileError(str(path), "is a folder, not a file") from None
    except PermissionError:
        raise FileError(str(path), "may not be read by this user") from None
    except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
        raise FileError(str(path), f"is damaged gzip: {exc}") from exc
    except UnicodeDecodeError as exc:
        raise FileError(str(path), f"is not UTF-8 text: {exc.reason} at byte {exc.start}") from exc
    except ZoneInfoNotFoundError as exc:
        raise FileError(str(path), _TIME_ZONES_MISSING) from exc


def rows(text: TextIO) -> Iterator[tuple[int, list[str] | Problem]]:
    """The rows of a CSV text with their numbers from 1.

    A row that is no CSV comes as its Problem; blank rows are left out.
    """
    reader = csv.reader(text)
    count = 0
    while True:
        count += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as exc:
            yield count, Problem(count, None, f"is no CSV: {exc}")
            continue
        if cells:
            yield count, cells


class Header:
    """The columns of a file with a header; `cell(row, name)` finds a cell by its name."""

    def __init__(self, file: str, names: list[str]) -> None:
        self.file = file
        self.names = [name.strip() for name in names]
        self._place = {name: place for place, name in enumerate(self.names)}

    def require(self, columns: tuple[str, ...], format_name: str) -> None:
        """FileError naming the first of `columns` that the file does not have."""
        for column in columns:
            if column not in self._place:
                raise FileError(self.file, f"is no {format_name} file: it has no column {column!r}")

    def cell(self, cells: list[str], column: str) -> str:
        """The stripped text of a cell."""
        return cells[self._place[column]].strip()

    def fits(self, number: int, cells: list[str]) -> Problem | None:
        """The problem of a row that has more or fewer cells than the header."""
        if len(cells) == len(self.names):
            return None
        return Problem(number, None, f"has {len(cells)} cells, the header {len(self.names)}")


def header(
    text: TextIO, file: str, format_name: str
) -> tuple[Header, Iterator[tuple[int, list[str] | Problem]]]:
    """The header of a CSV text and the rows below it; FileError for an empty file or one that is no CSV."""
    below = rows(text)
    first = next(below, None)
    if first is None:
        raise FileError(file, "is empty")
    if isinstance(first[1], Problem):
        raise FileError(file, f"is no {format_name} file: {first[1].reason}")
    return Header(file, first[1]), below
