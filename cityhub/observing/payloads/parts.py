"""What goes into a format's normaliser and what comes out of it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal, NamedTuple

from cityhub.kinds import DEVICE_PROPERTIES, ObservedProperty
from cityhub.observing.payloads.mapping_fields import REST, Field, Fields, key

# Why a message that the broker kept for whoever subscribes next is of no use without a time.
RETAINED = (
    "retained by the broker and without a time of its own: nobody knows when it was measured; publish telemetry"
    " without RETAIN, or with a time"
)


class Context(NamedTuple):
    """What a payload's format may need besides the payload. `property` is the topic's, when it names one.

    `retained`: the broker kept the message, so that its receive time says nothing.
    """

    received_at: datetime
    properties: Mapping[str, ObservedProperty]
    mapping: Fields | None = None
    property: str | None = None
    retained: bool = False

    def field(self, name: str) -> Field | None:
        """What the sensor's mapping says of the device's field; None where it names no property for it."""
        return None if self.mapping is None else self.mapping.get(key(name))

    def is_mapped(self, name: str) -> bool:
        """Does the sensor's mapping list the device's field, be it to leave it out?"""
        return self.mapping is not None and key(name) in self.mapping

    def target(self, name: str) -> str | None:
        """The hub's name of the device's field; None when the mapping says to leave it out."""
        if not self.is_mapped(name):
            return name
        field = self.field(name)
        return None if field is None else field.property

    def observed(self, name: str) -> ObservedProperty | None:
        """The property that the device's field is, by the mapping and the kind; None when it is none."""
        target = self.target(name)
        if target is None:
            return None
        return self.properties.get(target) or DEVICE_PROPERTIES.get(target)

    def leaves_out(self, name: str) -> bool:
        """Does the mapping leave out the rest, and is the field part of it: neither listed nor a property?"""
        return self.is_mapped(REST) and not self.is_mapped(name) and self.observed(name) is None


class Unusable(NamedTuple):
    """A part that gives no message, and why (a quarantine reason)."""

    reason: Literal["schema", "time"]
    detail: str


class RunningTotal(NamedTuple):
    """In the place of a value: what a counter shows, and where it begins anew; both in the property's unit."""

    total: float
    rolls_over_at: float | None


class Extra(NamedTuple):
    """A field that nobody asked the hub to store. It is counted, and is no mistake of the device."""

    name: str


# A message of the hub's own shape, or a part that cannot be one. What no format knows may be any JSON value.
Part = Any
