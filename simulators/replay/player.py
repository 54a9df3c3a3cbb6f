"""Plays a file: reads it as a stream, decides topic and time of each message, publishes, and sums up."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from cityhub.config import Settings
from cityhub.errors import FileError
from cityhub.observing import topics
from cityhub.observing.payloads.mapping_fields import Fields
from cityhub.stopping import stop_on_signals
from simulators.progress import Display
from simulators.publish import Publisher
from simulators.replay.files import opened
from simulators.replay.formats import Reader
from simulators.replay.paced import ByTime, Outgoing
from simulators.replay.record import Captured, Problem, Record, Row
from simulators.replay.tally import Replayed, Tally
from simulators.replay.target import Target
from simulators.replay.times import Message
from simulators.report import encode

Mappings = Mapping[str, Fields]

_STATUS_KEPT = "a status that the broker had kept from before the recording"
_TIMELESS_KEPT = (
    "a message without a time that the broker had kept from before the recording: nobody knows how old it is"
)
_NOT_OURS = "is not {prefix}/{kind}/{sensor_id}/telemetry, .../telemetry/{property} or .../status"


class Line(Protocol):
    """The part of a Publisher that a replay needs."""

    def publish(self, topic: str, payload: bytes) -> None: ...

    def wait(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Replay:
    """A file that was looked at and can be published. `messages` may be asked for again and gives the same."""

    settings: Settings
    path: Path
    reader: Reader
    goal: Target
    speed: float | None
    shift: timedelta
    mappings: Mappings

    def messages(self, tally: Tally | None = None) -> Iterator[Outgoing]:
        """What is to be published, in the order of the file. Raises FileError."""
        tally = Tally(str(self.path), silent=True) if tally is None else tally
        with opened(self.path) as (text, _):
            yield from self._messages(self.reader(text, str(self.path)), tally)

    def publish(self) -> Replayed:
        """Publish all of it, until SIGINT or SIGTERM; raises FileError, SettingsError and ServiceError (the broker is
        away or did not take every message).
        """
        started, tally = time.monotonic(), Tally(str(self.path))
        with (
            stop_on_signals() as stopping,
            Publisher(self.settings, stopped=stopping.is_set) as publisher,
            opened(self.path) as (text, position),
        ):
            messages = self._messages(self.reader(text, str(self.path)), tally)
            try:
                if self.speed:
                    play_paced(messages, self.speed, publisher, stopping.is_set)
                else:
                    size = self.path.stat().st_size
                    play_fast(messages, tally, publisher, stopping.is_set, position, size)
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
                left_out=dict(tally.left_out),
                stopped=stopping.is_set(),
            )

    def _messages(self, rows: Iterable[Row], tally: Tally) -> Iterator[Outgoing]:
        last = 0.0
        for row in rows:
            tally.row(row)
            for record in row.records:
                if isinstance(record, Record):
                    outgoing: Outgoing | None = self._measured(record)
                else:
                    outgoing = self._captured(record, row.number, tally, last)
                if outgoing is not None:
                    last = outgoing.t
                    yield outgoing

    def _measured(self, record: Record) -> Outgoing:
        moment = record.time + self.shift
        topic = topics.telemetry(self.settings.topic_prefix, record.kind, self.goal.sensor(record))
        values = {} if record.values is None else {"values": record.values}
        # The mark, because the sensor that it is published as may not have been there at the time.
        body = {**record.extra, "time": moment.isoformat(), **values, "replay": True}
        return Outgoing(moment.timestamp(), topic, encode(body))

    def _captured(self, record: Captured, row: int, tally: Tally, last: float) -> Outgoing | None:
        """The message as it was recorded, with only those times changed that have to be."""
        prefix = self.settings.topic_prefix
        recorded_at = record.recorded_at
        t = last if recorded_at is None else (recorded_at + self.shift).timestamp()
        if record.address is None:
            if record.topic.startswith(f"{prefix}/"):
                return Outgoing(t, record.topic, record.payload)
            tally.problem(Problem(row, "topic", _NOT_OURS, record.topic))
            return None
        sensor_id = self.goal.sensor(record)
        message = Message(record.payload, record.address, self.mappings.get(sensor_id))
        if record.kept and record.address.channel == "status":
            tally.left_out[_STATUS_KEPT] += 1
            return None
        if record.kept and message.is_timeless():
            tally.left_out[_TIMELESS_KEPT] += 1
            return None
        if recorded_at is None and (times := message.times()):
            t = (times[0] + self.shift).timestamp()
        address = record.address
        topic = f"{prefix}/{address.kind}/{sensor_id}/{address.channel}"
        if address.property is not None:
            topic += f"/{address.property}"
        return Outgoing(t, topic, message.dated(recorded_at, self.shift))


def play_fast(
    messages: Iterable[Outgoing],
    tally: Tally,
    line: Line,
    stopped: Callable[[], bool],
    position: Callable[[], int],
    size: int,
) -> None:
    """Publish in the order of the file; progress is how much of it was read."""
    began = time.monotonic()
    with Display("replay", size) as display:
        for count, message in enumerate(messages, start=1):
            line.publish(message.topic, message.payload)
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
            line.publish(message.topic, message.payload)
            display.show(
                count, f"{count} messages, {datetime.fromtimestamp(message.t, UTC):%Y-%m-%d %H:%M} UTC"
            )
        display.finish("done")
