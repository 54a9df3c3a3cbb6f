"""Opens the files to replay: plain or gzip text, read as a stream, every failure a FileError."""

import codecs
import csv
import gzip
import io
import os
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO
from zoneinfo import ZoneInfoNotFoundError

from cityhub.errors import FileError
from simulators.replay.record import Problem

_GZIP_MAGIC = b"\x1f\x8b"
_ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
}
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_TIME_ZONES_MISSING = "needs time zone data, which this system lacks; install tzdata"


class NotUtf8(Exception):
    """A line that is no UTF-8."""


@contextmanager
def opened(path: Path) -> Iterator[tuple[TextIO, Callable[[], int]]]:
    """The text of `path` (unpacked when it is gzip) and how many of its bytes on disk were read so far.

    The text is UTF-8, or UTF-16 when it begins with that byte order mark. Bytes that are no UTF-8 come as lone
    surrogates (Python's surrogateescape).
    """
    with failures_named(path), _file(path) as raw:
        begin = raw.read(6)
        raw.seek(0)
        for magic, name in _ARCHIVES.items():
            if begin.startswith(magic):
                raise FileError(str(path), f"is packed as {name}; unpack it first")
        whole = io.BufferedReader(_AsItWas(raw))
        source = gzip.GzipFile(fileobj=whole) if begin.startswith(_GZIP_MAGIC) else whole
        wide = begin.startswith(_UTF_16)
        encoding, errors = ("utf-16", "replace") if wide else ("utf-8-sig", "surrogateescape")
        with io.TextIOWrapper(source, encoding, errors, newline="") as text:
            yield text, raw.tell


class _AsItWas(io.RawIOBase):
    """A file up to the size that it had when it was opened: a recording may go on meanwhile, perhaps of this replay."""

    def __init__(self, file: io.FileIO) -> None:
        self._file, self._left = file, os.fstat(file.fileno()).st_size

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """As of any raw stream."""
        found = self._file.read(min(len(buffer), self._left)) or b""
        self._left -= len(found)
        buffer[: len(found)] = found
        return len(found)


def _file(path: Path) -> io.FileIO:
    try:
        # Looked at first: to open a pipe waits for who writes to it.
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise FileError(str(path), "is a pipe or a device, which cannot be read twice; save it as a file")
        return path.open("rb", buffering=0)
    except FileNotFoundError:
        raise FileError(str(path), "does not exist") from None
    except IsADirectoryError:
        raise FileError(str(path), "is a folder, not a file") from None
    except PermissionError:
        raise FileError(str(path), "may not be read by this user") from None
    except OSError as exc:
        raise FileError(str(path), f"cannot be opened: {exc.strerror}") from exc


@contextmanager
def failures_named(path: Path) -> Iterator[None]:
    """Turns what reading a file can raise into FileError."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as exc:
        raise FileError(str(path), f"is damaged gzip: {exc}") from exc
    except NotUtf8:
        raise FileError(str(path), "is not UTF-8 text; save it as UTF-8") from None
    except ZoneInfoNotFoundError as exc:
        raise FileError(str(path), _TIME_ZONES_MISSING) from exc


def content(path: Path) -> bytes:
    """All of a small file; FileError when it cannot be read."""
    with _file(path) as file:
        return file.read()


def rows(text: TextIO) -> Iterator[tuple[int, list[str] | Problem]]:
    """The rows of a CSV text with their numbers from 1.

    A row that is no CSV comes as its Problem; blank rows are left out.
    """
    reader = csv.reader(_utf_8(text))
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


def _utf_8(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        try:
            line.encode()
        except UnicodeEncodeError:
            raise NotUtf8 from None
        yield line


def other_separator(cells: list[str]) -> str | None:
    """What is wrong with a row that was never parted, when another sign than the comma stands in it."""
    mark = next((mark for mark in ";\t|" if len(cells) == 1 and mark in cells[0]), None)
    return None if mark is None else f"its columns are parted by {mark!r}, not by commas"


class Header:
    """The columns of a file with a header; `cell(row, name)` finds a cell by its name."""

    def __init__(self, file: str, names: list[str]) -> None:
        self.file = file
        self.names = [name.strip() for name in names]
        self._place = {name: place for place, name in enumerate(self.names)}

    def require(self, columns: tuple[str, ...], format_name: str) -> None:
        """FileError naming the first of `columns` that the file does not have."""
        for column in columns:
            if column in self._place:
                continue
            reason = other_separator(self.names) or f"it has no column {column!r}"
            raise FileError(self.file, f"is no {format_name} file: {reason}")

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
