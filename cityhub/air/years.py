"""Years beside the limits of QCVN 05:2023/BTNMT: the mean of a year's daily means. Pure.

The regulation says no more of how many days make a year's mean. Project rule: three quarters of the days that are over,
each with enough hours. A year that goes on is told as such; its mean is that of its days so far.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from cityhub.air.history import DayRow
from cityhub.air.limits import LIMITS, Beside, beside, limits
from cityhub.air.vn_aqi import Completeness, Pollutant

ENOUGH_DAYS: Final = 0.75
_LIMITED: Final = tuple(one.pollutant for one in LIMITS if one.averaging == "P1Y")


@dataclass(frozen=True, slots=True)
class YearMean:
    """The mean (µg/m³) of those `days` that have enough hours; `beside` its limit, None where they are too few."""

    days: int
    mean: float
    beside: Beside | None


@dataclass(frozen=True, slots=True)
class Year:
    """A year of Vietnam from its first day on: `days` of it are over, all of them where `is_over`."""

    year: int
    days: int
    is_over: bool
    means: Mapping[Pollutant, YearMean]


def of_days(rows: Sequence[DayRow], completeness: Completeness) -> list[Year]:
    """The years that begin in a station's days (in order, without gaps) of which a day is over."""
    found = []
    for number, days in groupby((row for row in rows if row.is_over), key=lambda row: row.day.year):
        year = list(days)
        if year[0].day == date(number, 1, 1):
            means = dict(_means(year, completeness))
            found.append(Year(number, len(year), year[-1].day == date(number, 12, 31), means))
    return found


def _means(year: Sequence[DayRow], completeness: Completeness) -> Iterator[tuple[Pollutant, YearMean]]:
    for pollutant in _LIMITED:
        known = [mean for row in year if (mean := _mean(row, pollutant, completeness)) is not None]
        if known:
            mean = math.fsum(known) / len(known)
            is_enough = len(known) >= ENOUGH_DAYS * len(year)
            yield pollutant, YearMean(len(known), mean, _beside(pollutant, mean, year) if is_enough else None)


def _mean(row: DayRow, pollutant: Pollutant, completeness: Completeness) -> float | None:
    found = row.pollutants.get(pollutant)
    if found is None or found.figures is None or found.figures.hours < completeness.day:
        return None
    return found.figures.mean


def _beside(pollutant: Pollutant, mean: float, year: Iterable[DayRow]) -> Beside | None:
    last = max(row.day for row in year)
    return next((beside(one, mean) for one in limits(pollutant, last) if one.averaging == "P1Y"), None)
