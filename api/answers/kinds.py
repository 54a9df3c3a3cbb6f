"""The table of kinds."""

import math
from typing import Self

from msgspec import Struct

from cityhub.kinds import Aggregation, Band, Kind, KindName, ObservedProperty
from cityhub.kinds.model import Change, Flat


class ChangeInfo(Struct, frozen=True):
    """How far a value may lie from the last one believed: `jump` plus `per_hour` for every hour since."""

    jump: float
    per_hour: float

    @classmethod
    def of(cls, change: Change) -> Self:
        """The answer for a row of the table."""
        return cls(change.jump, change.per_hour)


class UnchangedInfo(Struct, frozen=True):
    """How long (hours) a value between `above` and `below` may stay the same; null: no such bound."""

    hours: float
    above: float | None
    below: float | None

    @classmethod
    def of(cls, flat: Flat) -> Self:
        """JSON has no infinity: a bound that is not there is null."""
        above, below = (bound if math.isfinite(bound) else None for bound in (flat.above, flat.below))
        return cls(flat.hours, above, below)


class PropertyInfo(Struct, frozen=True):
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

    @classmethod
    def of(cls, row: ObservedProperty) -> Self:
        """The answer for a row of the table."""
        return cls(
            property=row.name,
            unit=row.unit,
            low=row.low,
            high=row.high,
            change=None if row.change is None else ChangeInfo.of(row.change),
            unchanged=None if row.flat is None else UnchangedInfo.of(row.flat),
            aggregation=row.aggregation,
            name=row.name_vi,
            name_en=row.name_en,
            decimals=row.decimals,
        )


class BandInfo(Struct, frozen=True):
    """Values from `start` up to the next band have this colour."""

    start: float
    color: str
    name: str
    name_en: str

    @classmethod
    def of(cls, band: Band) -> Self:
        """The answer for a row of the table."""
        return cls(band.start, band.color, band.name_vi, band.name_en)


class MarkerInfo(Struct, frozen=True):
    """What a map marker of the kind shows."""

    property: str
    unit: str
    name: str
    name_en: str
    note: str
    note_en: str
    bands: list[BandInfo]

    @classmethod
    def of(cls, kind: Kind) -> Self:
        """The answer for a row of the table."""
        return cls(
            property=kind.headline,
            unit=kind.headline_unit,
            name=kind.headline_vi,
            name_en=kind.headline_en,
            note=kind.bands_note_vi,
            note_en=kind.bands_note_en,
            bands=[BandInfo.of(band) for band in kind.bands],
        )


class KindInfo(Struct, frozen=True):
    """A kind of sensor."""

    kind: KindName
    name: str
    name_en: str
    properties: list[PropertyInfo]
    marker: MarkerInfo

    @classmethod
    def of(cls, kind: Kind) -> Self:
        """The answer for a row of the table."""
        properties = [PropertyInfo.of(row) for row in kind.properties.values()]
        return cls(kind.name, kind.name_vi, kind.name_en, properties, MarkerInfo.of(kind))


class Kinds(Struct, frozen=True):
    """Every kind of sensor."""

    kinds: list[KindInfo]
