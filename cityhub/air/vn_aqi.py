"""VN_AQI of an hour and of a day: Decision 1459/QD-TCMT (12 November 2019).

An hour: PM2.5 and PM10 by their NowCast over 12 hours, the gases by the hour's mean, ozone by its 1-hour column.
A day: PM2.5 and PM10 by the 24-hour mean, SO2, NO2 and CO by the highest hour, ozone by the larger sub-index of its
highest hour and of its highest 8-hour mean; the latter is left out above 400 µg/m³.
The index is the highest sub-index. Without PM2.5 and without PM10 there is none.

The Decision does not say how many hours make a mean. That is a project rule here, `Completeness`.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from msgspec import Struct

from cityhub.air.breakpoints import Column, check, rounded, sub_index
from cityhub.air.categories import Category, category
from cityhub.air.nowcast import nowcast

Pollutant = Literal["pm2_5", "pm10", "no2", "so2", "o3", "co"]
POLLUTANTS: Final[tuple[Pollutant, ...]] = ("pm2_5", "pm10", "no2", "so2", "o3", "co")
PARTICLES: Final[tuple[Pollutant, ...]] = ("pm2_5", "pm10")
GASES: Final[tuple[Pollutant, ...]] = ("no2", "so2", "o3", "co")
# The column of an hour's mean, and of a day's mean or highest hour.
COLUMNS: Final[Mapping[Pollutant, Column]] = MappingProxyType(
    {"pm2_5": "pm2_5", "pm10": "pm10", "no2": "no2", "so2": "so2", "o3": "o3_1h", "co": "co"}
)
DAY_HOURS: Final = 24
# Means of eight hours: of ozone for the index, of CO for its limit.
EIGHT: Final = 8
_OF_EIGHT_HOURS: Final[tuple[Pollutant, ...]] = ("o3", "co")

# Why there is no index:
#   no_data      nothing that it is made of was measured
#   no_particles there is a gas, but neither PM2.5 nor PM10, of which the Decision requires one
#   not_corrected  it was measured, but the correction that the station is published by makes nothing of it
#   few_hours    too few hours with data: two of the newest three for an hour, `Completeness.day` for a day
#   not_over     the day goes on
#   not_published  the station is not equipped to publish an index (Circular 10/2021/TT-BTNMT, Article 29)
Why = Literal["no_data", "no_particles", "not_corrected", "few_hours", "not_over", "not_published"]


@dataclass(frozen=True, slots=True)
class Completeness:
    """Project rule: how many hours with data make a day's figure, and an 8-hour mean."""

    day: int = 18
    eight_hours: int = 6


PROJECT_RULE: Final = Completeness()


# Years of hours and days are made of these and of others: a structure takes a tenth of the time of a frozen dataclass.
class Index(Struct, frozen=True, gc=False):
    """An index and what it is made of. `value` None says `why`; otherwise `driver` has the highest sub-index.

    `sub_indices` are whole numbers, as the Decision publishes them, of those pollutants that have one.
    """

    value: int | None
    why: Why | None
    driver: Pollutant | None
    sub_indices: Mapping[Pollutant, int]

    @property
    def category(self) -> Category | None:
        """The category of the index."""
        return None if self.value is None else category(self.value)


class Hour(Struct, frozen=True, gc=False):
    """An hour's index, and the NowCast (µg/m³, not rounded) of the particles that have one."""

    index: Index
    nowcast: Mapping[Pollutant, float]


def hourly(means: Mapping[Pollutant, Sequence[float | None]]) -> Hour:
    """VN_AQI of an hour from hourly means (µg/m³), this hour's first, None where there is none: 12 of each particle,
    of gases the first alone counts.

    Raises InvalidInput for means that are negative or no numbers.
    """
    casts: dict[Pollutant, float] = {}
    exact: dict[Pollutant, float] = {}
    few = False
    for pollutant, hours in means.items():
        if pollutant in PARTICLES:
            cast = nowcast(hours)
            if cast is not None:
                casts[pollutant] = cast
                found = sub_index(COLUMNS[pollutant], cast)
            else:
                found = None
                few = few or any(mean is not None for mean in hours)
        elif hours and (mean := hours[0]) is not None:
            found = sub_index(COLUMNS[pollutant], mean)
        else:
            found = None
        if found is not None:
            exact[pollutant] = found
    return Hour(_index(exact, few_hours=few), casts)


def daily(
    means: Mapping[Pollutant, Sequence[float | None]],
    ozone_before: Sequence[float | None] = (),
    completeness: Completeness = PROJECT_RULE,
) -> Index:
    """VN_AQI of a day from its 24 hourly means of each pollutant (µg/m³), the hour that ends at 01:00 first.

    `ozone_before`: the means of ozone of the seven hours before, oldest first, for the 8-hour means that reach back.
    Raises InvalidInput for means that are negative or no numbers.
    """
    figures = {
        pollutant: figures_of(pollutant, hours, ozone_before if pollutant == "o3" else (), completeness)
        for pollutant, hours in means.items()
    }
    known = {pollutant: found for pollutant, found in figures.items() if found is not None}
    return of_day(known, completeness)


class DayFigures(Struct, frozen=True, gc=False):
    """What a day's index needs of a pollutant: how many hours have data, the mean of those, the highest (µg/m³).

    `eight_hours`: the highest 8-hour mean, of ozone and CO.
    """

    hours: int
    mean: float
    highest: float
    eight_hours: float | None = None


def figures_of(
    pollutant: Pollutant,
    hours: Sequence[float | None],
    before: Sequence[float | None] = (),
    completeness: Completeness = PROJECT_RULE,
) -> DayFigures | None:
    """The figures of a day's 24 hourly means of a pollutant, and of those before; None without any on that day."""
    known = [mean for mean in hours if mean is not None]
    if not known:
        return None
    longest = None
    if pollutant in _OF_EIGHT_HOURS:
        longest = highest_eight_hours([*before, *hours], len(hours), completeness)
    return DayFigures(len(known), math.fsum(known) / len(known), max(known), longest)


def of_day(figures: Mapping[Pollutant, DayFigures], completeness: Completeness = PROJECT_RULE) -> Index:
    """VN_AQI of a day from its figures. Raises InvalidInput for figures that are negative or no numbers."""
    exact: dict[Pollutant, float] = {}
    few = False
    for pollutant, found in figures.items():
        is_particle = pollutant in PARTICLES
        if found.hours < completeness.day:
            check(pollutant, found.mean)
            few = few or is_particle
            continue
        _add(exact, pollutant, sub_index(COLUMNS[pollutant], found.mean if is_particle else found.highest))
        if pollutant == "o3" and found.eight_hours is not None:
            _add(exact, pollutant, sub_index("o3_8h", found.eight_hours))
    return _index(exact, few_hours=few)


def highest_eight_hours(
    hours: Sequence[float | None], ends: int, completeness: Completeness = PROJECT_RULE
) -> float | None:
    """The highest mean of eight hours in a row that ends in one of the last `ends` of `hours` (oldest first).

    None where none has enough hours with data.
    """
    highest = None
    for end in range(len(hours) - ends + 1, len(hours) + 1):
        known = [mean for mean in hours[max(end - EIGHT, 0) : end] if mean is not None]
        if len(known) >= completeness.eight_hours:
            mean = sum(known) / len(known)
            highest = mean if highest is None else max(highest, mean)
    return highest


def withheld(index: Index) -> Index:
    """The same of a station that may not publish an index."""
    return index if index.value is None and index.why == "no_data" else NOT_PUBLISHED


def uncorrected(index: Index) -> Index:
    """The same where a correction makes nothing of the PM2.5 that was measured: no index for want of data says so."""
    return index if index.value is not None else Index(None, "not_corrected", None, index.sub_indices)


def unfinished(index: Index) -> Index:
    """The same of a day that goes on: what its hours make so far is no index of a day."""
    return index if index.value is None and index.why == "no_data" else Index(None, "not_over", None, {})


def _add(exact: dict[Pollutant, float], pollutant: Pollutant, found: float | None) -> None:
    if found is not None and found >= exact.get(pollutant, 0.0):
        exact[pollutant] = found


def _index(exact: Mapping[Pollutant, float], *, few_hours: bool) -> Index:
    """The index of sub-indices that are not rounded; `few_hours`: particles were measured, for too short."""
    whole = {pollutant: rounded(found) for pollutant, found in exact.items()}
    if not exact.keys().isdisjoint(PARTICLES):
        driver = max(exact, key=exact.__getitem__)
        return Index(whole[driver], None, driver, whole)
    return Index(None, reason(few_hours=few_hours, has_gas=bool(exact)), None, whole)


def reason(*, few_hours: bool, has_gas: bool) -> Why:
    """Why there is no index where no particle has a sub-index; `few_hours`: particles were measured, for too short."""
    return "few_hours" if few_hours else "no_particles" if has_gas else "no_data"


NOT_PUBLISHED: Final = Index(None, "not_published", None, {})
