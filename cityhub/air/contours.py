"""Areas of one class out of a field: polygons as GeoJSON draws them.

The field is computed on a grid and lies on a plane between three neighbouring points of it, so that the edge of a class
is exact for what the grid says. Squares that lie in one class as a whole are taken as they are.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import shapely

from cityhub.air.breakpoints import BREAKPOINTS, INDICES
from cityhub.air.categories import CATEGORIES, Category
from cityhub.air.field import MOST_VARIANCE, Array, Estimate, Field

# Side (km) of a square of the grid, unless that makes more than MOST_SQUARES along a side.
SQUARE_KM: Final = 0.5
MOST_SQUARES: Final = 120
# How far (km) around the stations something may be known: farther than MOST_VARIANCE reaches.
MARGIN_KM: Final = 12.0
# Degrees, a tenth of a metre: as many decimals as CAP and GeoJSON readers take.
_PRECISION: Final = 1e-6
_LOW, _HIGH = -1.0, float("inf")

# x, y, value, variance.
_Corner = tuple[float, float, float, float]
_VALUE, _VARIANCE = 2, 3


@dataclass(frozen=True, slots=True)
class Contour:
    """Where PM2.5 lies in one category's steps: above `low` (µg/m³) up to `high`, None without an end.

    `geometry`: a GeoJSON MultiPolygon, WGS84, valid, outer rings counterclockwise.
    """

    category: Category
    low: float
    high: float | None
    geometry: Mapping[str, Any]


def thresholds() -> list[float]:
    """Concentrations of PM2.5 (µg/m³) up to which the categories but the last reach: 25 makes an index of 50."""
    column = BREAKPOINTS["pm2_5"]
    return [float(column[INDICES.index(category.start - 1)]) for category in CATEGORIES[1:]]


def category_of(concentration: float) -> Category:
    """The category in whose steps a concentration of PM2.5 (µg/m³) lies."""
    return CATEGORIES[bisect_left(thresholds(), concentration)]


def contours(field: Field) -> list[Contour]:
    """The categories that occur where the field is no guess, the best first."""
    points, columns = _grid(field)
    estimate = field.at(points)
    edges = [_LOW, *thresholds(), _HIGH]
    found = []
    for category, (low, high) in zip(CATEGORIES, pairwise(edges), strict=True):
        pieces = list(_pieces(points, columns, estimate, low, high))
        geometry = _merged(field, pieces) if pieces else None
        if geometry is not None:
            found.append(Contour(category, max(low, 0.0), None if high == _HIGH else high, geometry))
    return found


def _grid(field: Field) -> tuple[Array, int]:
    """Points in rows from the south-west, and how many a row has."""
    low, high = field.points.min(axis=0) - MARGIN_KM, field.points.max(axis=0) + MARGIN_KM
    step = max(SQUARE_KM, float((high - low).max()) / MOST_SQUARES)
    x, y = (np.arange(low[axis], high[axis] + step, step) for axis in (0, 1))
    across, along = np.meshgrid(x, y)
    return np.column_stack([across.ravel(), along.ravel()]), len(x)


def _pieces(points: Array, columns: int, estimate: Estimate, low: float, high: float) -> Iterator[Array]:
    """Rings (km) that together are where the estimate is known, above `low` and up to `high`."""
    shape = (-1, columns)
    values, variance = estimate.values.reshape(shape), estimate.variance.reshape(shape)
    inside = (values > low) & (values <= high) & (variance <= MOST_VARIANCE)
    corners = np.stack([inside[:-1, :-1], inside[:-1, 1:], inside[1:, 1:], inside[1:, :-1]])
    whole = corners.all(axis=0)
    x, y = points[:, 0].reshape(shape), points[:, 1].reshape(shape)
    for row, first, last in _runs(whole):
        west, east, south, north = x[row, first], x[row, last], y[row, first], y[row + 1, first]
        yield np.array([(west, south), (east, south), (east, north), (west, north)])
    # A class may also cross a square whose corners all lie in others.
    lowest = np.minimum.reduce([values[:-1, :-1], values[:-1, 1:], values[1:, 1:], values[1:, :-1]])
    highest = np.maximum.reduce([values[:-1, :-1], values[:-1, 1:], values[1:, 1:], values[1:, :-1]])
    known = np.minimum.reduce([variance[:-1, :-1], variance[:-1, 1:], variance[1:, 1:], variance[1:, :-1]])
    crossed = (lowest < high) & (highest >= low) & (known <= MOST_VARIANCE) & ~whole
    stacked = np.stack([x, y, values, variance], axis=-1)
    for row, column in zip(*np.nonzero(crossed), strict=True):
        south_west, south_east = stacked[row, column], stacked[row, column + 1]
        north_west, north_east = stacked[row + 1, column], stacked[row + 1, column + 1]
        for triangle in ((south_west, south_east, north_east), (south_west, north_east, north_west)):
            ring: Sequence[_Corner] = [tuple(map(float, corner)) for corner in triangle]  # type: ignore[misc]
            ring = _cut(ring, _VARIANCE, MOST_VARIANCE, is_upper=True)
            ring = _cut(ring, _VALUE, low, is_upper=False)
            if high != _HIGH:
                ring = _cut(ring, _VALUE, high, is_upper=True)
            if len(ring) > 2:
                yield np.array([corner[:2] for corner in ring])


def _runs(whole: Any) -> Iterator[tuple[int, int, int]]:
    """Row, first and last point of squares side by side."""
    for row, line in enumerate(whole):
        steps = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]])))
        for first, last in zip(steps[::2], steps[1::2], strict=True):
            yield row, int(first), int(last)


def _cut(ring: Sequence[_Corner], what: int, limit: float, *, is_upper: bool) -> Sequence[_Corner]:
    """The part of a convex ring where its value `what` is on the right side of `limit` (Sutherland and Hodgman)."""
    kept: list[_Corner] = []
    for before, corner in zip((ring[-1], *ring[:-1]) if ring else (), ring, strict=True):
        was_in, is_in = ((one[what] <= limit) == is_upper for one in (before, corner))
        if was_in is not is_in:
            share = (limit - before[what]) / (corner[what] - before[what])
            x, y, value, variance = (a + share * (b - a) for a, b in zip(before, corner, strict=True))
            kept.append((x, y, value, variance))
        if is_in:
            kept.append(corner)
    return kept


def _merged(field: Field, rings: Sequence[Array]) -> Mapping[str, Any] | None:
    """One valid MultiPolygon (WGS84) of them, None where they have no area."""
    positions = field.plane.positions(np.concatenate(rings))
    ring_of = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    polygons = shapely.polygons(shapely.linearrings(positions, indices=ring_of))
    union = shapely.union_all(polygons, grid_size=_PRECISION)
    parts = [part for part in shapely.get_parts(union) if part.geom_type == "Polygon" and part.area > 0]
    if not parts:
        return None
    merged = shapely.orient_polygons(shapely.multipolygons(parts), exterior_cw=False)
    geometry: Mapping[str, Any] = shapely.geometry.mapping(merged)
    return geometry
