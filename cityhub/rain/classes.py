"""What sums of rain are called: classes over 12 and 24 hours, the city's thresholds for one hour, disaster bands. Pure.

Classes are those of Vietnam's weather bulletins (mưa nhỏ, mưa, mưa vừa, mưa to, mưa rất to). Their published limits
leave gaps between whole numbers (6-15, 16-50): here a class ends with its published upper limit. Thresholds for one
hour: Decision 2280/QD-UBND of Hanoi, 29 April 2026. Bands of rain: Decision 18/2021/QD-TTg, whose level of risk also
takes forecast, duration and terrain: a gauge tells the band and never the level.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class RainClass:
    """`level` counts from 0 (no rain) to 5."""

    level: int
    name_vi: str
    name_en: str


CLASSES: Sequence[RainClass] = (
    RainClass(0, "không mưa", "no rain"),
    RainClass(1, "mưa nhỏ", "light rain"),
    RainClass(2, "mưa", "rain"),
    RainClass(3, "mưa vừa", "moderate rain"),
    RainClass(4, "mưa to", "heavy rain"),
    RainClass(5, "mưa rất to", "very heavy rain"),
)
_ENDLESS = float("inf")


class _Limit(NamedTuple):
    """Where a class ends, in mm, and whether the limit itself still belongs to it."""

    mm: float
    is_within: bool


# Of each class in order, by the hours of the sum: below 3, 3 to below 8, 8-25, 26-50; below 6, 6-15, 16-50, 51-100.
_LIMITS: Mapping[int, Sequence[_Limit]] = {
    12: (_Limit(0, True), _Limit(3, False), _Limit(8, False), _Limit(25, True), _Limit(50, True)),
    24: (_Limit(0, True), _Limit(6, False), _Limit(15, True), _Limit(50, True), _Limit(100, True)),
}


@dataclass(frozen=True, slots=True)
class CityThreshold:
    """What the city expects of rain from `start` mm in one hour on (Decision 2280/QD-UBND)."""

    level: int
    start: float
    name_vi: str
    name_en: str


CITY: Sequence[CityThreshold] = (
    CityThreshold(0, 0, "cơ bản không ngập", "basically no flooding"),
    CityThreshold(1, 50, "khoảng 11 điểm ngập", "about 11 points flood"),
    CityThreshold(2, 70, "khoảng 71 điểm ngập", "about 71 points flood"),
    CityThreshold(3, 100, "khoảng 220 điểm ngập nếu kéo dài", "about 220 points flood if it lasts for hours"),
)


@dataclass(frozen=True, slots=True)
class DisasterBand:
    """Rain of `low` to `high` mm in `hours`, a part of what a level of disaster risk is made of."""

    hours: Literal[12, 24]
    low: float
    high: float
    name_vi: str
    name_en: str


# The highest first.
DISASTER_BANDS: Sequence[DisasterBand] = (
    DisasterBand(24, 400, _ENDLESS, "trên 400 mm trong 24 giờ", "above 400 mm in 24 hours"),
    DisasterBand(24, 200, 400, "200–400 mm trong 24 giờ", "200–400 mm in 24 hours"),
    DisasterBand(24, 100, 200, "100–200 mm trong 24 giờ", "100–200 mm in 24 hours"),
    DisasterBand(12, 50, 100, "50–100 mm trong 12 giờ", "50–100 mm in 12 hours"),
)


def rain_class(mm: float, hours: Literal[12, 24]) -> RainClass:
    """The class of `mm` in 12 or 24 hours. Raises ValueError for what is no amount."""
    _check(mm)
    for one, limit in zip(CLASSES, _LIMITS[hours], strict=False):
        if mm < limit.mm or (mm == limit.mm and limit.is_within):
            return one
    return CLASSES[-1]


def city_threshold(mm_1h: float) -> CityThreshold:
    """What the city expects of `mm_1h` in one hour: below 50, 50 to below 70, 70 to 100, above 100 mm.

    Raises ValueError for what is no amount.
    """
    _check(mm_1h)
    reached = [one for one in CITY if mm_1h >= one.start]
    # "Above 100": 100 itself is still of the step below.
    return reached[-2] if mm_1h == CITY[-1].start else reached[-1]


def disaster_band(mm_12h: float | None, mm_24h: float | None) -> DisasterBand | None:
    """The highest band that the sums reach; None below all of them. Raises ValueError for what is no amount."""
    for one in DISASTER_BANDS:
        mm = mm_12h if one.hours == 12 else mm_24h
        if mm is None:
            continue
        _check(mm)
        if mm > one.low if one.high == _ENDLESS else mm >= one.low:
            return one
    return None


def _check(mm: float) -> None:
    if not 0 <= mm < _ENDLESS:
        raise ValueError(f"{mm} is no amount of rain in mm")
