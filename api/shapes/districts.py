"""Shapes of districts."""

from typing import Any, Literal

from api.shapes import Shape


class DistrictFeature(Shape):
    """A district's outline."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any]
    properties: dict[str, str]


class DistrictCollection(Shape):
    """Every imported district; empty until boundaries are imported."""

    type: Literal["FeatureCollection"]
    features: list[DistrictFeature]
