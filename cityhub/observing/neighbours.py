"""What a sensor says beside the sensors around it: the flag `neighbour`, given an hour at a time, afterwards.

All figures here are project rules, no standard; docs/data.md tells which real hours they were held against. The flag
only marks a value: it says that nobody around saw the same, not that the sensor is wrong.

A sensor with few readings in the hour is neither judged nor asked: silence is a matter of the device's health.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from cityhub.kinds import KINDS, KindName, ObservedProperty

# Fewer neighbours than this are no evidence.
LEAST_NEIGHBOURS = 3
# A sensor speaks for an hour when its good readings cover so much of it at its own interval, seconds.
COVERED_S = 1800.0
# Particles spread over a district: within 10 km each of Hanoi's 11 stations has 6 or more neighbours, within 5 km three
# of them have fewer than three.
PARTICLES_RADIUS_KM = 10.0
# A cloudburst is some kilometres wide. Within 5 km 25 of Hanoi's 42 gauges have three neighbours; the others stand
# alone in their districts, and twice the radius would add five.
RAIN_RADIUS_KM = 5.0
# A particle sensor stands out at so many times its neighbours' median, and at least so far above it, µg/m³.
PARTICLES_TIMES = 5.0
PARTICLES_ABOVE = 50.0
# A storm that no gauge amid it can miss, mm in the hour.
STORM_MM = 10.0

_EARTH_KM = 6371.0088
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True, slots=True)
class Rule:
    """How one property is compared: `differs(figure, figures of the neighbours)`, each an hour's mean or sum."""

    kind: KindName
    property: str
    radius_km: float
    differs: Callable[[float, Sequence[float]], bool]

    def observed(self) -> ObservedProperty:
        """The property's row in the table of kinds."""
        return KINDS[self.kind].properties[self.property]


@dataclass(frozen=True, slots=True)
class SensorHour:
    """What one sensor measured in the hour that begins at `hour` (aware): `n` good readings and their sum.

    lat, lon: WGS84 degrees; `interval_s`: seconds between two reports.
    """

    datastream_id: int
    hour: datetime
    lat: float
    lon: float
    interval_s: float
    n: int
    sum: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """One sensor's hour beside its neighbours'. `figure` and `median` are in the property's unit."""

    datastream_id: int
    hour: datetime
    figure: float
    median: float
    neighbours: int
    differs: bool


def stands_out(figure: float, others: Sequence[float]) -> bool:
    """Particles: far above the median of the neighbours, by ratio and by amount (µg/m³)."""
    middle = median(others)
    return figure >= PARTICLES_TIMES * middle and figure - middle >= PARTICLES_ABOVE


def dry_in_a_storm(figure: float, others: Sequence[float]) -> bool:
    """Rain: nothing at all (mm) where the gauges around measured a storm.

    The same sum from several gauges counts once: it is one gauge's word, handed on to stations that have none (the
    Beijing files do so). Dry neighbours count one by one, so that at a storm's edge nobody is marked.
    """
    if figure != 0:
        return False
    wet = {round(other, 2) for other in others if other > 0}
    dry = sum(other == 0 for other in others)
    stormy = sum(amount >= STORM_MM for amount in wet)
    return stormy >= LEAST_NEIGHBOURS and median([*wet, *[0.0] * dry]) >= STORM_MM


RULES: tuple[Rule, ...] = (
    Rule("air", "pm2_5", PARTICLES_RADIUS_KM, stands_out),
    Rule("air", "pm10", PARTICLES_RADIUS_KM, stands_out),
    Rule("rain", "rain", RAIN_RADIUS_KM, dry_in_a_storm),
)


def compare(rule: Rule, measured: Iterable[SensorHour]) -> list[Comparison]:
    """Each hour of each sensor that has enough neighbours in it. All sensors of `measured` belong together."""
    totals = rule.observed().aggregation == "sum"
    hours: dict[datetime, dict[int, float]] = defaultdict(dict)
    places: dict[int, tuple[float, float]] = {}
    for one in measured:
        if one.n * one.interval_s >= COVERED_S:
            hours[one.hour][one.datastream_id] = one.sum if totals else one.sum / one.n
            places[one.datastream_id] = (one.lat, one.lon)
    around = _around(places, rule.radius_km)
    found = []
    for hour, figures in sorted(hours.items()):
        for id, figure in figures.items():
            others = [figures[other] for other in around[id] if other in figures]
            if len(others) >= LEAST_NEIGHBOURS:
                differs = rule.differs(figure, others)
                found.append(Comparison(id, hour, figure, median(others), len(others), differs))
    return found


def words(rule: Rule, comparison: Comparison) -> str:
    """The comparison as a line for the record."""
    observed = rule.observed()
    measure = "sum" if observed.aggregation == "sum" else "mean"
    return (
        f"{observed.name_en}, hourly {measure} {comparison.figure:.1f} {observed.unit}; median of"
        f" {comparison.neighbours} neighbours within {rule.radius_km:g} km {comparison.median:.1f} {observed.unit}"
    )


def distance_km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance of two places (lat, lon in degrees) on the mean sphere."""
    lat, lon, other_lat, other_lon = map(math.radians, (*one, *other))
    half = math.sin((other_lat - lat) / 2) ** 2
    half += math.cos(lat) * math.cos(other_lat) * math.sin((other_lon - lon) / 2) ** 2
    return 2 * _EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def _around(places: Mapping[int, tuple[float, float]], radius_km: float) -> dict[int, list[int]]:
    """The others within the radius of each. Sorted by latitude, so that only a band is measured."""
    order = sorted(places, key=lambda id: places[id])
    around: dict[int, list[int]] = {id: [] for id in order}
    for at, id in enumerate(order):
        for other in order[at + 1 :]:
            if (places[other][0] - places[id][0]) * _KM_PER_DEGREE > radius_km + 1:
                break
            if distance_km(places[id], places[other]) <= radius_km:
                around[id].append(other)
                around[other].append(id)
    return around
