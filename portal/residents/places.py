"""The drawn map of a kind's sites. Every site in it also stands in the list beside it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature
from maps import sketch
from portal.residents.sites import MOST_SITES, worst_first


class Dot(NamedTuple):
    """A site in the drawing, from its upper left corner."""

    x: float
    y: float
    r: float
    color: str


@dataclass(frozen=True, slots=True)
class SmallMap:
    """What the macro `small_map` draws. `href`: the large map."""

    kind: KindName
    shapes: list[sketch.Shape]
    dots: list[Dot]
    width: int = sketch.WIDTH
    height: int = sketch.HEIGHT


def small_map(kind: KindName, features: Iterable[Feature]) -> SmallMap:
    """The sites of `kind` in its part of the city; the worst are drawn last and lie on top."""
    view, shapes = _drawn(kind)
    dots = []
    for feature in reversed(worst_first(KINDS[kind], features)[:MOST_SITES]):
        is_alive = feature.properties.status != "offline"
        x, y = view.point(*feature.geometry.coordinates)
        dots.append(Dot(x, y, 6 if is_alive else 4, feature.properties.marker.color))
    return SmallMap(kind, shapes, dots)


def drawn_at(kind: KindName, lon: float, lat: float) -> SmallMap:
    """One site of `kind` in its part of the city (WGS84)."""
    view, shapes = _drawn(kind)
    x, y = view.point(lon, lat)
    return SmallMap(kind, shapes, [Dot(x, y, 9, "#a3231f")])


@cache
def _drawn(kind: KindName) -> tuple[sketch.View, list[sketch.Shape]]:
    view = sketch.view_of(KINDS[kind])
    return view, sketch.shapes(view)
