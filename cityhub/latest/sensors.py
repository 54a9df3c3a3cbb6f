"""Sensors that show what they measure and nothing more: every kind without a features module of its own."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cityhub.devices.status import age, status, status_of
from cityhub.kinds import DEVICE_PROPERTIES, Kind
from cityhub.kinds.figures import as_measured
from cityhub.latest.feature import OLD, Feature, Marker, Properties, ValueFlag, about, feature, marker
from cityhub.model import Reading, SensorRow, SensorState
from cityhub.observing.quality import is_rejected, names
from cityhub.rfc3339 import LocalTime, at_local_time


class SensorProperties(Properties, frozen=True):
    """A sensor. `times` and `quality` are those of the single values.

    A quality `old`: the value has not come for twelve of the sensor's intervals, as a laboratory's figure or one of a
    probe that stopped; the sensor's own time says nothing about it.
    """

    times: dict[str, LocalTime]
    quality: dict[str, list[ValueFlag]]


def features(kind: Kind, states: Iterable[SensorState], now: datetime) -> list[Feature]:
    """One Feature per sensor, with a marker for the headline property of the kind."""
    return [_feature(kind, state, now) for state in states]


def _feature(kind: Kind, state: SensorState, now: datetime) -> Feature:
    fields = measured(kind, state, now)
    return feature(state.sensor, SensorProperties(**fields, marker=headline_marker(kind, fields)))


def headline_marker(kind: Kind, fields: Mapping[str, Any]) -> Marker:
    """The marker of a sensor with the fields of `measured`: its headline, or what it shows instead."""
    if kind.headline not in fields["values"] and kind.instead is not None:
        return headline_marker(kind.instead, fields)
    value = fields["values"].get(kind.headline)
    if OLD in fields["quality"].get(kind.headline, ()) and fields["status"] != "offline":
        value = None
    return marker(kind, value, fields["status"])


def measured(kind: Kind, state: SensorState, now: datetime) -> dict[str, Any]:
    """The fields of SensorProperties but for the marker. Rejected values are None."""
    sensor = state.sensor
    readings = [r for r in state.readings if r.property not in DEVICE_PROPERTIES]
    time = max((r.time for r in readings), default=None)
    # Battery and signal do not keep a sensor alive, but they are a report after a goodbye.
    heard = max((r.time for r in state.readings), default=None)
    return {
        **about(kind, sensor),
        "time": None if time is None else at_local_time(time),
        "age_s": age(time, now),
        "status": status_of(sensor, time, now, heard),
        "values": {r.property: None if is_rejected(r.quality) else as_measured(r.value) for r in readings},
        "units": {r.property: r.unit for r in readings},
        "times": {r.property: at_local_time(r.time) for r in readings},
        "quality": {r.property: _quality(r, sensor, now) for r in readings},
    }


def _quality(reading: Reading, sensor: SensorRow, now: datetime) -> list[ValueFlag]:
    """The flags of a value, and whether it is old: a probe that stopped, or a laboratory's figure, on a sensor that
    goes on must not be taken for as new as the sensor.
    """
    old = status(age(reading.time, now), sensor.interval_s) == "offline"
    return [*names(reading.quality), OLD] if old else [*names(reading.quality)]
