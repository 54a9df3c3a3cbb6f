"""One JSON object a line: {"topic", "payload"} as captured from a broker, or {"kind", "sensor_id", "time", "values"}.

A payload may be a list of messages. `time` is RFC 3339 with offset or Unix seconds or milliseconds; a captured
line may carry it as `tst` instead. What else stands in a message is published as it is; the hub judges it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO, cast

import msgspec

from cityhub.errors import FileError
from cityhub.kinds import KINDS, KindName
from cityhub.observing import topics
from simulators.replay.record import Problem, Record, Row

_MILLISECONDS_FROM = 1e11


class _Unusable(Exception):
    """Why a line cannot be published; becomes a Problem of the line."""

    def __init__(self, column: str | None, reason: str, value: object = "") -> None:
        super().__init__(reason)
        self.column, self.reason, self.value = column, reason, str(value)


def read(text: TextIO, file: str) -> Iterator[Row]:
    """The records of each line. FileError when already the first line is no JSON object."""
    first = True
    for row, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            records = tuple(_records(line))
        except _Unusable as exc:
            if first and exc.column is None:
                raise FileError(file, f"is no JSON-lines file: {exc.reason}", row) from None
            yield Row(row, problems=(Problem(row, exc.column, exc.reason, exc.value),))
        else:
            yield Row(row, records)
        first = False
    if first:
        raise FileError(file, "is empty")


def _records(line: str) -> Iterator[Record]:
    try:
        document = msgspec.json.decode(line)
    except msgspec.DecodeError as exc:
        raise _Unusable(None, f"is not JSON: {exc}") from None
    if not isinstance(document, dict):
        raise _Unusable(None, "is not a JSON object")
    if "topic" in document:
        kind, sensor_id = _address(document["topic"])
        payload = document.get("payload")
        for body in payload if isinstance(payload, list) else [payload]:
            yield _record(kind, sensor_id, body, document.get("tst"))
        return
    body = {name: value for name, value in document.items() if name not in ("kind", "sensor_id")}
    if document.get("kind") not in KINDS:
        raise _Unusable("kind", f"is not one of {', '.join(KINDS)}", document.get("kind"))
    yield _record(document["kind"], document.get("sensor_id"), body, None)


def _address(topic: object) -> tuple[KindName, str]:
    address = topics.parse(topic.split("/")[0], topic) if isinstance(topic, str) else None
    if address is None or address.channel != "telemetry" or address.property is not None:
        raise _Unusable("topic", "is not {prefix}/{kind}/{sensor_id}/telemetry", topic)
    return address.kind, address.sensor_id


def _record(kind: KindName, sensor_id: object, body: object, captured: object) -> Record:
    if not isinstance(sensor_id, str) or not topics.SENSOR_ID.fullmatch(sensor_id):
        raise _Unusable("sensor_id", "is not a sensor id: a-z, 0-9 and hyphens, 3 to 64 long", sensor_id)
    if not isinstance(body, dict):
        raise _Unusable("payload", "is not an object", body)
    message = cast(Mapping[str, Any], body)
    values = message.get("values", {})
    if not isinstance(values, dict):
        raise _Unusable("values", "is not an object", values)
    extra = {name: value for name, value in message.items() if name not in ("time", "values")}
    return Record(sensor_id, sensor_id, kind, _time(message.get("time", captured)), values, extra)


def _time(written: object) -> datetime:
    try:
        if isinstance(written, str):
            time = datetime.fromisoformat(written)
            if time.tzinfo is not None:
                return time
        elif isinstance(written, int | float) and not isinstance(written, bool):
            return datetime.fromtimestamp(
                written / 1000 if abs(written) >= _MILLISECONDS_FROM else written, UTC
            )
    except (ValueError, OverflowError, OSError):
        pass
    raise _Unusable("time", "is no time with an offset", "" if written is None else written)
