"""From the newest stored readings to what the public sees: one GeoJSON Feature per sensor or parking place.

Pure: `now` is an argument. Rows are described as protocols, so that this module knows no database.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from cityhub.devices.status import Device, Status, age, status, status_of
from cityhub.kinds import DEVICE_PROPERTIES, KINDS, KindName
from cityhub.observing.quality import is_rejected, names
from cityhub.rfc3339 import local_time

Feature = dict[str, Any]

GREY = "#8c8c8c"
# The word in `quality` for a value that has not come for as long as makes a sensor offline. It is no stored flag.
OLD = "old"


class Reading(Protocol):
    """The newest observation of one property of a sensor."""

    @property
    def unit(self) -> str: ...
    @property
    def time(self) -> datetime: ...
    @property
    def value(self) -> float: ...
    @property
    def quality(self) -> int: ...
    # Last, because it hides the decorator of the same name.
    @property
    def property(self) -> str: ...


class Site(Protocol):
    """What a sensor and a parking place have in common."""

    @property
    def id(self) -> str: ...
    @property
    def name_vi(self) -> str: ...
    @property
    def name_en(self) -> str: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...
    @property
    def basis(self) -> str: ...
    @property
    def illustrative(self) -> bool: ...
    @property
    def district_vi(self) -> str | None: ...
    @property
    def district_en(self) -> str | None: ...


class SensorSite(Site, Device, Protocol):
    """A sensor; `place_id` where it belongs to a parking place."""

    @property
    def place_id(self) -> str | None: ...


class ParkingPlace(Site, Protocol):
    """A parking place with its number of bays."""

    @property
    def capacity(self) -> int: ...


class Row(Protocol):
    """A sensor and the newest reading of each property that ever reported."""

    @property
    def sensor(self) -> SensorSite: ...
    @property
    def readings(self) -> Sequence[Reading]: ...


class RainSums(Protocol):
    """Rain (mm) over the last 1, 3 and 24 hours; None where nothing good was measured."""

    @property
    def mm_1h(self) -> float | None: ...
    @property
    def mm_3h(self) -> float | None: ...
    @property
    def mm_24h(self) -> float | None: ...


def features(
    kind: KindName,
    rows: Iterable[Row],
    rain_sums: Mapping[str, RainSums],
    places: Iterable[ParkingPlace],
    now: datetime,
) -> list[Feature]:
    """Features of `kind`: one per sensor, for parking one per place. Rejected values are shown as null.

    `rain_sums` (by sensor id) is read for rain only, `places` for parking only.
    """
    if kind == "parking":
        return _parking(rows, places, now)
    return [_sensor_feature(kind, row, rain_sums.get(row.sensor.id), now) for row in rows]


def _sensor_feature(kind: KindName, row: Row, sums: RainSums | None, now: datetime) -> Feature:
    sensor = row.sensor
    readings = [r for r in row.readings if r.property not in DEVICE_PROPERTIES]
    time = max((r.time for r in readings), default=None)
    # Battery and signal do not keep a sensor alive, but they are a report after a goodbye.
    heard = max((r.time for r in row.readings), default=None)
    properties = {
        **_about(kind, sensor),
        "time": None if time is None else local_time(time),
        "age_s": age(time, now),
        "status": status_of(sensor, time, now, heard),
        "values": {r.property: None if is_rejected(r.quality) else r.value for r in readings},
        "units": {r.property: r.unit for r in readings},
        "times": {r.property: local_time(r.time) for r in readings},
        "quality": {r.property: _quality(r, sensor, now) for r in readings},
    }
    if kind == "rain":
        for hours in ("mm_1h", "mm_3h", "mm_24h"):
            depth = None if sums is None else getattr(sums, hours)
            properties[hours] = None if depth is None else round(depth, 2)
    return _feature(kind, sensor, properties)


def _quality(reading: Reading, sensor: Device, now: datetime) -> list[str]:
    """The flags of a value, and whether it is old: a probe that stopped, or a laboratory's figure, on a sensor that
    goes on must not be taken for as new as the sensor.
    """
    old = status(age(reading.time, now), sensor.interval_s) == "offline"
    return [*names(reading.quality), OLD] if old else names(reading.quality)


class _Count(NamedTuple):
    """Cars as one sensor counts them, and when it was heard last, whatever it said."""

    reading: Reading
    sensor: SensorSite
    heard: datetime

    def status_of(self, now: datetime) -> Status:
        return status_of(self.sensor, self.reading.time, now, self.heard)

    def is_good(self, now: datetime) -> bool:
        return self.status_of(now) != "offline" and not is_rejected(self.reading.quality)


def _parking(rows: Iterable[Row], places: Iterable[ParkingPlace], now: datetime) -> list[Feature]:
    bays: dict[str, list[_Count]] = {}
    counters: dict[str, _Count] = {}
    for row in rows:
        place_id = row.sensor.place_id
        if place_id is None or not row.readings:
            continue
        heard = max(reading.time for reading in row.readings)
        for reading in row.readings:
            if reading.property == "occupied":
                bays.setdefault(place_id, []).append(_Count(reading, row.sensor, heard))
            elif reading.property == "occupied_count":
                held = counters.get(place_id)
                if held is None or reading.time > held.reading.time:
                    counters[place_id] = _Count(reading, row.sensor, heard)
    return [_parking_feature(place, bays.get(place.id, []), counters.get(place.id), now) for place in places]


def _parking_feature(
    place: ParkingPlace,
    bays: Sequence[_Count],
    counter: _Count | None,
    now: datetime,
) -> Feature:
    """Bays that report count their free ones; only where none reports does the place's counter speak.

    A bay that is silent is not promised to be free. When none of the others is free either, the place is
    called full only if at least half of its bays report.
    """
    every = [*bays, *([counter] if counter is not None else [])]
    fresh = [bay.reading for bay in bays if bay.is_good(now)]
    free: int | None = None
    occupied: float | None = None
    quality: list[str] = []
    state = "unknown"
    if fresh:
        occupied = sum(1 for reading in fresh if reading.value != 0)
        free = min(len(fresh) - int(occupied), place.capacity)
        if free > 0 or 2 * len(fresh) >= place.capacity:
            state = "open" if free > 0 else "full"
        else:
            free = None
    elif counter is not None:
        quality = names(counter.reading.quality)
        if not is_rejected(counter.reading.quality):
            occupied = counter.reading.value
        if occupied is not None and counter.is_good(now):
            free = min(max(place.capacity - int(occupied), 0), place.capacity)
            state = "open" if free > 0 else "full"
    time = max((count.reading.time for count in every), default=None)
    grades = {count.status_of(now) for count in every}
    grade: Status = "online" if "online" in grades else "late" if "late" in grades else "offline"
    properties = {
        **_about("parking", place),
        "time": None if time is None else local_time(time),
        "age_s": age(time, now),
        "status": grade,
        "values": {"occupied_count": None if occupied is None else int(occupied)},
        "units": {"occupied_count": ""},
        "quality": {"occupied_count": quality},
        "capacity": place.capacity,
        "free": free,
        "state": state,
    }
    return _feature("parking", place, properties)


def _about(kind: KindName, site: Site) -> Feature:
    return {
        "kind": kind,
        "name": site.name_vi,
        "name_en": site.name_en,
        "district": site.district_vi,
        "district_en": site.district_en,
        "basis": site.basis,
        "illustrative": site.illustrative,
    }


def _feature(kind: KindName, site: Site, properties: Feature) -> Feature:
    return {
        "type": "Feature",
        "id": site.id,
        "geometry": {"type": "Point", "coordinates": [site.lon, site.lat]},
        "properties": {**properties, "marker": _marker(kind, properties)},
    }


def _marker(kind: KindName, properties: Feature) -> Feature:
    """What the map shows of a site: the headline value and, unless it is old or absent, the colour of its band."""
    row = KINDS[kind]
    derived_or_observed = {**properties["values"], **properties}
    value = derived_or_observed.get(row.headline)
    if OLD in properties["quality"].get(row.headline, ()) and properties["status"] != "offline":
        value = None
    band = None if value is None or properties["status"] == "offline" else row.band(value)
    return {
        "property": row.headline,
        "value": value,
        "unit": row.headline_unit,
        "color": GREY if band is None else band.color,
        "band": None if band is None else band.name_vi,
        "band_en": None if band is None else band.name_en,
    }
