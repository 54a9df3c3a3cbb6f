"""Air between the stations: PM2.5 where nobody measures, by ordinary kriging, and where that would be a guess.

Kriging weighs stations by a variogram, how much two places differ by their distance, so that stations side by side do
not count twice, and knows at each place how little it knows. The variogram is exponential; its size cancels out of the
weights. Its shape, and the choice against inverse distance weighting, come of leaving out one station after the other
of twelve in Beijing, in a summer and in a winter (UCI 501; `./hub bench air` computes it again, docs/data.md has the
figures). Distances are km on a plane around the stations' middle.

numpy takes a moment to load: programs import this module where they compute.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# How far (km) the air of two places still has something in common, by exp(-distance / RANGE_KM).
RANGE_KM: Final = 40.0
# What a station measures of its own street only, as a share of how much places far apart differ.
NUGGET: Final = 0.05
# Project rule: a place is shown while the kriging variance is at most this share of what places far apart differ by,
# some 6 km from a station at the edge, 8 km between stations. So far the class was right four times out of five and the
# error a fifth below that of the city's mean; twice as far both are nearly lost.
MOST_VARIANCE: Final = 0.3
# Project rule: three stations make a plane through themselves and nothing tells whether it is wrong.
LEAST_STATIONS: Final = 4
# Stations farther than this from the middle one are another city's.
REACH_KM: Final = 60.0
# Beyond so many, stations of one block count as one at their middle: the work grows with the cube.
MOST_STATIONS: Final = 200
METHOD: Final = "ordinary kriging"

_KM_PER_DEGREE_LAT: Final = 110.574
_KM_PER_DEGREE_LON: Final = 111.320


@dataclass(frozen=True, slots=True)
class Station:
    """What a station measures (µg/m³), and where (WGS84)."""

    lon: float
    lat: float
    value: float


@dataclass(frozen=True, slots=True)
class Plane:
    """A flat map around a point (WGS84), in km; good for a city."""

    lon: float
    lat: float

    @property
    def _lon_km(self) -> float:
        return _KM_PER_DEGREE_LON * float(np.cos(np.radians(self.lat)))

    def points(self, lon: Array, lat: Array) -> Array:
        """x, y (km) of positions, one row each."""
        return np.column_stack([(lon - self.lon) * self._lon_km, (lat - self.lat) * _KM_PER_DEGREE_LAT])

    def positions(self, points: Array) -> Array:
        """lon, lat of points, one row each."""
        return np.column_stack(
            [points[:, 0] / self._lon_km + self.lon, points[:, 1] / _KM_PER_DEGREE_LAT + self.lat]
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """Values (µg/m³) at places, and the variance there as a share of how much places far apart differ."""

    values: Array
    variance: Array

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Where it is no guess."""
        return self.variance <= MOST_VARIANCE


class Field:
    """What stations say about the places between them. Raises ValueError for fewer than LEAST_STATIONS."""

    def __init__(self, stations: Sequence[Station]) -> None:
        if len(stations) < LEAST_STATIONS:
            raise ValueError(f"{len(stations)} stations, at least {LEAST_STATIONS} are needed")
        lon, lat, values = np.array([(one.lon, one.lat, one.value) for one in stations]).T
        self.plane = Plane(float(np.median(lon)), float(np.median(lat)))
        self.points, self.values = _blocks(self.plane.points(lon, lat), values)

    def at(self, points: Array) -> Estimate:
        """The estimate at points of the plane (km, one row each)."""
        weights, variance = kriging(self.points, points)
        # Weights of hidden stations are a little below zero; a concentration is not.
        return Estimate(np.maximum(weights @ self.values, 0.0), variance)

    def error(self) -> float | None:
        """The mean absolute error (µg/m³) of each station estimated from the others; None where none can be."""
        left_out = leave_one_out(kriging_weights, self.points, self.values[None, :])
        errors = np.abs(left_out - self.values)
        return None if np.isnan(errors).all() else float(np.nanmean(errors))


def within_reach(stations: Sequence[Station]) -> list[Station]:
    """The stations that belong to the middle one's city."""
    if not stations:
        return []
    lon, lat = np.array([(one.lon, one.lat) for one in stations]).T
    plane = Plane(float(np.median(lon)), float(np.median(lat)))
    near = np.hypot(*plane.points(lon, lat).T) <= REACH_KM
    return [one for one, is_near in zip(stations, near, strict=True) if is_near]


def kriging(stations: Array, places: Array) -> tuple[Array, Array]:
    """Weights of the stations at each place (places, stations), and the variance as a share; points in km."""
    count = len(stations)
    left = np.ones((count + 1, count + 1))
    left[:count, :count] = _alike(_distances(stations, stations))
    left[np.arange(count), np.arange(count)] = 1.0 + NUGGET
    left[count, count] = 0.0
    right = np.ones((count + 1, len(places)))
    right[:count] = _alike(_distances(stations, places))
    solved = np.asarray(np.linalg.solve(left, right), dtype=np.float64)
    variance: Array = 1.0 - np.sum(solved * right, axis=0)
    return solved[:count].T, variance


Weights = Callable[[Array, Array], Array]


def kriging_weights(stations: Array, places: Array) -> Array:
    """Weights by ordinary kriging (places, stations)."""
    return kriging(stations, places)[0]


def inverse_distance_weights(power: float) -> Weights:
    """A function that gives weights by the inverse distance to this power (places, stations)."""

    def weights(stations: Array, places: Array) -> Array:
        closeness = np.maximum(_distances(places, stations), 0.1) ** -power
        shares: Array = closeness / closeness.sum(axis=1, keepdims=True)
        return shares

    return weights


def mean_weights(stations: Array, places: Array) -> Array:
    """The same weight for every station: what anything has to beat."""
    return np.full((len(places), len(stations)), 1.0 / len(stations))


def nearest_weights(stations: Array, places: Array) -> Array:
    """All weight on the nearest station."""
    nearest: Array = np.eye(len(stations))[_distances(places, stations).argmin(axis=1)]
    return nearest


# What was compared, by the name in the report.
METHODS: Final[Mapping[str, Weights]] = {
    "mean of the others": mean_weights,
    "nearest station": nearest_weights,
    "inverse distance": inverse_distance_weights(1),
    "inverse distance squared": inverse_distance_weights(2),
    "inverse distance cubed": inverse_distance_weights(3),
    METHOD: kriging_weights,
}


def leave_one_out(method: Weights, points: Array, values: Array) -> Array:
    """Each value estimated from those of the other stations at the same time.

    `points`: km, one row a station; `values`: one row a time, one column a station, NaN where nothing was measured.
    NaN where there was none, or fewer others than LEAST_STATIONS - 1.
    """
    estimated = np.full(values.shape, np.nan)
    measured = ~np.isnan(values)
    patterns, pattern_of = np.unique(measured, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        times = np.flatnonzero(pattern_of.reshape(-1) == number)
        present = np.flatnonzero(pattern)
        if len(present) < LEAST_STATIONS:
            continue
        for station in present:
            others = present[present != station]
            weights = method(points[others], points[[station]])[0]
            estimated[times, station] = values[np.ix_(times, others)] @ weights
    return estimated


def _blocks(points: Array, values: Array) -> tuple[Array, Array]:
    """The stations, or where they are too many, blocks of them with their mean."""
    size = 0.5
    while len(points) > MOST_STATIONS:
        _, block = np.unique(np.floor(points / size), axis=0, return_inverse=True)
        block = block.reshape(-1)
        counts: Any = np.bincount(block)
        points = np.column_stack([np.bincount(block, points[:, axis]) / counts for axis in (0, 1)])
        values = np.bincount(block, values) / counts
        size *= 2
    return points, values


def _distances(some: Array, others: Array) -> Array:
    return np.hypot(some[:, None, 0] - others[None, :, 0], some[:, None, 1] - others[None, :, 1])


def _alike(distances: Array) -> Array:
    return np.exp(-distances / RANGE_KM)
