"""Plays a file: reads it as a stream, decides topic and time of each record, publishes, and sums up."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cityhub.config import Settings
from cityhub.errors import FileError, InvalidInput
from cityhub.observing import topics
from cityhub.stopping import stop_on_signals
from simulators.progress import Display
from simulators.publish import Publisher
from simulators.replay.files import opened
from simulators.replay.formats import FORMATS, Reader
from simulators.replay.paced import ByTime, Outgoing
from simulators.replay.record import Problem, Record, Row
from simulators.replay.target import Target, target
from simulators.report import encode

# Problems told one by one; after that they are only counted.
_TOLD = 20


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did. `repeated`: messages with the time of the one before in their series, also published."""

    rows: int
    published: int
    acknowledged: int
    refused: int
    repeated: int
    problems: Mapping[str, int]
    seconds: float

    def lines(self) -> list[str]:
        """The summary as it is printed."""
        found = [
            f"{self.rows} rows read in {self.seconds:.1f} s, {self.published} messages published,"
            f" {self.acknowledged} acknowledged, {self.refused} refused"
        ]
        if self.repeated:
            found.append(
                f"{self.repeated} messages repeat the time of the one before; the hub keeps the first"
            )
        found.extend(f"skipped {count}: {reason}" for reason, count in sorted(self.problems.items()))
        return found


@dataclass(slots=True)
class _Tally:
    """Counts while the file is read, and tells problems as they come."""

    file: str
    rows: int = 0
    repeated: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    told: int = 0
    last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def row(self, row: Row) -> None:
        self.rows += 1
        for problem in row.problems:
            self.problem(problem)
        for record in row.records:
            series = (record.kind, record.key)
            self.repeated += self.last.get(series) == record.time
            self.last[series] = record.time

    def problem(self, problem: Problem) -> None:
        column = "" if problem.column is None else f"column {problem.column!r} "
        self.problems[column + problem.reason] += 1
        self.told += 1
        if self.told <= _TOLD:
            print(f"{self.file}, {problem}: skipped", file=sys.stderr)
        elif self.told == _TOLD + 1:
            print(f"{self.file}: more problems follow, they are only counted", file=sys.stderr)


class Line(Protocol):
    """The part of a Publisher that a replay needs."""

    def publish(self, topic: str, payload: bytes) -> None: ...

    def wait(self, seconds: float) -> None: ...


def run(
    settings: Settings,
    *,
    file: Path | str,
    format: str,
    to: str | None = None,
    speed: float | None = None,
    shift_to_now: bool = False,
) -> Replayed:
    """Publish `file` (plain or gzip). `speed`: times real time, in the order of time (None or 0: as fast as possible,
    in the order of the file). `shift_to_now`: all times moved so that the newest is now.

    Raises FileError, InvalidInput, SettingsError and ServiceError (the broker is away or did not take every
    message). SIGINT and SIGTERM end it early.
    """
    path, started = Path(file), time.monotonic()
    if format not in FORMATS:
        raise InvalidInput("format", f"{format!r} is not one of {', '.join(FORMATS)}")
    if speed is not None and not 0 <= speed < 1e9:
        raise InvalidInput("speed", "must be 0 (as fast as possible) or a positive number")
    reader, goal = FORMATS[format], target(to)
    series, newest = survey(path, reader) if shift_to_now or goal.everything or goal.by_key else (set(), None)
    _check_series(goal, series)
    shift = datetime.now(UTC) - newest if shift_to_now and newest is not None else timedelta(0)
    tally = _Tally(str(path))
    with (
        stop_on_signals() as stopping,
        Publisher(settings, stopped=stopping.is_set) as publisher,
        opened(path) as (text, position),
    ):
        rows = reader(text, str(path))
        messages = _messages(rows, tally, goal, settings.topic_prefix, shift)
        try:
            if speed:
                play_paced(messages, speed, publisher, stopping.is_set)
            else:
                play_fast(messages, tally, publisher, stopping.is_set, position, path.stat().st_size)
        except FileError as exc:
            publisher.drain()
            if publisher.published == 0:
                raise
            problem = f"{exc.problem}; {publisher.acknowledged} messages were published before"
            raise FileError(exc.file, problem, exc.row, exc.column) from exc
        publisher.finish()
    return Replayed(
        rows=tally.rows,
        published=publisher.published,
        acknowledged=publisher.acknowledged,
        refused=publisher.refused,
        repeated=tally.repeated,
        problems=dict(tally.problems),
        seconds=time.monotonic() - started,
    )


def survey(path: Path, reader: Reader) -> tuple[set[str], datetime | None]:
    """The names of the series in the file and its newest time (None when it has no usable row)."""
    series: set[str] = set()
    newest: datetime | None = None
    with opened(path) as (text, _):
        for row in reader(text, str(path)):
            for record in row.records:
                series.add(record.key)
                if newest is None or record.time > newest:
                    newest = record.time
    return series, newest


def _check_series(goal: Target, series: set[str]) -> None:
    if goal.everything is not None and len(series) > 1:
        some = ", ".join(sorted(series)[:3])
        raise InvalidInput("to", f"the file has {len(series)} series ({some}, ...); give KEY=sensor for each")
    strange = sorted(goal.by_key.keys() - series)
    if strange:
        raise InvalidInput(
            "to", f"the file has no series {strange[0]!r}, but {', '.join(sorted(series)[:5])}"
        )


def _messages(
    rows: Iterable[Row], tally: _Tally, goal: Target, prefix: str, shift: timedelta
) -> Iterator[Outgoing]:
    for row in rows:
        tally.row(row)
        for record in row.records:
            yield _outgoing(record, goal, prefix, shift)


def _outgoing(record: Record, goal: Target, prefix: str, shift: timedelta) -> Outgoing:
    moment = record.time + shift
    topic = topics.telemetry(prefix, record.kind, goal.sensor(record))
    # The mark, because the sensor that it is published as may not have been there at the time.
    body = {**record.extra, "time": moment.isoformat(), "values": record.values, "replay": True}
    return Outgoing(moment.timestamp(), topic, encode(body).decode())


def play_fast(
    messages: Iterable[Outgoing],
    tally: _Tally,
    line: Line,
    stopped: Callable[[], bool],
    position: Callable[[], int],
    size: int,
) -> None:
    """Publish in the order of the file; progress is how much of it was read."""
    began = time.monotonic()
    with Display("replay", size) as display:
        for count, message in enumerate(messages, start=1):
            line.publish(message.topic, message.payload.encode())
            if count % 100 == 0:
                if stopped():
                    break
                rate = count / max(time.monotonic() - began, 1e-6)
                display.show(position(), f"{tally.rows} rows, {count} messages, {rate:.0f}/s")
        display.finish(f"{tally.rows} rows")


def play_paced(
    messages: Iterable[Outgoing],
    speed: float,
    line: Line,
    stopped: Callable[[], bool],
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Publish in the order of time, `speed` times as fast as things happened."""
    with ByTime(messages) as ordered, Display("replay", ordered.count) as display:
        began, first = now(), None
        for count, message in enumerate(ordered, start=1):
            first = message.t if first is None else first
            due = began + (message.t - first) / speed
            while (left := due - now()) > 0 and not stopped():
                line.wait(min(left, 1.0))
                display.show(count - 1, f"{count - 1} messages")
            if stopped():
                break
            line.publish(message.topic, message.payload.encode())
            display.show(
                count, f"{count} messages, {datetime.fromtimestamp(message.t, UTC):%Y-%m-%d %H:%M} UTC"
            )
        display.finish("done")
