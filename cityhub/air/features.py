"""What the public sees of an air station: what it measured last, and VN_AQI of the last hour that was over."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cityhub.air.vn_aqi import Hour, Pollutant, Why
from cityhub.catalogue.air_stations import AirStation, StationClass
from cityhub.kinds import KINDS
from cityhub.latest.feature import Feature, Properties, ValueFlag, feature, marker
from cityhub.latest.sensors import headline_marker, measured
from cityhub.model import SensorState
from cityhub.rfc3339 import LocalTime, at_local_time


@dataclass(frozen=True, slots=True)
class NewestHour:
    """The hour that ended last, at `end` (aware), and its index; of which station."""

    station: AirStation
    end: datetime
    hour: Hour


class AirProperties(Properties, frozen=True):
    """An air station: what every sensor shows, and VN_AQI of the hour that ended at `aqi_time`.

    `vn_aqi` is null where there is none, and `why` says the reason. `driver` has the highest sub-index. `color` is the
    category's of Decision 1459/QD-TCMT. `station_class` null: nobody said.
    """

    times: dict[str, LocalTime]
    quality: dict[str, list[ValueFlag]]
    vn_aqi: int | None
    why: Why | None
    category: str | None
    category_en: str | None
    color: str | None
    driver: Pollutant | None
    aqi_time: LocalTime
    sub_indices: Mapping[Pollutant, int]
    publishes_aqi: bool
    station_class: StationClass | None


def features(
    stations: Iterable[SensorState], newest: Mapping[str, NewestHour], now: datetime
) -> list[Feature]:
    """One Feature per station; `newest` by its id."""
    return [_feature(state, newest[state.sensor.id], now) for state in stations]


def _feature(state: SensorState, newest: NewestHour, now: datetime) -> Feature:
    kind = KINDS["air"]
    fields = measured(kind, state, now)
    index = newest.hour.index
    category = index.category
    shown = AirProperties(
        **fields,
        vn_aqi=index.value,
        why=index.why,
        category=None if category is None else category.name_vi,
        category_en=None if category is None else category.name_en,
        color=None if category is None else category.color,
        driver=index.driver,
        aqi_time=at_local_time(newest.end),
        sub_indices=index.sub_indices,
        publishes_aqi=newest.station.publishes_aqi,
        station_class=newest.station.station_class,
        marker=headline_marker(kind, fields)
        if index.value is None
        else marker(kind, index.value, fields["status"]),
    )
    return feature(state.sensor, shown)
