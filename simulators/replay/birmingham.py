"""Birmingham's car parks (UCI 482): code, capacity, cars, time; without a header, or with the one UCI gives it.

Times are local (Europe/London). Negative counts, counts over capacity and repeated rows are published as they are:
telling them from good ones is the hub's work.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import TextIO
from zoneinfo import ZoneInfo

from cityhub.errors import FileError
from simulators.replay.files import other_separator, rows
from simulators.replay.record import Problem, Record, Row, slug

_COLUMNS = ("code", "capacity", "occupancy", "time")
_HEADER = ["SystemCodeNumber", "Capacity", "Occupancy", "LastUpdated"]


def read(text: TextIO, file: str) -> Iterator[Row]:
    """One record a row, kind parking, property occupied_count. FileError when the first row does not fit."""
    clock = _Clock()
    first = True
    for row, cells in rows(text):
        if first and cells == _HEADER:
            continue
        result = cells if isinstance(cells, Problem) else _record(row, cells, clock)
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


class _Clock:
    """The clocks of London, which go through one hour twice in autumn: by its rows a car park tells which it is."""

    def __init__(self) -> None:
        self._london = ZoneInfo("Europe/London")
        # By car park and night: the last local time and count of the hour that comes twice, and which of them it was.
        self._last: dict[tuple[str, date], tuple[datetime, int, int]] = {}

    def time(self, code: str, local: datetime, count: int) -> datetime | None:
        """The moment (aware) at which the clock showed `local` (naive); None when it never did.

        Where it did twice, a row that is earlier than the one before it, or another one for the same time, is of the
        second time. The same row again is a repetition.
        """
        time = local.replace(tzinfo=self._london)
        if time.astimezone(UTC).astimezone(self._london).replace(tzinfo=None) != local:
            return None
        if time.utcoffset() == time.replace(fold=1).utcoffset():
            return time
        night = code, local.date()
        before = self._last.get(night)
        fold = 0
        if before is not None:
            last, last_count, fold = before
            fold = fold or int(local < last or (local == last and count != last_count))
        self._last[night] = local, count, fold
        return time.replace(fold=fold)


def _record(row: int, cells: list[str], clock: _Clock) -> Record | Problem:
    if len(cells) != len(_COLUMNS):
        reason = other_separator(cells) or f"has {len(cells)} cells, not code, capacity, occupancy, time"
        return Problem(row, None, reason)
    code, capacity, occupancy, written = (cell.strip() for cell in cells)
    if not slug(code):
        return Problem(row, "code", "names no car park", code)
    cars = _whole(occupancy)
    if cars is None:
        return Problem(row, "occupancy", "is not a whole number", occupancy)
    if _whole(capacity) is None:
        return Problem(row, "capacity", "is not a whole number", capacity)
    try:
        naive = datetime.fromisoformat(written)
    except ValueError:
        return Problem(row, "time", "is no time like 2016-10-04 07:59:42", written)
    time = clock.time(code, naive, cars) if naive.tzinfo is None else naive
    if time is None:
        return Problem(row, "time", "does not exist: the clock went forward then", written)
    return Record(code, f"bhm-{slug(code)}", "parking", time, {"occupied_count": cars})


def _whole(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
