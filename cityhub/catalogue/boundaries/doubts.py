"""What looks wrong about areas, in words for people: nothing of it stops an import, but nobody should have to find out
from a map that a district holds half the city.

All figures are project rules: far beyond what any area of Viet Nam has.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from cityhub.catalogue.areas import Level

# At the latitude of Hanoi.
_KM_PER_LON: Final = 104.0
_KM_PER_LAT: Final = 111.0
# Longer from end to end than this, km, or larger, km2: no area of the level is.
_LONGEST_KM: Final[Mapping[Level, float]] = {"province": 600, "district": 200, "ward": 150, "quarter": 50}
_LARGEST_KM2: Final[Mapping[Level, float]] = {
    "province": 40_000,
    "district": 8_000,
    "ward": 3_000,
    "quarter": 300,
}
_SMALLEST_KM2: Final = 0.001
# A corner that stands so far out, km, and so many times as far as its two neighbours lie from each other.
_OUTLYING_KM: Final = 2.0
_OUTLYING_TIMES: Final = 8.0
# Overlaps are told from this part of the smaller area on; thinner ones are borders drawn twice.
_OVERLAP_SHARE: Final = 0.01
_OVERLAP_KM2: Final = 0.01
_MOST: Final = 5


def doubts(level: Level, names: Sequence[str], drawn: Sequence[Any], areas: Sequence[Any]) -> list[str]:
    """What is odd about areas of a level: `drawn` as the file has them, `areas` after they were mended; both WGS84."""
    told = [
        odd
        for name, shape, area in zip(names, drawn, areas, strict=True)
        if (odd := _of_one(level, name, shape, area)) is not None
    ]
    return _bounded(told) + _overlaps(names, areas)


def _of_one(level: Level, name: str, drawn: Any, area: Any) -> str | None:
    west, south, east, north = drawn.bounds
    length_km = max((east - west) * _KM_PER_LON, (north - south) * _KM_PER_LAT)
    outlying = _outlying_corner(drawn)
    if outlying is not None:
        lon, lat, far_km = outlying
        return f"{name}: one corner stands {far_km:,.0f} km out, at {lat:g}, {lon:g} (lat, lon); is it a mistake?"
    if length_km > _LONGEST_KM[level]:
        return f"{name}: {length_km:,.0f} km from end to end is too long for a {level}"
    if _km2(area) > _LARGEST_KM2[level]:
        return f"{name}: {_km2(area):,.0f} km² is too large for a {level}"
    if _km2(area) < _SMALLEST_KM2:
        return f"{name}: {_km2(area) * 1e6:,.0f} m² is too small for a {level}"
    return None


def _km2(shape: Any) -> float:
    """Near enough for a doubt, and for shapes that no projection can hold."""
    return float(shape.area) * _KM_PER_LON * _KM_PER_LAT


def _outlying_corner(drawn: Any) -> tuple[float, float, float] | None:
    """(lon, lat, km) of a corner that one slip of a digit moved away: far from both of its neighbours, which are not
    far from each other.
    """
    from numpy import hypot, roll  # noqa: PLC0415
    from shapely import get_coordinates, get_parts  # noqa: PLC0415

    worst: tuple[float, float, float] | None = None
    for part in get_parts(drawn):
        corners = get_coordinates(part.exterior)[:-1]
        if len(corners) < 4:
            continue
        plane = corners * (_KM_PER_LON, _KM_PER_LAT)
        before, after = roll(plane, 1, axis=0), roll(plane, -1, axis=0)
        near = hypot(*(plane - before).T), hypot(*(plane - after).T)
        between = hypot(*(before - after).T)
        for at in ((near[0] > _OUTLYING_KM) & (near[1] > _OUTLYING_KM)).nonzero()[0]:
            far_km = min(near[0][at], near[1][at])
            if far_km > _OUTLYING_TIMES * between[at] and (worst is None or far_km > worst[2]):
                worst = float(corners[at][0]), float(corners[at][1]), float(far_km)
    return worst


def _overlaps(names: Sequence[str], shapes: Sequence[Any]) -> list[str]:
    from shapely import STRtree, simplify  # noqa: PLC0415

    # By 1 m: it makes no overlap that is told, and shapes of very many corners light.
    shapes = list(simplify(list(shapes), 1e-5))
    pairs = STRtree(shapes).query(shapes, predicate="intersects").T
    found = []
    for one, other in pairs:
        if one >= other:
            continue
        shared = _km2(shapes[one].intersection(shapes[other]))
        smaller = min(_km2(shapes[one]), _km2(shapes[other]))
        if shared > _OVERLAP_KM2 and shared > _OVERLAP_SHARE * smaller:
            found.append((shared / smaller, shared, names[one], names[other]))
    found.sort(reverse=True)
    told = [
        f"{one} and {other} overlap by {shared:,.2f} km², {share:.0%} of the smaller"
        for share, shared, one, other in found
    ]
    return _bounded(told)


def _bounded(told: list[str]) -> list[str]:
    more = len(told) - _MOST
    return told if more <= 0 else [*told[:_MOST], f"and {more} more of this kind"]
