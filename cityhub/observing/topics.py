"""The only place that knows the shape of MQTT topics: {prefix}/{kind}/{sensor_id}/{telemetry|status}.

A device that writes one value a topic adds the property: {prefix}/{kind}/{sensor_id}/telemetry/{property}.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast, get_args

from cityhub.kinds import DEVICE_PROPERTIES, KINDS, KindName

Channel = Literal["telemetry", "status"]

_CHANNELS: tuple[str, ...] = get_args(Channel)

SENSOR_ID = re.compile(r"[a-z0-9-]{3,64}")


@dataclass(frozen=True, slots=True)
class Address:
    """What a topic says: the kind, the sensor and whether it carries telemetry or a status.

    `property` is the last part of a topic for one value, whatever is written there.
    """

    kind: KindName
    sensor_id: str
    channel: Channel
    property: str | None = None


def telemetry(prefix: str, kind: KindName, sensor_id: str) -> str:
    """The topic on which the sensor publishes its values."""
    return f"{prefix}/{kind}/{sensor_id}/telemetry"


def status(prefix: str, kind: KindName, sensor_id: str) -> str:
    """The topic of the sensor's retained status and last will."""
    return f"{prefix}/{kind}/{sensor_id}/status"


def everything(prefix: str) -> str:
    """The subscription that also sees mistaken topics, so that they end in quarantine and not unseen."""
    return f"{prefix}/#"


def shared(prefix: str) -> str:
    """The same for several ingestors of one group, each of which gets a part (MQTT 5)."""
    return f"$share/ingest/{everything(prefix)}"


def writable(prefix: str) -> list[str]:
    """Every topic on which a sensor may publish, with Mosquitto's `%u` in the place of its id.

    They are listed one by one: a wildcard would let one sensor leave any number of retained messages with the broker.
    """
    found = []
    for name, kind in KINDS.items():
        values = telemetry(prefix, name, "%u")
        found += [values, *(f"{values}/{property}" for property in (*kind.properties, *DEVICE_PROPERTIES))]
        found.append(status(prefix, name, "%u"))
    return found


def parse(prefix: str, topic: str) -> Address | None:
    """The address that `topic` names, or None when it is not one of the hub's topics."""
    return _remembered(prefix, topic) if len(topic) <= _REMEMBERED_LENGTH else _parse(prefix, topic)


def _parse(prefix: str, topic: str) -> Address | None:
    parts = topic.split("/")
    property = parts.pop() if len(parts) == 5 and parts[3] == "telemetry" and parts[4] else None
    if len(parts) != 4 or parts[0] != prefix:
        return None
    _, kind, sensor_id, channel = parts
    if kind not in KINDS or channel not in _CHANNELS or not SENSOR_ID.fullmatch(sensor_id):
        return None
    return Address(kind, sensor_id, cast(Channel, channel), property)


# A sensor's topic comes again with every message; what nobody repeats must not fill the memory.
_REMEMBERED_LENGTH = 200
_remembered = lru_cache(maxsize=16_384)(_parse)
