"""What goes into a format's normaliser and what comes out of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from cityhub.kinds import DEVICE_PROPERTIES, ObservedProperty
from cityhub.observing.payloads.mapping_fields import Fields


class Context(NamedTuple):
    """What a payload's format may need besides the payload. `property` is the topic's, when it names one."""

    received_at: datetime
    properties: Mapping[str, ObservedProperty]
    mapping: Fields | None = None
    property: str | None = None

    def target(self, name: str) -> str | None:
        """The hub's name of the device's field; None when the mapping says to leave it out."""
        if self.mapping is None or name not in self.mapping:
            return name
        field = self.mapping[name]
        return None if field is None else field.property

    def observed(self, name: str) -> ObservedProperty | None:
        """The property that the device's field is, by the mapping and the kind; None when it is none."""
        target = self.target(name)
        if target is None:
            return None
        return self.properties.get(target) or DEVICE_PROPERTIES.get(target)


class Unusable(NamedTuple):
    """A part that gives no message, and why (a quarantine reason)."""

    reason: Literal["schema", "time"]
    detail: str


# A message of the hub's own shape, or a part that cannot be one. What no format knows may be any JSON value.
Part = Any
