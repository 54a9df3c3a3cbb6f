"""One MQTT message in, good observations and rejected parts out. Both are values; nothing here raises.

Messages are of the hub's own shape; cityhub.observing.payloads brings what other devices write to it.

The common case is one pass of msgspec over the payload. Only what msgspec refuses is read a second time, more
tolerantly (cityhub.observing.json_text), so that the good values beside what is no JSON can be kept.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from cityhub.kinds import DEVICE_PROPERTIES, KINDS, Kind, ObservedProperty
from cityhub.observing import json_text, mistaken_topics, payloads, repeats, topics
from cityhub.observing.decoded import Decoded, Details, Observation, RegisteredSensor, Rejected, Status, Total
from cityhub.observing.json_values import json_type, moment, number, printable, shown
from cityhub.observing.payloads import compressed
from cityhub.observing.payloads.mapping_fields import Fields
from cityhub.observing.quality import FAULT, LATE, RANGE, REJECTED, flags_of, late_before

FUTURE_TOLERANCE = timedelta(minutes=5)
# No sensor of ours is older. A device that reports an earlier time has not set its clock (1970 is the usual case).
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
MAX_MESSAGES = 10_000
# A counter of milliseconds in 64 bits may say anything; no device runs for a century.
_LONGEST_FIRMWARE, _LONGEST_RESET, _LONGEST_RUN_S = 64, 40, 100 * 366 * 86_400


def decode(
    prefix: str,
    topic: str,
    payload: bytes,
    received_at: datetime,
    sensors: Mapping[str, RegisteredSensor],
    max_bytes: int = 262_144,
    *,
    retained: bool = False,
    replays: bool = True,
) -> Decoded:
    """Decode one message (CONTRACT: MQTT). Never raises; what cannot be used is in `rejected` with its reason.

    `received_at` is aware and stands in for an absent time, unless the broker had `retained` the message: nobody knows
    for how long. A message that says `"replay": true` may be older than its sensor where `replays` are taken. A status
    message gives a `status` and no observations.
    """
    address = topics.parse(prefix, topic)
    if address is None:
        decoded = Decoded()
        decoded.reject("topic", mistaken_topics.fault(prefix, topic))
        return decoded
    decoded = Decoded(address.kind, address.sensor_id)
    if address.channel == "status" and not payload:
        # How a retained message is taken from the broker: nothing is said of the device.
        return decoded
    document = document_of(decoded, payload, max_bytes)
    if document is msgspec.UNSET:
        return decoded
    sensor = sensors.get(address.sensor_id)
    if sensor is None or sensor.kind != address.kind:
        known_as = "" if sensor is None else f" (it is a {sensor.kind} sensor)"
        decoded.reject("unknown_sensor", f"{address.kind}/{address.sensor_id}{known_as}")
    elif address.channel == "status":
        _decode_status(decoded, address.sensor_id, document, received_at)
    elif isinstance(document, list) and len(document) > MAX_MESSAGES:
        decoded.reject("schema", f"more than {MAX_MESSAGES} messages in a list")
    else:
        deadline = _LONG_AGO if sensor.interval_s is None else late_before(received_at, sensor.interval_s)
        source = _Source(
            address.sensor_id,
            KINDS[address.kind],
            sensor.capacity,
            received_at,
            deadline,
            sensor.earliest or EARLIEST,
            retained,
            replays,
        )
        _decode_messages(decoded, source, _messages(document, source, sensor.mapping, address.property))
        if isinstance(document, list):
            repeats.tell_apart(decoded, received_at)
    return decoded


class _Source(NamedTuple):
    """What all messages of one payload share."""

    sensor_id: str
    kind: Kind
    capacity: int | None
    received_at: datetime
    late_before: datetime
    earliest: datetime
    retained: bool
    replays: bool


def document_of(decoded: Decoded, payload: bytes, max_bytes: int) -> Any:
    """The JSON document, or UNSET where it cannot be read; why is told."""
    if len(payload) > max_bytes:
        decoded.reject("too_large", f"{len(payload)} bytes, at most {max_bytes}")
        return msgspec.UNSET
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        # No JSON begins like gzip, so that only what failed need be looked at.
        unpacked = compressed.unpack(payload, max_bytes) if payload.startswith(compressed.MAGIC) else payload
        return json_text.read(unpacked)
    except compressed.TooLarge as exc:
        decoded.reject("too_large", str(exc))
    except ValueError as exc:
        decoded.reject("json", str(exc))
    return msgspec.UNSET


def _messages(document: Any, source: _Source, mapping: Fields | None, property: str | None) -> Iterable[Any]:
    if mapping is None and property is None and isinstance(document, dict) and "values" in document:
        return (document,)
    context = payloads.Context(source.received_at, source.kind.properties, mapping, property, source.retained)
    return payloads.read(document, context)


def _decode_messages(decoded: Decoded, source: _Source, messages: Iterable[Any]) -> None:
    for message in messages:
        if type(message) is dict:
            _decode_message(decoded, source, message)
        elif isinstance(message, payloads.Unusable):
            decoded.reject(message.reason, message.detail)
        elif isinstance(message, payloads.Extra):
            decoded.ignore(message.name)
        else:
            decoded.reject("schema", f"a message must be an object, not {json_type(message)}")


def _decode_status(decoded: Decoded, sensor_id: str, document: Any, received_at: datetime) -> None:
    online = document.get("online") if isinstance(document, dict) else None
    if not isinstance(online, bool):
        decoded.reject("schema", 'a status must be an object {"online": true or false, "time": ...}')
        return
    time = None if document.get("time") is None else _time(document["time"], received_at)
    # What counts is when the word is received: a clock that is not set does not take it back.
    decoded.status = Status(
        sensor_id,
        online,
        None if isinstance(time, Rejected) else time,
        _details(document) if online else Details(),
    )


def _details(document: dict[str, Any]) -> Details:
    """What cannot be used is not said: of a status that is true nothing is refused for it."""
    running = number(document.get("uptime_s"))
    return Details(
        _word(document.get("firmware"), _LONGEST_FIRMWARE),
        _word(document.get("reset"), _LONGEST_RESET),
        int(running) if running is not None and 0 <= running <= _LONGEST_RUN_S else None,
    )


def _word(value: Any, longest: int) -> str | None:
    return printable(value.strip(), longest) or None if isinstance(value, str) else None


def _decode_message(decoded: Decoded, source: _Source, message: dict[str, Any]) -> None:
    values = message.get("values")
    if values is None and not any(name in message for name in DEVICE_PROPERTIES):
        decoded.reject("schema", _no_values(message))
        return
    if values is not None and not isinstance(values, dict):
        decoded.reject("schema", f"values must be an object, not {json_type(values)}")
        return
    faults = _faults(message.get("fault"))
    if faults is None:
        decoded.reject("schema", "fault must be true, false or a list of property names")
        return
    time = _phenomenon_time(message, source)
    if isinstance(time, Rejected):
        decoded.reject(time.reason, time.detail)
        return
    flags = LATE if time < source.late_before else 0
    for name, value in (values or {}).items():
        observed = source.kind.properties.get(name)
        if observed is None:
            decoded.reject("unknown_property", str(name))
        elif value is not None:
            fault = faults is _ALL or name in faults
            _take(decoded, source, observed, value, time, flags, fault=fault)
    for name, observed in DEVICE_PROPERTIES.items():
        value = message.get(name)
        if value is not None:
            _take(decoded, source, observed, value, time, flags)


def _no_values(message: dict[str, Any]) -> str:
    if not message:
        return "no values in the message: it is an empty object"
    names = ", ".join(printable(name, 20) for name in islice(message, 4))
    more = " ..." if len(message) > 4 else ""
    return f'no values in the message ({names}{more}): put them under "values", or give the sensor a mapping'


def _take(
    decoded: Decoded,
    source: _Source,
    observed: ObservedProperty,
    value: Any,
    time: datetime,
    flags: int,
    *,
    fault: bool = False,
) -> None:
    """Judge one value; `flags` are those of the whole message."""
    measured = number(value)
    if measured is None and observed.is_state and isinstance(value, bool):
        measured = float(value)
    if measured is not None:
        quality = flags | flags_of(observed, measured, source.capacity, fault=fault)
        decoded.observations.append(Observation(source.sensor_id, observed.name, time, measured, quality))
    elif isinstance(value, payloads.RunningTotal):
        _take_total(decoded, source, observed, value, time, flags | (FAULT if fault else 0))
    else:
        decoded.reject("not_a_number", f"{observed.name}: {shown(value)}")


def _take_total(
    decoded: Decoded,
    source: _Source,
    observed: ObservedProperty,
    running: payloads.RunningTotal,
    time: datetime,
    flags: int,
) -> None:
    """Note what a counter shows. A total that the device calls wrong, or below nothing, is kept as it is: rejected."""
    total, rolls_over_at = running
    flags |= RANGE if total < 0 else 0
    if flags & REJECTED:
        decoded.observations.append(Observation(source.sensor_id, observed.name, time, total, flags))
    else:
        decoded.totals.append(Total(source.sensor_id, observed.name, time, total, flags, rolls_over_at))


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


def _phenomenon_time(message: dict[str, Any], source: _Source) -> datetime | Rejected:
    own = message.get("time")
    if own is None and source.retained:
        return Rejected("time", payloads.RETAINED)
    time = _time(own, source.received_at)
    if isinstance(time, Rejected) or time >= source.earliest:
        return time
    if message.get("replay") is not True:
        return Rejected(
            "time",
            f"before {source.earliest.date()}, when this sensor can first have measured, or longer ago than readings"
            f" are kept: its clock is not set, or the catalogue needs observed_since: {time.isoformat()}",
        )
    return time if source.replays else Rejected("time", f"replays are not taken here: {time.isoformat()}")


def _time(value: Any, received_at: datetime) -> datetime | Rejected:
    if value is None:
        return received_at
    try:
        time = value if isinstance(value, datetime) else moment(value)
    except ValueError as exc:
        return Rejected("time", f"{exc}: {shown(value)}")
    if time < EARLIEST:
        return Rejected("time", f"before {EARLIEST.year}, the clock is not set: {time.isoformat()}")
    if time > received_at + FUTURE_TOLERANCE:
        return Rejected("future", f"received at {received_at.isoformat()}: {time.isoformat()}")
    return time
