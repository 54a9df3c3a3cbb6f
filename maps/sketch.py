"""Small drawings of the base layer for the first page: the city, the lake, the parking streets."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cityhub.kinds import Kind
from maps import base

WIDTH: Final = 320
HEIGHT: Final = 180


@dataclass(frozen=True, slots=True)
class View:
    """What a drawing shows: its centre (WGS84 degrees) and its width in degrees of longitude."""

    lon: float
    lat: float
    width: float

    @property
    def x_scale(self) -> float:
        """Units of the drawing per degree of longitude."""
        return WIDTH / self.width

    @property
    def y_scale(self) -> float:
        """Units of the drawing per degree of latitude; a degree of longitude is shorter by the cosine."""
        return self.x_scale / math.cos(math.radians(self.lat))

    @property
    def west(self) -> float:
        """Longitude of the left edge."""
        return self.lon - self.width / 2

    @property
    def north(self) -> float:
        """Latitude of the upper edge."""
        return self.lat + HEIGHT / 2 / self.y_scale

    def point(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place is in the drawing, from the upper left corner."""
        return round((lon - self.west) * self.x_scale, 1), round((self.north - lat) * self.y_scale, 1)


def view_of(kind: Kind) -> View:
    """What the drawing for a kind shows."""
    return View(kind.extent.lon, kind.extent.lat, kind.extent.width)


@dataclass(frozen=True, slots=True)
class Shape:
    """One SVG path, the class of what it is (river, lake, street, main_street, bridge), and if it is an area."""

    feature_class: str
    path: str
    is_area: bool


def shapes(view: View) -> list[Shape]:
    """The base layer's features that reach into `view`, as SVG paths."""
    found = []
    for feature in base.features():
        is_area = feature["geometry"]["type"].endswith("Polygon")
        drawn = [path for line in _lines(feature["geometry"]) if (path := _path(view, line, closed=is_area))]
        if drawn:
            found.append(Shape(feature["properties"]["class"], "".join(drawn), is_area))
    return found


def _path(view: View, ring: Sequence[Sequence[float]], *, closed: bool) -> str:
    """The line in the drawing; empty when it does not touch it."""
    points = [view.point(lon, lat) for lon, lat, *_ in ring]
    across, down = zip(*points, strict=True)
    if max(across) < 0 or min(across) > WIDTH or max(down) < 0 or min(down) > HEIGHT:
        return ""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points) + ("Z" if closed else "")


def _lines(geometry: Mapping[str, Any]) -> Iterator[Sequence[Sequence[float]]]:
    """Every ring or line of a GeoJSON geometry."""
    coordinates = geometry["coordinates"]
    match geometry["type"]:
        case "LineString":
            yield coordinates
        case "MultiLineString" | "Polygon":
            yield from coordinates
        case "MultiPolygon":
            yield from (ring for polygon in coordinates for ring in polygon)
