"""What the public sees of a rain gauge: the rain of the last hours, its class, and what it may come to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct, field

from cityhub.kinds import KINDS
from cityhub.kinds.figures import derived
from cityhub.latest.feature import Feature, Properties, ValueFlag, feature, marker
from cityhub.latest.sensors import measured
from cityhub.model import SensorState
from cityhub.rain.classes import RainClass, city_threshold, disaster_band, rain_class
from cityhub.rain.sums import WINDOWS_H, RainSums, Readings, Why, expected, readings
from cityhub.rfc3339 import LocalTime, at_local_time


class RainEvent(Struct, frozen=True):
    """Rain in mm since `start`, the first report of it; it ends six hours after `last_rain`. `readings`: since then."""

    start: LocalTime
    mm: float
    last_rain: LocalTime
    readings: Readings


class Expectation(Struct, frozen=True):
    """What the city expects of this rain in one hour (Decision 2280/QD-UBND); `level` from 0 to 3, `start` in mm."""

    level: int
    start: float
    text: str
    text_en: str


class RainProperties(Properties, frozen=True):
    """A rain gauge: what every sensor shows, and rain in mm over the last 1 to 24 hours, null where unknown.

    `readings` tells how many reports each sum is made of. `class`, by the last 24 hours, and `class_12h` count from 0
    (no rain) to 5; with less than 75 % of the reports (project rule) they are what it comes to at least
    (`at_least`). `intensity`: mm/h of the last reports. `event`: rain since it began. `disaster_band`: of Decision
    18/2021/QD-TTg, never its level of risk. `why` says of what is null why it is.
    """

    times: dict[str, LocalTime]
    quality: dict[str, list[ValueFlag]]
    mm_1h: float | None
    mm_3h: float | None
    mm_6h: float | None
    mm_12h: float | None
    mm_24h: float | None
    readings: dict[str, Readings]
    at_least: list[str]
    intensity: float | None
    class_: str | None = field(name="class")
    class_en: str | None
    class_level: int | None
    class_12h: str | None
    class_12h_en: str | None
    class_12h_level: int | None
    city: Expectation | None
    disaster_band: str | None
    disaster_band_en: str | None
    event: RainEvent | None
    why: dict[str, Why]


_SILENT = RainSums()


def features(gauges: Iterable[SensorState], sums: Mapping[str, RainSums], now: datetime) -> list[Feature]:
    """One Feature per gauge; `sums` by sensor id, absent where nothing came for 24 hours."""
    return [_feature(gauge, sums.get(gauge.sensor.id, _SILENT), now) for gauge in gauges]


def _feature(gauge: SensorState, sums: RainSums, now: datetime) -> Feature:
    kind = KINDS["rain"]
    fields = measured(kind, gauge, now)
    interval_s = gauge.sensor.interval_s
    mm: dict[str, Any] = {name: _rounded(sums[name].mm) for name in WINDOWS_H}
    came = {name: readings(name, sums[name], interval_s) for name in WINDOWS_H}
    why = {name: sums[name].why or "no_reports" for name, fallen in mm.items() if fallen is None}
    # What a gauge told that has gone silent is no intensity of now.
    intensity = None if fields["status"] == "offline" else _rounded(sums.intensity)
    if intensity is None:
        why["intensity"] = why.get("mm_1h", "no_reports")
    event = _event(sums, interval_s, now)
    if event is None:
        why["event"] = why.get("mm_6h") or ("dry" if came["mm_6h"].is_enough else "partial")
    shown = RainProperties(
        **fields,
        **mm,
        readings=came,
        at_least=[name for name in WINDOWS_H if mm[name] and not came[name].is_enough],
        intensity=intensity,
        **_class("class", 24, mm["mm_24h"], came["mm_24h"], why),
        **_class("class_12h", 12, mm["mm_12h"], came["mm_12h"], why),
        city=_city(mm["mm_1h"], came["mm_1h"], why),
        **_band(mm["mm_12h"], mm["mm_24h"]),
        event=event,
        why=why,
        # With too few reports nobody can call it dry.
        marker=marker(
            kind, mm["mm_1h"] if mm["mm_1h"] or came["mm_1h"].is_enough else None, fields["status"]
        ),
    )
    return feature(gauge.sensor, shown)


def _class(
    name: str, hours: Literal[12, 24], mm: float | None, came: Readings, why: dict[str, Why]
) -> dict[str, Any]:
    found: RainClass | None = None
    if mm is None:
        why[name] = why[f"mm_{hours}h"]
    elif mm == 0 and not came.is_enough:
        why[name] = "partial"
    else:
        found = rain_class(mm, hours)
    names = ("class_" if name == "class" else name, f"{name}_en", f"{name}_level")
    values = (None, None, None) if found is None else (found.name_vi, found.name_en, found.level)
    return dict(zip(names, values, strict=True))


def _city(mm_1h: float | None, came: Readings, why: dict[str, Why]) -> Expectation | None:
    if mm_1h is None:
        why["city"] = why["mm_1h"]
        return None
    found = city_threshold(mm_1h)
    if found.level == 0 and not came.is_enough:
        why["city"] = "partial"
        return None
    return Expectation(found.level, found.start, found.name_vi, found.name_en)


def _band(mm_12h: float | None, mm_24h: float | None) -> dict[str, Any]:
    found = disaster_band(mm_12h, mm_24h)
    return {
        "disaster_band": None if found is None else found.name_vi,
        "disaster_band_en": None if found is None else found.name_en,
    }


def _event(sums: RainSums, interval_s: float, now: datetime) -> RainEvent | None:
    found = sums.event
    if found is None:
        return None
    due = expected(now - found.hour, interval_s)
    return RainEvent(
        at_local_time(found.start),
        derived("rain", found.mm),
        at_local_time(found.last_rain),
        Readings(due, min(due, found.observed)),
    )


def _rounded(depth_mm: float | None) -> float | None:
    return None if depth_mm is None else derived("rain", depth_mm)
