"""What a decoded message is made of: observations, a status, and what of it could not be used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from cityhub.kinds import KindName
from cityhub.observing.json_values import printable
from cityhub.observing.payloads.mapping_fields import Fields

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

_DETAIL_LENGTH = 200
_DETAILS = 3
_IGNORED = 20
_NAME_LENGTH = 40


class RegisteredSensor(NamedTuple):
    """What the catalogue says of a sensor, as far as decoding needs it. `mapping`: its own names for things.

    `interval_s`: how often it is expected to report; None where nothing it says can be late. `earliest`: the earliest
    time (aware) that it can have measured at; None where any since 2000 will do.
    """

    kind: KindName
    capacity: int | None
    mapping: Fields | None = None
    interval_s: int | None = None
    earliest: datetime | None = None


class Observation(NamedTuple):
    """One value in the property's unit. `time` is the phenomenon time; `quality` a bit set of quality.py."""

    sensor_id: str
    property: str
    time: datetime
    value: float
    quality: int


class Total(NamedTuple):
    """What a counter shows, in the property's unit; the observation is its difference to the total before.

    `flags` are those of the whole message; `rolls_over_at`: the total at which the counter begins anew, if it does.
    """

    sensor_id: str
    property: str
    time: datetime
    value: float
    flags: int
    rolls_over_at: float | None


class Details(NamedTuple):
    """What a device says of itself: its program, why it began anew, and for how long (s) it has run; None: not said."""

    firmware: str | None = None
    reset: str | None = None
    uptime_s: int | None = None


class Status(NamedTuple):
    """What a device, or the last will it left with the broker, says of being connected.

    `time` is the device's own, None when it gave none that can be used; in a last will it is when the connection
    began, which a device often does not know yet.
    """

    sensor_id: str
    online: bool
    time: datetime | None
    details: Details = Details()


@dataclass(frozen=True, slots=True)
class Rejected:
    """What of a message could not be used. `detail` is printable and at most 200 characters; `parts` counts."""

    reason: Reason
    detail: str
    sensor_id: str | None = None
    parts: int = 1


class Decoded:
    """What one message held. Rejected parts are gathered by reason: a message of 25,000 faults is one entry."""

    def __init__(self, kind: KindName | None = None, sensor_id: str | None = None) -> None:
        self.kind = kind
        self.observations: list[Observation] = []
        self.totals: list[Total] = []
        self.status: Status | None = None
        # Names of fields that nobody asked the hub to store, the first few of `ignored_parts`.
        self.ignored: list[str] = []
        self.ignored_parts = 0
        # How many moments the values without a time of their own were spread over, a microsecond each.
        self.moments = 1
        self._sensor_id = sensor_id
        self._details: dict[Reason, list[str]] = {}
        self._counts: dict[Reason, int] = {}

    def reject(self, reason: Reason, detail: str) -> None:
        """Note a part that cannot be used; of each reason the first few details are kept."""
        self._counts[reason] = self._counts.get(reason, 0) + 1
        details = self._details.setdefault(reason, [])
        if len(details) < _DETAILS:
            details.append(detail)

    def ignore(self, name: str) -> None:
        """Count a field that is no mistake and that the hub does not store."""
        self.ignored_parts += 1
        if len(self.ignored) < _IGNORED:
            self.ignored.append(printable(name, _NAME_LENGTH))

    @property
    def rejected(self) -> list[Rejected]:
        """One entry a reason, in the order they came up."""
        return [
            Rejected(reason, self._summary(reason), self._sensor_id, self._counts[reason])
            for reason in self._details
        ]

    def _summary(self, reason: Reason) -> str:
        more = self._counts[reason] - len(self._details[reason])
        listed = "; ".join(self._details[reason])
        if more == 0:
            return printable(listed, _DETAIL_LENGTH)
        tail = f" and {more} more"
        return printable(listed, _DETAIL_LENGTH - len(tail)) + tail
