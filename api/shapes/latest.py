"""Shapes of the newest state of every sensor or place."""

from typing import Any, Literal

from api.shapes import Shape
from cityhub.kinds import KindName


class Point(Shape):
    """lon, lat in WGS84 degrees."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


class LatestFeature(Shape):
    """A sensor or parking place with its newest state."""

    type: Literal["Feature"]
    id: str
    geometry: Point
    properties: dict[str, Any]


class LatestCollection(Shape):
    """Every sensor of a kind, or every parking place."""

    type: Literal["FeatureCollection"]
    kind: KindName
    generated_at: str
    features: list[LatestFeature]
