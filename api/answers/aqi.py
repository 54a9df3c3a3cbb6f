"""VN_AQI of a station by hour and day, as Decision 1459/QD-TCMT makes it, beside the limits of QCVN 05:2023/BTNMT."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Self

from msgspec import Meta, Struct

from cityhub.air.categories import Category
from cityhub.air.history import DayRow, HourRow
from cityhub.air.hours import day_of
from cityhub.air.limits import Averaging, Beside, of_day, of_hour
from cityhub.air.vn_aqi import DAY_HOURS, Completeness, Pollutant, Why
from cityhub.air.years import Year
from cityhub.catalogue.air_stations import AirStation
from cityhub.rfc3339 import LocalTime

# µg/m³ as they are published: the Decision's own examples have one decimal.
_DECIMALS = 1

Micrograms = Annotated[float, Meta(description="µg/m³")]


class AqiReadings(Struct, frozen=True):
    """Readings of a pollutant: how many its device should send, and how many came that the figures are made of."""

    expected: int
    observed: int


class AqiBeside(Struct, frozen=True):
    """A mean beside its limit of QCVN 05:2023/BTNMT; `over` is how far it lies above, negative below."""

    pollutant: Pollutant
    averaging: Averaging
    limit: Micrograms
    value: Micrograms
    over: Micrograms

    @classmethod
    def of(cls, found: Beside) -> Self:
        """The answer for a comparison."""
        limit = found.limit
        return cls(limit.pollutant, limit.averaging, limit.limit, _shown(found.value), _shown(found.over))


class AqiHour(Struct, frozen=True):
    """The hour that ends at `time`. `vn_aqi` null carries `why`; `driver` has the highest sub-index.

    `means` are those of the readings; `corrected` those that a station's correction makes of them, of which then the
    index is made. `over_limits`: the limits of one hour that the hour exceeds.
    """

    time: LocalTime
    vn_aqi: int | None
    why: Why | None
    category: str | None
    category_en: str | None
    color: str | None
    driver: Pollutant | None
    sub_indices: Mapping[Pollutant, int]
    nowcast: dict[Pollutant, Micrograms]
    means: dict[Pollutant, Micrograms]
    corrected: dict[Pollutant, Micrograms]
    readings: dict[Pollutant, AqiReadings]
    over_limits: list[AqiBeside]

    @classmethod
    def of(cls, row: HourRow, station: AirStation, expected: int) -> Self:
        """The answer for an hour of a station that should report so often an hour."""
        index = row.hour.index
        day = day_of(row.time)
        means = _known(row.means)
        found = [one for name, mean in means.items() for one in of_hour(name, mean, day)]
        return cls(
            row.time,
            index.value,
            index.why,
            *_category(index.category),
            index.driver,
            index.sub_indices,
            _all_shown(row.hour.nowcast),
            _all_shown(means),
            {} if station.correction is None else _all_shown(_known(row.used)),
            {name: AqiReadings(expected, observed) for name, observed in row.observed.items()},
            [AqiBeside.of(one) for one in found if one.over > 0],
        )


class AqiDay(Struct, frozen=True):
    """A day of Viet Nam: the hours that end at 01:00 to 00:00. `hours`: how many of the 24 have data.

    `means` are of what the index is made of: of a station with a correction, of its corrected hours.

    `limits`: the mean, highest hour and highest 8-hour mean of a day that is over beside their limits.
    """

    date: date
    vn_aqi: int | None
    why: Why | None
    category: str | None
    category_en: str | None
    color: str | None
    driver: Pollutant | None
    sub_indices: Mapping[Pollutant, int]
    means: dict[Pollutant, Micrograms]
    hours: dict[Pollutant, int]
    readings: dict[Pollutant, AqiReadings]
    limits: list[AqiBeside]

    @classmethod
    def of(cls, row: DayRow, expected: int, completeness: Completeness) -> Self:
        """The answer for a day of a station that should report so often an hour."""
        index = row.index
        figures = {name: found.figures for name, found in row.pollutants.items() if found.figures is not None}
        return cls(
            row.day,
            index.value,
            index.why,
            *_category(index.category),
            index.driver,
            index.sub_indices,
            {name: _shown(found.mean) for name, found in figures.items()},
            {
                name: 0 if found.figures is None else found.figures.hours
                for name, found in row.pollutants.items()
            },
            {
                name: AqiReadings(expected * DAY_HOURS, found.observed)
                for name, found in row.pollutants.items()
            },
            [
                AqiBeside.of(one)
                for name, found in figures.items()
                if row.is_over
                for one in of_day(name, found, row.day, completeness)
            ],
        )


class AqiYear(Struct, frozen=True):
    """A year of Viet Nam that begins in the days asked for: `days_over` of its days are over, all where `is_over`.

    `means` are those of the daily means of the `days` with enough hours; `limits`: beside the limit of a year, where
    three quarters of the days that are over have a mean (project rule).
    """

    year: int
    days_over: int
    is_over: bool
    days: dict[Pollutant, int]
    means: dict[Pollutant, Micrograms]
    limits: list[AqiBeside]

    @classmethod
    def of(cls, found: Year) -> Self:
        """The answer for a year."""
        return cls(
            found.year,
            found.days,
            found.is_over,
            {name: one.days for name, one in found.means.items()},
            _all_shown({name: one.mean for name, one in found.means.items()}),
            [AqiBeside.of(one.beside) for one in found.means.values() if one.beside is not None],
        )


def _category(found: Category | None) -> tuple[str | None, str | None, str | None]:
    return (None, None, None) if found is None else (found.name_vi, found.name_en, found.color)


def _known(means: Mapping[Pollutant, float | None]) -> dict[Pollutant, float]:
    return {name: mean for name, mean in means.items() if mean is not None}


def _all_shown(
    means: Mapping[Pollutant, float] | Iterable[tuple[Pollutant, float]],
) -> dict[Pollutant, float]:
    return {name: _shown(mean) for name, mean in dict(means).items()}


def _shown(mean: float) -> float:
    return round(mean, _DECIMALS) + 0.0
