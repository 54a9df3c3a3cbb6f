"""Shapes as files have them, and as areas: planes, valid, one for each area, and simplified for maps."""

import json
from collections import Counter
from collections.abc import Sequence
from math import cos
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from geopandas import GeoSeries

_OUTLINE_TOLERANCES_M: Final = (30, 60, 120, 250, 500)
# A map's browser draws so many corners at ease; a whole country's wards have more at 30 m.
_MOST_CORNERS: Final = 60_000
_MANY_CORNERS: Final = 200_000
# About 1 m: finer digits only make the map's download longer.
_OUTLINE_GRID_DEGREES: Final = 1e-5
_METRES_PER_DEGREE: Final = 111_200.0


def planes(geometry: "GeoSeries") -> "GeoSeries":
    """The planes of each shape, without heights; None where it has none: no shape, an empty one, points, lines.

    Rings may still cross themselves. A corner without numbers leaves no plane.
    """
    import shapely  # noqa: PLC0415

    def plane(shape: Any) -> Any:
        found = None if shape is None else _plane(shapely.force_2d(shape))
        return found if found is None or _has_numbers(found) else None

    return geometry.apply(plane)


def merged(shapes: Sequence[Any]) -> Any:
    """One valid plane of the shapes of an area; None where nothing is left of them, as of a ring that has no inside.

    The same plane is the same, wherever a file's rings begin and whichever way they go round (here as RFC 7946 says).
    """
    import shapely  # noqa: PLC0415

    whole = _plane(shapely.union_all(shapely.make_valid(list(shapes))))
    return None if whole is None else shapely.orient_polygons(shapely.normalize(whole))


def side_by_side(shapes: Sequence[Any]) -> Any:
    """The shapes of an area as they are, mistakes and all."""
    import shapely  # noqa: PLC0415

    return _plane(shapely.GeometryCollection(list(shapes)))


def outlines(shapes: Sequence[Any]) -> list[Any]:
    """Shapes (WGS84) for maps: simplified by 30 m, many by more.

    All together, so that neighbours keep one border; each by itself where their borders do not have the same corners.
    """
    import shapely  # noqa: PLC0415
    from numpy import array, median, radians  # noqa: PLC0415

    # Metres east and north, near enough; a projection would fail at a corner that is half the earth away.
    middle = median([shape.representative_point().y for shape in shapes])
    metres = array([_METRES_PER_DEGREE * cos(radians(middle)), _METRES_PER_DEGREE])
    flat = shapely.transform(list(shapes), lambda corners: corners * metres)
    simplified = _simplified(flat)
    found = []
    for exact, simple in zip(shapes, simplified, strict=True):
        degrees = shapely.make_valid(shapely.transform(simple, lambda corners: corners / metres))
        rounded = _plane(shapely.set_precision(degrees, _OUTLINE_GRID_DEGREES))
        found.append(exact if rounded is None else rounded)
    return found


def _simplified(flat: Any) -> Any:
    import shapely  # noqa: PLC0415

    corners = shapely.get_num_coordinates(flat).sum()
    # Very many corners take minutes to find out that they do not fit each other.
    fit = corners <= _MANY_CORNERS or shapely.coverage_is_valid(flat)
    for simplify in (shapely.coverage_simplify, shapely.simplify)[not fit :]:
        for tolerance_m in _OUTLINE_TOLERANCES_M:
            found = simplify(flat, tolerance_m)
            if shapely.get_num_coordinates(found).sum() <= _MOST_CORNERS:
                return found
    return found


def geojson(geometry: Any) -> dict[str, Any]:
    """The shape as GeoJSON."""
    import shapely  # noqa: PLC0415

    # Through text, because shapely's mapping has tuples where JSON and the database have lists.
    parsed: dict[str, Any] = json.loads(shapely.to_geojson(geometry))
    return parsed


def kinds(geometry: "GeoSeries") -> str:
    """How many shapes of which kind there are, in words."""
    counts = Counter("row" if kind is None else kind for kind in geometry.geom_type)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _plane(shape: Any) -> Any:
    """What of a shape is plane, None where nothing is."""
    import shapely  # noqa: PLC0415

    parts = [part for part in _parts(shape) if part.geom_type == "Polygon" and not part.is_empty]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _parts(shape: Any) -> list[Any]:
    """The single shapes of a collection, however deep they lie."""
    if hasattr(shape, "geoms"):
        return [single for part in shape.geoms for single in _parts(part)]
    return [shape]


def _has_numbers(shape: Any) -> bool:
    import shapely  # noqa: PLC0415
    from numpy import isfinite  # noqa: PLC0415

    return bool(isfinite(shapely.get_coordinates(shape)).all())
