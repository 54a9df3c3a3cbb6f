"""Birmingham's car parks (UCI 482): code, capacity, cars, time; without a header, or with the one UCI gives it.

Times are local (Europe/London). Negative counts, counts over capacity and repeated rows are published as they are:
telling them from good ones is the hub's work.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from cityhub.errors import FileError
from simulators.replay.files import rows
from simulators.replay.record import Problem, Record, Row, slug

_COLUMNS = ("code", "capacity", "occupancy", "time")
_HEADER = ["SystemCodeNumber", "Capacity", "Occupancy", "LastUpdated"]


def read(text: TextIO, file: str) -> Iterator[Row]:
    """One record a row, kind parking, property occupied_count. FileError when the first row does not fit."""
    london = ZoneInfo("Europe/London")
    first = True
    for row, cells in rows(text):
        if first and cells == _HEADER:
            continue
        result = cells if isinstance(cells, Problem) else _record(row, cells, london)
        if first and isinstance(result, Problem):
            raise FileError(
                file, f"is no Birmingham parking file: {result.reason}", result.row, result.column
            )
        first = False
        if isinstance(result, Problem):
            yield Row(row, problems=(result,))
        else:
            yield Row(row, (result,))
    if first:
        raise FileError(file, "is empty")


def _record(row: int, cells: list[str], london: ZoneInfo) -> Record | Problem:
    if len(cells) != len(_COLUMNS):
        return Problem(row, None, f"has {len(cells)} cells, not code, capacity, occupancy, time")
    code, capacity, occupancy, written = (cell.strip() for cell in cells)
    if not slug(code):
        return Problem(row, "code", "names no car park", code)
    for column, text in (("capacity", capacity), ("occupancy", occupancy)):
        if _whole(text) is None:
            return Problem(row, column, "is not a whole number", text)
    try:
        naive = datetime.fromisoformat(written)
    except ValueError:
        return Problem(row, "time", "is no time like 2016-10-04 07:59:42", written)
    time = naive
    if naive.tzinfo is None:
        time = naive.replace(tzinfo=london)
        if time.astimezone(UTC).astimezone(london).replace(tzinfo=None) != naive:
            return Problem(row, "time", "does not exist: the clock went forward then", written)
    values = {"occupied_count": _whole(occupancy)}
    return Record(code, f"bhm-{slug(code)}", "parking", time, values)


def _whole(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
