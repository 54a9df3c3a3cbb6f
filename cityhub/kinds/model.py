"""What a kind of sensor and an observed property are made of. The table itself is in cityhub.kinds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Aggregation = Literal["mean", "sum", "max", "last"]


@dataclass(frozen=True, slots=True)
class Change:
    """How far a value may lie from the last one believed: `jump` plus `per_hour` for every hour since.

    For a sum, such as rain since the previous report, the value itself is bounded so.
    """

    jump: float
    per_hour: float


@dataclass(frozen=True, slots=True)
class Flat:
    """How long (hours) a value may stay the same while it lies between `above` and `below`, both exclusive.

    Outside of these bounds it may rest: at a detection limit, at saturation, or because there is nothing to measure.
    """

    hours: float
    above: float = -math.inf
    below: float = math.inf


@dataclass(frozen=True, slots=True)
class ObservedProperty:
    """One measured quantity: its unit, plausible range (inclusive) and how an hour of it is summed up.

    `is_state`: it is so or not, and `true` and `false` are 1 and 0. Of a quantity they say nothing.
    """

    name: str
    unit: str
    low: float
    high: float
    aggregation: Aggregation
    name_vi: str
    name_en: str
    decimals: int = 1
    change: Change | None = None
    flat: Flat | None = None
    is_state: bool = False


@dataclass(frozen=True, slots=True)
class Band:
    """Values at or above `start` (up to the next band) get this colour and these words."""

    start: float
    color: str
    name_vi: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that the hub derives from what sensors measure, in `unit`: it is shown, not stored.

    `of`: the field of the answer that it is a part of, as free bays are of the capacity.
    """

    name: str
    unit: str
    name_vi: str
    name_en: str
    decimals: int
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A kind in one figure, made from the headline figures of all sites that measure now.

    `figure`: that of the worst site, their median, their total, or how many of them reach `threshold`. Below it stand a
    caption (empty: the name of the headline) and a line of detail (empty: where the worst site is), or `quiet` instead
    of the detail while the figure is 0. Blanks in all of them: `{name}`, `{band}` and `{value}` of the worst site, this
    with `detail_decimals` (None: those of the headline); `{sites}`, `{at_zero}` (those whose figure is 0) and
    `{capacity}`.
    """

    figure: Literal["worst", "median", "total", "reached"] = "worst"
    caption_vi: str = ""
    caption_en: str = ""
    detail_vi: str = ""
    detail_en: str = ""
    quiet_vi: str = ""
    quiet_en: str = ""
    threshold: float = 0
    detail_decimals: int | None = None


@dataclass(frozen=True, slots=True)
class MapView:
    """Where a map opens (WGS84 degrees), at which zoom, and the closest zoom that it takes to frame its sensors."""

    lat: float
    lon: float
    zoom: int
    closest: int = 16


@dataclass(frozen=True, slots=True)
class Extent:
    """What a small drawing shows of the city: its centre (WGS84 degrees) and its width (degrees of longitude)."""

    lon: float
    lat: float
    width: float


WHOLE_CITY = MapView(21.0285, 105.8400, 12)
CITY_EXTENT = Extent(105.800, 21.025, 0.30)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of sensor. `headline` is the quantity that a map marker shows, `bands` its colours.

    `headline` may be one of `figures` rather than an observed property; `low_is_worse`: of that quantity.
    `measures`: what a sensor measures where the catalogue does not say, all properties when empty; `interval_s`: how
    often (s) it is then expected to report. `mention`: how a sentence names it among others, by its name when empty.
    `attention`: the `step` from which on residents are told of a site before all others; None: never.
    `instead`: the same kind with the headline that a site shows while it has no figure of this one's.
    """

    name: str
    name_vi: str
    name_en: str
    properties: Mapping[str, ObservedProperty]
    headline: str
    headline_unit: str
    headline_vi: str
    headline_en: str
    bands: tuple[Band, ...]
    bands_note_vi: str
    bands_note_en: str
    figures: tuple[Figure, ...] = ()
    low_is_worse: bool = False
    measures: tuple[str, ...] = ()
    interval_s: int = 60
    map_view: MapView = WHOLE_CITY
    extent: Extent = CITY_EXTENT
    card: Card = Card()
    mention_vi: str = ""
    mention_en: str = ""
    attention: int | None = None
    instead: "Kind | None" = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "measures", self.measures or tuple(self.properties))

    @property
    def headline_decimals(self) -> int:
        """Decimals that the headline figure is shown with, at most."""
        shown: tuple[Figure | ObservedProperty, ...] = (*self.figures, *self.properties.values())
        return next(one.decimals for one in shown if one.name == self.headline)

    def showing(self, headline: str) -> "Kind":
        """This kind with that headline: itself, or what its sites show instead."""
        return self.instead if self.instead is not None and headline == self.instead.headline else self

    def band(self, value: float) -> Band:
        """The band that holds `value` (in `headline_unit`); values below the first band get the first."""
        found = self.bands[0]
        for band in self.bands:
            if value >= band.start:
                found = band
        return found

    def step(self, value: float) -> int:
        """How many bands are better than the one that holds `value`: 0 for the best."""
        at = 0
        while at + 1 < len(self.bands) and value >= self.bands[at + 1].start:
            at += 1
        return len(self.bands) - 1 - at if self.low_is_worse else at


def table(*properties: ObservedProperty) -> Mapping[str, ObservedProperty]:
    """Properties by their names."""
    return MappingProxyType({p.name: p for p in properties})
