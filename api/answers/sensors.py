"""Sensors, their places and datastreams."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from msgspec import Struct

from api.answers import NextPage
from api.answers.device_health import SensorHealth
from cityhub.catalogue.areas import Level
from cityhub.devices.status import Status, status_of
from cityhub.kinds import DEVICE_PROPERTIES, KINDS, KindName
from cityhub.kinds.figures import as_measured
from cityhub.model import AreaName, PlaceRow, SensorRow
from cityhub.observing.quality import Flag, is_rejected, names
from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store.sensors import DatastreamRow


class LatestValue(Struct, frozen=True):
    """The newest observation; the value is null when its quality makes it unfit to be shown."""

    time: LocalTime
    value: float | None
    quality: list[Flag]

    @classmethod
    def of(cls, stream: DatastreamRow) -> Self | None:
        """None where the datastream never reported."""
        if stream.time is None or stream.value is None or stream.quality is None:
            return None
        value = None if is_rejected(stream.quality) else as_measured(stream.value)
        return cls(at_local_time(stream.time), value, names(stream.quality))


class Datastream(Struct, frozen=True):
    """One property of a sensor."""

    property: str
    unit: str
    name: str
    name_en: str
    latest: LatestValue | None

    @classmethod
    def of(cls, kind: KindName, stream: DatastreamRow) -> Self:
        """The answer for a datastream of a sensor of the kind."""
        name = stream.property
        observed = KINDS[kind].properties.get(name) or DEVICE_PROPERTIES.get(name)
        return cls(
            property=name,
            unit=stream.unit,
            name=name if observed is None else observed.name_vi,
            name_en=name if observed is None else observed.name_en,
            latest=LatestValue.of(stream),
        )


class Place(Struct, frozen=True):
    """A parking place."""

    id: str
    name: str
    name_en: str
    lon: float
    lat: float
    capacity: int
    illustrative: bool

    @classmethod
    def of(cls, place: PlaceRow | None) -> Self | None:
        """The answer for a stored place, None for none."""
        if place is None:
            return None
        return cls(
            id=place.id,
            name=place.name_vi,
            name_en=place.name_en,
            lon=place.lon,
            lat=place.lat,
            capacity=place.capacity,
            illustrative=place.illustrative,
        )


class Sensor(Struct, frozen=True):
    """A sensor at its site (WGS84 degrees); `basis` says how its position is known.

    `areas`: by level, those in force today; of a level that ended, such as districts, the one that was last.
    """

    id: str
    kind: KindName
    name: str
    name_en: str
    lon: float
    lat: float
    basis: str
    basis_note: str
    areas: Mapping[Level, AreaName]
    illustrative: bool
    interval_s: int
    capacity: int | None
    attributes: Mapping[str, str]
    place: Place | None
    distance_m: float | None
    last_seen: LocalTime | None
    status: Status
    datastreams: list[Datastream]

    @classmethod
    def of(
        cls,
        row: SensorRow,
        streams: Iterable[DatastreamRow],
        place: PlaceRow | None,
        now: datetime,
        **more: Any,
    ) -> Self:
        """The answer for a stored sensor at `now` (aware); `more`: fields of classes derived from this one."""
        return cls(
            id=row.id,
            kind=row.kind,
            name=row.name_vi,
            name_en=row.name_en,
            lon=row.lon,
            lat=row.lat,
            basis=row.basis,
            basis_note=row.basis_note,
            areas=row.areas,
            illustrative=row.illustrative,
            interval_s=row.interval_s,
            capacity=row.capacity,
            attributes=row.attributes,
            place=Place.of(place),
            distance_m=None if row.distance_m is None else round(row.distance_m, 1),
            last_seen=None if row.last_seen is None else at_local_time(row.last_seen),
            status=status_of(row, row.last_seen, now),
            datastreams=[Datastream.of(row.kind, stream) for stream in streams],
            **more,
        )


class SensorDetail(Sensor, frozen=True):
    """A sensor and how it does."""

    health: SensorHealth


class Sensors(Struct, frozen=True):
    """A page of sensors; `next` leads to the page after it, null on the last."""

    sensors: list[Sensor]
    next: NextPage | None
