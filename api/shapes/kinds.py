"""Shapes of the table of kinds."""

from api.shapes import Shape
from cityhub.kinds import Aggregation, KindName


class ChangeInfo(Shape):
    """How far a value may lie from the last one believed: `jump` plus `per_hour` for every hour since."""

    jump: float
    per_hour: float


class UnchangedInfo(Shape):
    """How long (hours) a value between `above` and `below` may stay the same; null: no such bound."""

    hours: float
    above: float | None
    below: float | None


class PropertyInfo(Shape):
    """An observed property and what it is held against: low and high (flag `range`), change (`rate`), unchanged
    (`flatline`).
    """

    property: str
    unit: str
    low: float
    high: float
    change: ChangeInfo | None
    unchanged: UnchangedInfo | None
    aggregation: Aggregation
    name: str
    name_en: str
    decimals: int


class BandInfo(Shape):
    """Values from `start` up to the next band have this colour."""

    start: float
    color: str
    name: str
    name_en: str


class MarkerInfo(Shape):
    """What a map marker of the kind shows."""

    property: str
    unit: str
    name: str
    name_en: str
    note: str
    note_en: str
    bands: list[BandInfo]


class KindInfo(Shape):
    """A kind of sensor."""

    kind: KindName
    name: str
    name_en: str
    properties: list[PropertyInfo]
    marker: MarkerInfo


class Kinds(Shape):
    """Every kind of sensor."""

    kinds: list[KindInfo]
