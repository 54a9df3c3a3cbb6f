"""One JSON object a line: a message as it was recorded, or {"kind", "sensor_id", "time", "values"}.

A recorded message has a `topic` and a `payload` (simulators.replay.capture), and is published as it was. In a line of
the second kind `time` is RFC 3339 with offset or Unix seconds or milliseconds; what else stands there goes along.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TextIO, cast

import msgspec

from cityhub.errors import FileError
from cityhub.kinds import KINDS, KindName
from cityhub.observing import topics
from cityhub.observing.json_values import moment
from simulators.replay import capture
from simulators.replay.capture import Unusable
from simulators.replay.record import Captured, Problem, Record, Row

_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
# mosquitto_sub's word in the place of a message, when both of its outputs go into one file.
_NOT_RECORDED = "Error: Message payload is not valid JSON"


def read(text: TextIO, file: str) -> Iterator[Row]:
    """The messages of each line. FileError when nothing is in the file, or already the first line is no object."""
    first = True
    for row, line in enumerate(text, start=1):
        if not line.strip():
            continue
        try:
            records = (_message(line),)
        except Unusable as exc:
            if first and exc.column is None and not line.startswith(_NOT_RECORDED):
                reason = f"is no JSON-lines file, such as `mosquitto_sub -F %j` writes: {exc.reason}"
                raise FileError(file, reason, row) from None
            yield Row(row, problems=(Problem(row, exc.column, exc.reason, exc.value),))
        else:
            yield Row(row, records)
        first = False
    if first:
        raise FileError(file, "is empty")


def _message(line: str) -> Record | Captured:
    if line.startswith(_NOT_RECORDED):
        raise Unusable(None, "this message was not recorded, because %J records JSON only; record with %j")
    try:
        fields = _fields(line.encode("utf-8", "surrogateescape"))
    except msgspec.ValidationError:
        raise Unusable(None, "is not a JSON object") from None
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise Unusable(None, f"is not JSON: {exc}") from None
    return capture.message(fields) if "topic" in fields else _record(fields)


def _record(fields: capture.Fields) -> Record:
    message: Mapping[str, Any] = {name: capture.value(fields, name) for name in fields}
    kind, sensor_id, values = message.get("kind"), message.get("sensor_id"), message.get("values")
    if kind not in KINDS:
        raise Unusable("kind", f"is not one of {', '.join(KINDS)}", kind)
    if not isinstance(sensor_id, str) or not topics.SENSOR_ID.fullmatch(sensor_id):
        raise Unusable("sensor_id", "is not a sensor id: a-z, 0-9 and hyphens, 3 to 64 long", sensor_id)
    if values is not None and not isinstance(values, dict):
        raise Unusable("values", "is not an object", values)
    extra = {
        name: value for name, value in message.items() if name not in ("kind", "sensor_id", "time", "values")
    }
    return Record(sensor_id, sensor_id, cast(KindName, kind), _time(message.get("time")), values, extra)


def _time(written: Any) -> datetime:
    try:
        return moment(written)
    except ValueError:
        raise Unusable("time", "is no time with an offset", "" if written is None else written) from None
