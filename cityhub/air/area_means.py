"""PM2.5 over an area, by the field: the mean of what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import shape

from cityhub.air.field import Field

# Project rule: of an area of which less is known there is no mean.
LEAST_COVERED: Final = 0.5
# Points along the longer side of the area's box.
_POINTS: Final = 40


@dataclass(frozen=True, slots=True)
class AreaMean:
    """µg/m³, None where too little of the area is known; `covered`: the share that is, 0 to 1."""

    pm2_5: float | None
    covered: float


def mean_over(field: Field, geometry: Mapping[str, Any]) -> AreaMean:
    """The mean over an area (GeoJSON, WGS84)."""
    area = shape(geometry)
    west, south, east, north = area.bounds
    step = max(east - west, north - south) / _POINTS
    lon, lat = (
        axis.ravel()
        for axis in np.meshgrid(
            np.arange(west + step / 2, east, step), np.arange(south + step / 2, north, step)
        )
    )
    shapely.prepare(area)
    inside = shapely.contains_xy(area, lon, lat)
    if not inside.any():
        middle = area.representative_point()
        lon, lat, inside = np.array([middle.x]), np.array([middle.y]), np.array([True])
    estimate = field.at(field.plane.points(lon[inside], lat[inside]))
    known = estimate.is_known
    covered = float(known.mean())
    if covered < LEAST_COVERED:
        return AreaMean(None, covered)
    return AreaMean(float(estimate.values[known].mean()), covered)
