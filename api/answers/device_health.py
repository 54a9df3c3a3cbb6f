"""How devices do: now, and by day."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self

from msgspec import Struct

from api.answers import NextPage, Share
from cityhub.devices import health
from cityhub.devices.health import LARGEST_NUMBER, SMALLEST_NUMBER, completeness
from cityhub.devices.status import Status, status_of
from cityhub.kinds import KindName
from cityhub.kinds.figures import as_measured
from cityhub.model import SensorRow
from cityhub.observing.quality import is_rejected
from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store.health import Current, DayRow
from cityhub.store.sensors import DatastreamRow


class ConnectionStatus(Struct, frozen=True):
    """What the device, or its last will, said last of being connected, and when that was received."""

    online: bool
    time: LocalTime


class DeviceValue(Struct, frozen=True):
    """The newest value of the device about itself."""

    value: float
    time: LocalTime

    @classmethod
    def of(cls, stream: DatastreamRow | None) -> Self | None:
        """None where there is none, or none to be believed."""
        if stream is None or stream.time is None or stream.value is None or stream.quality is None:
            return None
        if is_rejected(stream.quality):
            return None
        return cls(as_measured(stream.value), at_local_time(stream.time))


class SequenceHealth(Struct, frozen=True):
    """The number of the newest message; messages that never came and restarts of the counter in 24 hours.

    The last two are null when the device numbered none of its messages in that time.
    """

    last: int
    time: LocalTime
    missing_24h: int | None
    restarts_24h: int | None

    @classmethod
    def of(cls, stream: DatastreamRow | None, current: Current) -> Self | None:
        """None where the newest number is no number of a message."""
        number = DeviceValue.of(stream)
        if number is None or not SMALLEST_NUMBER <= number.value <= LARGEST_NUMBER:
            return None
        missing, restarts = current.gaps or (None, None)
        return cls(int(number.value), number.time, missing, restarts)


class HourHealth(Struct, frozen=True):
    """Reports of the hour that starts at `time`; `expected` is 0 before the hour after the first report ever."""

    time: LocalTime
    reports: int
    expected: float

    @classmethod
    def of(cls, hour: health.Hour) -> Self:
        """The answer for a counted hour."""
        return cls(at_local_time(hour.time), hour.reports, hour.expected)


class Completeness(Struct, frozen=True):
    """Reports against those expected, from 0 to 1; null where none was.

    `hour` is the last whole hour, `day` the last 24 whole hours, which `hours` lists, oldest first.
    """

    hour: Share | None
    day: Share | None
    hours: list[HourHealth]

    @classmethod
    def of(cls, hours: list[health.Hour]) -> Self:
        """The answer for the last 24 whole hours, oldest first."""
        return cls(
            hour=_rounded(completeness(hours[-1:])),
            day=_rounded(completeness(hours)),
            hours=[HourHealth.of(hour) for hour in hours],
        )


class SensorHealth(Struct, frozen=True):
    """How a device does: `online`, `late` or `offline` by its interval, or `offline` since it said so.

    `excess`: how many times the reports expected of an hour came in the busiest of the last 24; null up to ten times.
    """

    status: Status
    last_seen: LocalTime | None
    said: ConnectionStatus | None
    battery: DeviceValue | None
    rssi: DeviceValue | None
    sequence: SequenceHealth | None
    completeness: Completeness
    excess: float | None

    @classmethod
    def of(cls, sensor: SensorRow, streams: Iterable[DatastreamRow], current: Current, now: datetime) -> Self:
        """How the sensor does at `now` (aware)."""
        by_property = {stream.property: stream for stream in streams}
        said = None
        if sensor.status_online is not None and sensor.status_time is not None:
            said = ConnectionStatus(sensor.status_online, at_local_time(sensor.status_time))
        return cls(
            status=status_of(sensor, sensor.last_seen, now),
            last_seen=_local(sensor.last_seen),
            said=said,
            battery=DeviceValue.of(by_property.get("battery")),
            rssi=DeviceValue.of(by_property.get("rssi")),
            sequence=SequenceHealth.of(by_property.get("seq"), current),
            completeness=Completeness.of(current.hours),
            excess=None if current.excess is None else round(current.excess, 1),
        )


class HealthDay(Struct, frozen=True):
    """A sensor's day (of Hanoi), as counted at `updated_at`.

    `missing`, `restarts`: null when it did not number its messages; `n_rejected` counts values.
    """

    sensor_id: str
    kind: KindName
    name: str
    name_en: str
    day: date
    interval_s: int
    expected: int
    reports: int
    completeness: Share | None
    missing: int | None
    restarts: int | None
    n_rejected: int
    battery: float | None
    rssi: float | None
    first_time: LocalTime | None
    last_time: LocalTime | None
    updated_at: LocalTime

    @classmethod
    def of(cls, row: DayRow) -> Self:
        """The answer for a stored day."""
        return cls(
            sensor_id=row.sensor_id,
            kind=row.kind,
            name=row.name_vi,
            name_en=row.name_en,
            day=row.day,
            interval_s=row.interval_s,
            expected=row.expected,
            reports=row.reports,
            completeness=_rounded(row.completeness),
            missing=row.missing,
            restarts=row.restarts,
            n_rejected=row.n_rejected,
            battery=None if row.battery is None else as_measured(row.battery),
            rssi=None if row.rssi is None else as_measured(row.rssi),
            first_time=_local(row.first_time),
            last_time=_local(row.last_time),
            updated_at=at_local_time(row.updated_at),
        )


class HealthDays(Struct, frozen=True):
    """A page of days; `next` leads to the page after it, null on the last."""

    rows: list[HealthDay]
    next: NextPage | None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _local(time: datetime | None) -> datetime | None:
    return None if time is None else at_local_time(time)
