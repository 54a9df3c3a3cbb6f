"""One MQTT message in, good observations and rejected parts out. Both are values; nothing here raises.

The common case is one pass of msgspec over the payload. Only what msgspec refuses is read a second time with
the standard library, which lets NaN and 1e999 through, so that the good values beside them can be kept.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from cityhub import topics
from cityhub.kinds import DEVICE_PROPERTIES, KINDS, Kind, KindName, ObservedProperty
from cityhub.quality import judge

Reason = Literal[
    "topic",
    "json",
    "schema",
    "time",
    "future",
    "unknown_sensor",
    "unknown_property",
    "not_a_number",
    "too_large",
    "refused",
]
REASONS: tuple[str, ...] = get_args(Reason)

FUTURE_TOLERANCE = timedelta(minutes=5)
# A device that reports an earlier time has not set its clock (1970 is the usual case).
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Unix times above this are milliseconds: in seconds it would be the year 5138.
_MILLISECONDS_FROM = 1e11
MAX_MESSAGES = 10_000
_DETAIL_LENGTH = 200


class Known(NamedTuple):
    """What the catalogue says of a sensor, as far as decoding needs it."""

    kind: KindName
    capacity: int | None


class Observation(NamedTuple):
    """One value in the property's unit. `time` is the phenomenon time; `quality` a bit set of cityhub.quality."""

    sensor_id: str
    property: str
    time: datetime
    value: float
    quality: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A message or a part of it that could not be used. `detail` is printable and at most 200 characters."""

    reason: Reason
    detail: str
    sensor_id: str | None = None


@dataclass(slots=True)
class Decoded:
    """What one message held."""

    kind: KindName | None = None
    observations: list[Observation] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def decode(
    prefix: str,
    topic: str,
    payload: bytes,
    received_at: datetime,
    sensors: Mapping[str, Known],
    max_bytes: int = 262_144,
) -> Decoded:
    """Decode one message (CONTRACT: MQTT). Never raises; what cannot be used is in `rejected` with its reason.

    `received_at` is aware and stands in for an absent time. A status message gives an empty result.
    """
    address = topics.parse(prefix, topic)
    if address is None:
        return Decoded(rejected=[Rejected("topic", _printable(topic))])
    decoded = Decoded(kind=address.kind)
    sensor_id = address.sensor_id
    if len(payload) > max_bytes:
        detail = f"{len(payload)} bytes, at most {max_bytes}"
        decoded.rejected.append(Rejected("too_large", detail, sensor_id))
        return decoded
    if address.channel == "status":
        return decoded
    try:
        document = _read_json(payload)
    except (ValueError, RecursionError) as exc:
        decoded.rejected.append(Rejected("json", _printable(str(exc)), sensor_id))
        return decoded
    sensor = sensors.get(sensor_id)
    if sensor is None or sensor.kind != address.kind:
        known_as = "" if sensor is None else f" (it is a {sensor.kind} sensor)"
        decoded.rejected.append(
            Rejected("unknown_sensor", f"{address.kind}/{sensor_id}{known_as}", sensor_id)
        )
        return decoded
    messages = document if isinstance(document, list) else [document]
    if len(messages) > MAX_MESSAGES:
        decoded.rejected.append(Rejected("schema", f"more than {MAX_MESSAGES} messages in a list", sensor_id))
        return decoded
    kind = KINDS[address.kind]
    for message in messages:
        _decode_message(decoded, kind, sensor_id, sensor.capacity, message, received_at)
    return decoded


def _read_json(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return json.loads(payload.decode())


def _decode_message(
    decoded: Decoded,
    kind: Kind,
    sensor_id: str,
    capacity: int | None,
    message: Any,
    received_at: datetime,
) -> None:
    reject = decoded.rejected.append
    if not isinstance(message, dict):
        reject(Rejected("schema", f"a message must be an object, not {_json_type(message)}", sensor_id))
        return
    values = message.get("values", {})
    if not isinstance(values, dict):
        reject(Rejected("schema", f"values must be an object, not {_json_type(values)}", sensor_id))
        return
    if "values" not in message and not any(name in message for name in DEVICE_PROPERTIES):
        reject(Rejected("schema", "no values in the message", sensor_id))
        return
    faults = _faults(message.get("fault"))
    if faults is None:
        reject(Rejected("schema", "fault must be true, false or a list of property names", sensor_id))
        return
    time = _time(message.get("time"), received_at)
    if isinstance(time, Rejected):
        reject(Rejected(time.reason, time.detail, sensor_id))
        return
    for name, value in values.items():
        observed = kind.properties.get(name)
        if observed is None:
            reject(Rejected("unknown_property", _printable(str(name)), sensor_id))
        elif value is not None:
            fault = faults is _ALL or name in faults
            _take(decoded, sensor_id, observed, value, time, capacity=capacity, fault=fault)
    for name, observed in DEVICE_PROPERTIES.items():
        value = message.get(name)
        if value is not None:
            _take(decoded, sensor_id, observed, value, time)


def _take(
    decoded: Decoded,
    sensor_id: str,
    observed: ObservedProperty,
    value: Any,
    time: datetime,
    *,
    capacity: int | None = None,
    fault: bool = False,
) -> None:
    number = _number(value)
    if number is None:
        detail = _printable(f"{observed.name}: {value!r}")
        decoded.rejected.append(Rejected("not_a_number", detail, sensor_id))
    else:
        quality = judge(observed, number, capacity, fault=fault)
        decoded.observations.append(Observation(sensor_id, observed.name, time, number, quality))


_ALL: frozenset[str] = frozenset({"*"})
_NONE: frozenset[str] = frozenset()


def _faults(fault: Any) -> frozenset[str] | None:
    if fault is None or fault is False:
        return _NONE
    if fault is True:
        return _ALL
    if isinstance(fault, list) and all(isinstance(name, str) for name in fault):
        return frozenset(fault)
    return None


def _number(value: Any) -> float | None:
    """A finite float, or None. Booleans and strings are no numbers, though Python might take them."""
    if type(value) is float:
        return value if math.isfinite(value) else None
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return None
    return None


def _time(value: Any, received_at: datetime) -> datetime | Rejected:
    if value is None:
        return received_at
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            if time.tzinfo is None:
                return Rejected("time", _printable(f"no offset: {value}"))
            time = time.astimezone(UTC)
        elif type(value) in (int, float):
            seconds = value / 1000 if abs(value) >= _MILLISECONDS_FROM else value
            time = datetime.fromtimestamp(seconds, UTC)
        else:
            return Rejected("time", _printable(f"neither a text nor a number: {value!r}"))
    except (ValueError, OverflowError, OSError):
        return Rejected("time", _printable(f"cannot be read: {value!r}"))
    if time < EARLIEST:
        return Rejected("time", _printable(f"before {EARLIEST.year}, the clock is not set: {value!r}"))
    if time > received_at + FUTURE_TOLERANCE:
        return Rejected("future", _printable(f"received at {received_at.isoformat()}: {value!r}"))
    return time


def _json_type(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list"}
    return names.get(type(value), type(value).__name__)


def _printable(text: str) -> str:
    """`text` cut short, with control characters and lone surrogates escaped, so that it can be stored and shown."""
    cut = text if len(text) <= _DETAIL_LENGTH else text[: _DETAIL_LENGTH - 1] + "…"
    escaped = cut.encode("utf-8", "backslashreplace").decode()
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in escaped)
    return shown[:_DETAIL_LENGTH]
