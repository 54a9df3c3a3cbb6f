"""The shapes of answers about devices, for the OpenAPI document only, as in api.shapes."""

from typing import Annotated

from pydantic import Field

from api.shapes import NextPage, Shape
from api.shapes.sensors import Sensor
from cityhub.devices.status import Status
from cityhub.kinds import KindName

Share = Annotated[float, Field(ge=0, le=1)]


class Said(Shape):
    """What the device, or its last will, said last of being connected, and when that was received."""

    online: bool
    time: str


class DeviceValue(Shape):
    """The newest value of the device about itself."""

    time: str
    value: float


class SequenceHealth(Shape):
    """The number of the newest message; messages that never came and restarts of the counter in 24 hours.

    The last two are null when the device numbered none of its messages in that time.
    """

    last: int
    time: str
    missing_24h: int | None
    restarts_24h: int | None


class HourHealth(Shape):
    """Reports of the hour that starts at `time`; `expected` is 0 before the hour after the first report ever."""

    time: str
    reports: int
    expected: float


class Completeness(Shape):
    """Reports against those expected, from 0 to 1; null where none was.

    `hour` is the last whole hour, `day` the last 24 whole hours, which `hours` lists, oldest first.
    """

    hour: Share | None
    day: Share | None
    hours: list[HourHealth]


class SensorHealth(Shape):
    """How a device does: `online`, `late` or `offline` by its interval, or `offline` since it said so."""

    status: Status
    last_seen: str | None
    said: Said | None
    battery: DeviceValue | None
    rssi: DeviceValue | None
    sequence: SequenceHealth | None
    completeness: Completeness


class SensorDetail(Sensor):
    """A sensor and how it does."""

    health: SensorHealth


class HealthDay(Shape):
    """A sensor's day (of Hanoi), as counted at `updated_at`.

    `missing`, `restarts`: null when it did not number its messages; `n_rejected` counts values.
    """

    sensor_id: str
    kind: KindName
    name: str
    name_en: str
    day: str
    interval_s: int
    expected: int
    reports: int
    completeness: Share | None
    missing: int | None
    restarts: int | None
    n_rejected: int
    battery: float | None
    rssi: float | None
    first_time: str | None
    last_time: str | None
    updated_at: str


class HealthDays(Shape):
    """A page of days; `next` leads to the page after it, null on the last."""

    rows: list[HealthDay]
    next: NextPage | None
