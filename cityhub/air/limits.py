"""Limits of pollutants in the air around us: QCVN 05:2023/BTNMT, Table 1, µg/Nm³.

The limits hold at 25 °C and 101.3 kPa; stations report at about these conditions, and no conversion is made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from cityhub.air.breakpoints import check
from cityhub.air.vn_aqi import PROJECT_RULE, Completeness, DayFigures, Pollutant

Averaging = Literal["PT1H", "PT8H", "PT24H", "P1Y"]


@dataclass(frozen=True, slots=True)
class Limit:
    """A mean over `averaging` (ISO 8601) may be as high as `limit` (µg/Nm³), on days from `since` to `until`."""

    pollutant: Pollutant
    averaging: Averaging
    limit: float
    since: date = date.min
    until: date = date.max


@dataclass(frozen=True, slots=True)
class Beside:
    """A mean beside its limit, both µg/m³: `over` is how far it lies above, negative below; `ratio` of the limit."""

    limit: Limit
    value: float
    over: float
    ratio: float


LIMITS: Final = (
    Limit("pm2_5", "PT24H", 50, until=date(2025, 12, 31)),
    Limit("pm2_5", "PT24H", 45, since=date(2026, 1, 1)),
    Limit("pm2_5", "P1Y", 25),
    Limit("pm10", "PT24H", 100),
    Limit("pm10", "P1Y", 50),
    Limit("no2", "PT1H", 200),
    Limit("no2", "PT24H", 100),
    Limit("no2", "P1Y", 40),
    Limit("so2", "PT1H", 350),
    Limit("so2", "PT24H", 125),
    Limit("so2", "P1Y", 50),
    Limit("o3", "PT1H", 200),
    Limit("o3", "PT8H", 120),
    Limit("co", "PT1H", 30_000),
    Limit("co", "PT8H", 10_000),
)


def limits(pollutant: Pollutant, on: date) -> Iterator[Limit]:
    """The limits of the pollutant in force on a day, the shortest averaging time first."""
    return (one for one in LIMITS if one.pollutant == pollutant and one.since <= on <= one.until)


def beside(limit: Limit, mean: float) -> Beside:
    """A mean over the limit's averaging time (µg/m³) beside it. Raises InvalidInput where it is no concentration."""
    check(limit.pollutant, mean)
    return Beside(limit, mean, mean - limit.limit, mean / limit.limit)


def of_hour(pollutant: Pollutant, mean: float, day: date) -> list[Beside]:
    """An hour's mean (µg/m³) beside the limits of one hour."""
    return [beside(limit, mean) for limit in limits(pollutant, day) if limit.averaging == "PT1H"]


def of_day(
    pollutant: Pollutant, figures: DayFigures, day: date, completeness: Completeness = PROJECT_RULE
) -> list[Beside]:
    """A day beside the limits of a day and less: its mean, its highest hour, its highest 8-hour mean.

    The mean is left out where the day has too few hours with data.
    """
    means: Mapping[Averaging, float | None] = {
        "PT1H": figures.highest,
        "PT8H": figures.eight_hours,
        "PT24H": figures.mean if figures.hours >= completeness.day else None,
    }
    found = [(limit, means.get(limit.averaging)) for limit in limits(pollutant, day)]
    return [beside(limit, mean) for limit, mean in found if mean is not None]
