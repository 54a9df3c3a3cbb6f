"""A table as people send it, CSV or XLSX: rows of texts with their numbers. Bounded before it is read."""

import csv
import io
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any, NamedTuple

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5_000
_MOST_COLUMNS = 60
_LONGEST_CELL = 1_000
# Letters of all cells, which a page shows and its form brings back: nine bytes each of Vietnamese ones, of 8 MiB.
_MOST_LETTERS = 800_000
# What a workbook holds unpacked, and in how many files: a table of some thousand rows has a megabyte.
_MOST_UNPACKED = 32 * 1024 * 1024
_MOST_PARTS = 500
_SEPARATORS = (";", "\t", ",")
_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class BadSheet(ValueError):
    """The file cannot be read; the text is a code that has words."""


class Row(NamedTuple):
    """A row that is not empty: its number in the file, from 1, and its cells."""

    number: int
    cells: tuple[str, ...]


def rows_of(content: bytes) -> list[Row]:
    """The rows of a CSV or XLSX file, told apart by how it begins. Raises BadSheet."""
    if len(content) > MOST_BYTES:
        raise BadSheet("too_large")
    if content.startswith(_OLD_EXCEL):
        raise BadSheet("old_excel")
    found = _workbook(content) if content.startswith(_ZIP) else _text(content)
    rows, letters = [], 0
    for number, given in enumerate(found, start=1):
        cells = tuple(_cell(value) for value in islice(given, _MOST_COLUMNS))
        if any(cells):
            rows.append(Row(number, cells))
            letters += sum(map(len, cells))
        if letters > _MOST_LETTERS:
            raise BadSheet("too_large")
        if len(rows) > MOST_ROWS or number > 10 * MOST_ROWS:
            raise BadSheet("too_many_rows")
    if not rows:
        raise BadSheet("empty")
    return rows


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.12g}"
    text = value.isoformat() if isinstance(value, date) else str(value)
    return unicodedata.normalize("NFC", text[:_LONGEST_CELL]).strip().strip("\N{ZERO WIDTH NO-BREAK SPACE}")


def _workbook(content: bytes) -> Iterator[Iterable[Any]]:
    """The rows of the sheet that is shown first; formulas by the values that were last computed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise BadSheet("no_workbook") from None
    # A part is unpacked as far as it says, and no further.
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
        raise BadSheet("too_large")
    import openpyxl  # noqa: PLC0415 - only for lists

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(
                io.BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            try:
                sheet = book.worksheets[0]
                # What it says of its own size need not be so.
                sheet.reset_dimensions()
                yield from sheet.iter_rows(max_col=_MOST_COLUMNS, values_only=True)
            finally:
                book.close()
    except Exception as exc:
        # A file of anybody's: the library has no error of its own for what it cannot read.
        raise BadSheet("no_workbook") from exc


def _text(content: bytes) -> Iterator[list[str]]:
    text = _decoded(content)
    head = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=head.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error:
        raise BadSheet("no_csv") from None


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 with its mark, UTF-8 without, else what Vietnamese programs wrote before."""
    from cityhub.catalogue.boundaries.encodings import UnreadableText, decode  # noqa: PLC0415

    marked = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = content.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        if marked:
            raise BadSheet("letters") from None
        try:
            [text] = decode([content]).texts
        except UnreadableText:
            raise BadSheet("letters") from None
    if "\0" in text:
        raise BadSheet("letters")
    return text
