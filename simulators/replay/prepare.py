"""Looks at a file before it is published: what it has series of, and how far its times have to be moved."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cityhub.config import Settings
from cityhub.errors import InvalidInput
from simulators.replay.files import opened
from simulators.replay.formats import FORMATS, Reader
from simulators.replay.player import Mappings, Replay
from simulators.replay.record import Captured, Record
from simulators.replay.target import Target, target
from simulators.replay.times import Message


def prepare(
    settings: Settings,
    *,
    file: Path | str,
    format: str,
    to: str | None = None,
    speed: float | None = None,
    shift_to_now: bool = False,
    mappings: Mappings | None = None,
) -> Replay:
    """Look at `file` (plain or gzip). `speed`: times real time, in the order of time (None or 0: as fast as possible,
    in the order of the file). `shift_to_now`: all times moved so that the newest is now. `mappings`: of sensors that
    have names of their own for things, so that their times are found.

    Raises FileError and InvalidInput.
    """
    path = Path(file)
    if format not in FORMATS:
        raise InvalidInput("format", f"{format!r} is not one of {', '.join(FORMATS)}")
    if speed is not None and not 0 <= speed < 1e9:
        raise InvalidInput("speed", "must be 0 (as fast as possible) or a positive number")
    reader, goal, known = FORMATS[format], target(to), mappings or {}
    shift = timedelta(0)
    if shift_to_now or goal.everything or goal.by_key:
        series, newest = survey(path, reader, known)
        _check_series(goal, series)
        if shift_to_now and newest is not None:
            shift = datetime.now(UTC) - newest
    return Replay(settings, path, reader, goal, speed, shift, known)


def survey(path: Path, reader: Reader, mappings: Mappings) -> tuple[set[str], datetime | None]:
    """The names of the series in the file and its newest time (None when it has no usable row)."""
    series: set[str] = set()
    newest: datetime | None = None
    with opened(path) as (text, _):
        for row in reader(text, str(path)):
            for record in row.records:
                if isinstance(record, Captured) and record.address is None:
                    continue
                series.add(record.key)
                times = [record.time] if isinstance(record, Record) else _times(record, mappings)
                newest = max([*times, newest] if newest is not None else times, default=None)
    return series, newest


def _times(record: Captured, mappings: Mappings) -> list[datetime]:
    if record.address is None:
        return []
    message = Message(record.payload, record.address, mappings.get(record.sensor_id))
    if record.recorded_at is None or not message.is_timeless():
        return message.times()
    return [*message.times(), record.recorded_at]


def _check_series(goal: Target, series: set[str]) -> None:
    if goal.everything is not None and len(series) > 1:
        some = ", ".join(sorted(series)[:3])
        raise InvalidInput("to", f"the file has {len(series)} series ({some}, ...); give KEY=sensor for each")
    strange = sorted(goal.by_key.keys() - series)
    if strange:
        raise InvalidInput(
            "to", f"the file has no series {strange[0]!r}, but {', '.join(sorted(series)[:5])}"
        )
