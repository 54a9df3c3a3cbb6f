"""The air between stations as a finished answer in memory, made anew by a thread when what stations measure changed.

It takes a third of a second, of which a request waits for nothing. numpy and shapely are loaded by that thread.
"""

import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from api.answers.air_field import AirField, AreaAir, Band, BandProperties, Mask, Method
from api.problems import NotReady
from api.snapshots import Snapshot
from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature
from cityhub.logs import get_logger
from cityhub.rfc3339 import at_local_time

if TYPE_CHECKING:
    from cityhub.air.field import Field

# Looks whether anything changed so often; what was made lasts so long at least.
LOOK_S = 2.0
FIRST_LOOK_S = 0.2
REST_S = 10.0
_PROPERTY = "pm2_5"
# A value with another flag is not to be trusted beyond its own marker.
_TRUSTED = frozenset({"late"})

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Measured:
    """What stations measure now, as far as it is good: lon, lat, µg/m³, time."""

    values: Sequence[tuple[float, float, float]]
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class FieldSnapshot:
    """The field of one moment; None where stations are too few. `body` is the whole answer."""

    measured: Measured
    field: "Field | None"
    body: bytes

    def over(self, geometry: Mapping[str, object]) -> AreaAir:
        """PM2.5 over an area (GeoJSON, WGS84)."""
        time = None if self.measured.newest is None else at_local_time(self.measured.newest)
        if self.field is None:
            return AreaAir(None, None, None, 0.0, time, "few_stations")
        from cityhub.air.area_means import mean_over  # noqa: PLC0415 - see above
        from cityhub.air.contours import category_of  # noqa: PLC0415

        mean = mean_over(self.field, geometry)
        covered = round(mean.covered, 2)
        if mean.pm2_5 is None:
            return AreaAir(None, None, None, covered, time, "not_covered")
        kind = category_of(mean.pm2_5)
        return AreaAir(round(mean.pm2_5, 1), kind.name, kind.color, covered, time, None)


class AirFields:
    """`found()` is the newest field. To be started and stopped."""

    def __init__(self, snapshots: Mapping[KindName, Snapshot]) -> None:
        self._snapshots = snapshots
        self._made: FieldSnapshot | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="air field", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=10)

    def found(self) -> FieldSnapshot:
        """The newest; raises NotReady before the first."""
        if self._made is None:
            raise NotReady("The air between stations has not been computed yet; try again shortly.")
        return self._made

    def over(self, geometry: Mapping[str, object]) -> AreaAir:
        """PM2.5 over an area (GeoJSON, WGS84), by the newest field."""
        made = self._made
        return AreaAir(None, None, None, 0.0, None, "not_ready") if made is None else made.over(geometry)

    def _run(self) -> None:
        is_failing = False
        while not self._stopping.is_set():
            try:
                made = self._look()
                is_failing = False
            except Exception:
                made = False
                if not is_failing:
                    is_failing = True
                    # Not even a log that cannot be written may end the thread.
                    with suppress(Exception):
                        _log.exception("the air between stations could not be computed")
            rest_s = REST_S if made or is_failing else LOOK_S if self._made else FIRST_LOOK_S
            self._stopping.wait(rest_s)

    def _look(self) -> bool:
        """Make the field anew if what is measured changed; was it?"""
        snapshot = self._snapshots.get("air")
        if snapshot is None:
            return False
        measured = of_features(list(snapshot.features.values()))
        if self._made is not None and self._made.measured.values == measured.values:
            return False
        self._made = build(measured)
        return True


def of_features(features: Sequence[Feature]) -> Measured:
    """What the Features say of PM2.5 that is good: of stations that are not offline, new, without a doubt."""
    values, times = [], []
    for feature in features:
        about = feature.properties
        value, quality = about.values.get(_PROPERTY), getattr(about, "quality", {}).get(_PROPERTY, ())
        if value is None or about.status == "offline" or not _TRUSTED.issuperset(quality):
            continue
        values.append((*feature.geometry.coordinates, value))
        times.append(getattr(about, "times", {})[_PROPERTY])
    return Measured(values, max(times, default=None))


def build(measured: Measured) -> FieldSnapshot:
    """The field that stations make, as the whole answer."""
    from cityhub.air import contours  # noqa: PLC0415 - see above
    from cityhub.air.field import (  # noqa: PLC0415
        LEAST_STATIONS,
        METHOD,
        MOST_VARIANCE,
        NUGGET,
        RANGE_KM,
        Field,
        Station,
        within_reach,
    )

    stations = within_reach([Station(*one) for one in measured.values])
    field = Field(stations) if len(stations) >= LEAST_STATIONS else None
    error = None if field is None else field.error()
    bands = [
        Band(
            geometry=one.geometry,
            properties=BandProperties(
                low=one.low,
                high=one.high,
                category=one.category.name,
                category_name=one.category.name_vi,
                category_name_en=one.category.name_en,
                color=one.category.color,
            ),
        )
        for one in ([] if field is None else contours.contours(field))
    ]
    answer = AirField(
        property=_PROPERTY,
        unit=KINDS["air"].properties[_PROPERTY].unit,
        time=None if measured.newest is None else at_local_time(measured.newest),
        method=Method(METHOD, "exponential", RANGE_KM, NUGGET),
        stations=len(stations),
        error=None if error is None else round(error, 1),
        mask=Mask(MOST_VARIANCE, LEAST_STATIONS),
        why="few_stations" if field is None else None,
        features=bands,
    )
    return FieldSnapshot(measured, field, msgspec.json.encode(answer))
