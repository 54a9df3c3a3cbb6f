"""What the rain around a point lets expect there, by the city's own scenario for it. Pure; the steps are project rule.

The city lists with each point the rain in one hour from which it floods (Decision 2280/QD-UBND's scenarios: `50-70`,
`>100` mm). The wettest gauge nearby is held against it: `watch` from 60 % of that rain on, `likely` from it on,
`flooded` once water of 10 cm stands there, as its sensor measures or staff confirmed.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from cityhub.flood.classes import FLOODED_FROM_CM

Level = Literal["none", "watch", "likely", "flooded"]
# What makes a level.
Basis = Literal["rain", "sensor", "report"]
# Why there is no level: the city lists none for the point; no gauge is near; those that are told too little.
NoRisk = Literal["no_scenario", "no_gauge", "no_rain_data"]

WATCH_FROM = 0.6
# Gauges nearer than this are asked, else the nearest one up to twice as far: cloudbursts of summer are a few km wide.
NEAR_M = 3000.0
_EARTH_M = 6371008.8
_AMOUNT = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class GaugeHour:
    """A gauge and its rain of the last hour in mm, None where nothing good came; `is_enough`: it may be called dry."""

    id: str
    name_vi: str
    name_en: str
    lon: float
    lat: float
    mm_1h: float | None
    is_enough: bool


@dataclass(frozen=True, slots=True)
class Risk:
    """A level and what made it; of the rain, which gauge told how many mm of the `floods_from` in its scenario."""

    level: Level
    basis: Basis
    floods_from: float | None = None
    gauge: GaugeHour | None = None


def floods_from(scenario: str | None) -> float | None:
    """mm in one hour from which a point floods, by its scenario: 50 of `50-70`, 100 of `>100`; None without one."""
    found = _AMOUNT.search(scenario or "")
    return None if found is None else float(found[0])


class Placed(Protocol):
    """What is somewhere: WGS84 degrees."""

    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...


_Gauge = TypeVar("_Gauge", bound=Placed)


def near(lon: float, lat: float, gauges: Iterable[_Gauge]) -> list[_Gauge]:
    """The gauges within NEAR_M of a place (WGS84 degrees), or the nearest of those within twice as much."""
    # Most are far away, which two comparisons tell. A degree of longitude is shorter than one of latitude.
    degrees = math.degrees(2 * NEAR_M / _EARTH_M) * 1.001
    wide = degrees / max(math.cos(math.radians(lat)), 0.01)
    about = [gauge for gauge in gauges if abs(gauge.lat - lat) <= degrees and abs(gauge.lon - lon) <= wide]
    by_distance = sorted(((_metres(lon, lat, gauge), gauge) for gauge in about), key=lambda one: one[0])
    within = [gauge for metres, gauge in by_distance if metres <= NEAR_M]
    return within or [gauge for metres, gauge in by_distance[:1] if metres <= 2 * NEAR_M]


def risk(
    scenario: str | None,
    gauges: Sequence[GaugeHour],
    depth_cm: float | None,
    *,
    is_confirmed: bool | None = None,
) -> Risk | NoRisk:
    """The level at a point with these gauges near it, or why there is none.

    `depth_cm`: None where nobody knows it; `is_confirmed`: what staff on the spot said of it, None where nobody did.
    """
    threshold = floods_from(scenario)
    wettest = max(
        (gauge for gauge in gauges if gauge.mm_1h is not None),
        key=lambda gauge: gauge.mm_1h or 0,
        default=None,
    )
    if depth_cm is not None and depth_cm >= FLOODED_FROM_CM:
        return Risk("flooded", "sensor", threshold, wettest)
    if is_confirmed:
        return Risk("flooded", "report", threshold, wettest)
    if threshold is None:
        return "no_scenario"
    if not gauges:
        return "no_gauge"
    if wettest is None or wettest.mm_1h is None:
        return "no_rain_data"
    if wettest.mm_1h >= threshold:
        return Risk("likely", "rain", threshold, wettest)
    if wettest.mm_1h >= WATCH_FROM * threshold:
        return Risk("watch", "rain", threshold, wettest)
    # Of gauges with gaps it is not known that less fell.
    if not any(gauge.is_enough for gauge in gauges):
        return "no_rain_data"
    return Risk("none", "rain", threshold, wettest)


def _metres(lon: float, lat: float, gauge: Placed) -> float:
    a, b = math.radians(lat), math.radians(gauge.lat)
    half = (
        math.sin((b - a) / 2) ** 2
        + math.cos(a) * math.cos(b) * math.sin(math.radians(gauge.lon - lon) / 2) ** 2
    )
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))
