"""Which point lies in which area."""

from collections.abc import Mapping, Sequence
from typing import Any


def assign(
    areas: Sequence[tuple[str, Mapping[str, Any]]], points: Mapping[str, tuple[float, float]]
) -> dict[str, str]:
    """The area id of every point that lies in one; `areas` are (id, GeoJSON), `points` (lon, lat), both in WGS84.

    A point on a border, or where areas overlap, gets the area whose id comes first. A point in no area is absent from
    the answer.
    """
    if not areas or not points:
        return {}
    # Only boundaries need them, and every process reads the catalogue.
    import shapely  # noqa: PLC0415
    from shapely.geometry import shape  # noqa: PLC0415

    tree = shapely.STRtree([shape(geometry) for _, geometry in areas])
    lon, lat = zip(*points.values(), strict=True)
    point_ids = list(points)
    found: dict[str, str] = {}
    for at, area_at in tree.query(shapely.points(lon, lat), predicate="intersects").T:
        point_id, area_id = point_ids[at], areas[area_at][0]
        found[point_id] = min(found.get(point_id, area_id), area_id)
    return found
