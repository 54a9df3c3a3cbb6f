"""What one device says at one moment, and how it is written on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from cityhub.kinds import KindName

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Report:
    """`time` is aware; `values` are in the units of cityhub.kinds; battery in %, rssi in dBm.

    `replay`: told later, of a time at which the hub may not have known the sensor.
    """

    kind: KindName
    sensor_id: str
    time: datetime
    values: Mapping[str, float]
    battery: int
    rssi: int
    seq: int
    replay: bool = False


def document(report: Report) -> dict[str, object]:
    """The report as the JSON object of the interface."""
    body: dict[str, object] = {
        "time": report.time.isoformat(timespec="milliseconds"),
        "values": dict(report.values),
        "battery": report.battery,
        "rssi": report.rssi,
        "seq": report.seq,
    }
    return body | {"replay": True} if report.replay else body


def encode(body: Mapping[str, object]) -> bytes:
    """UTF-8 JSON of a message body."""
    return _encode(body)
