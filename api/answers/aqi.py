"""VN_AQI of a station by hour and day, and all that Decision 1459/QD-TCMT, Table 3, asks to be shown with it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Self

from msgspec import Meta, Struct

from cityhub.air.advice import advice
from cityhub.air.categories import CATEGORIES, Category
from cityhub.air.history import DayRow, HourRow
from cityhub.air.hours import Coverage, day_of
from cityhub.air.limits import LIMITS, Averaging, Beside, Limit, of_day, of_hour
from cityhub.air.vn_aqi import DAY_HOURS, Completeness, Pollutant, Why
from cityhub.catalogue.air_stations import AirStation, Correction, StationClass
from cityhub.model import SensorRow
from cityhub.rfc3339 import LocalTime
from cityhub.words import words_in

# µg/m³ as they are published: the Decision's own examples have one decimal.
_DECIMALS = 1

Micrograms = Annotated[float, Meta(description="µg/m³")]


class AqiReadings(Struct, frozen=True):
    """Readings of a pollutant: how many its device should send, and how many came that the figures are made of."""

    expected: int
    observed: int

    @classmethod
    def of(cls, coverage: Coverage) -> Self:
        """The answer for what was counted."""
        return cls(coverage.expected, coverage.observed)


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


class AqiCorrection(Struct, frozen=True):
    """A named correction of a low-cost sensor: its formula, when and beside which station it was fitted."""

    name: str
    formula: str
    fitted_from: date
    fitted_to: date
    reference_station: str
    source: str

    @classmethod
    def of(cls, correction: Correction | None) -> Self | None:
        """The answer for a correction of the catalogue, None for none."""
        if correction is None:
            return None
        return cls(
            correction.name,
            correction.formula,
            correction.fitted_from,
            correction.fitted_to,
            correction.reference_station,
            correction.source,
        )


class AqiStation(Struct, frozen=True):
    """The station: its place (WGS84 degrees), its class (null: not said), whether it may publish an index, and what is
    made of its readings. `source`: where they come from.
    """

    id: str
    name: str
    name_en: str
    lon: float
    lat: float
    basis: str
    basis_note: str
    illustrative: bool
    station_class: StationClass | None
    publishes_aqi: bool
    correction: AqiCorrection | None
    source: str
    source_en: str
    interval_s: int

    @classmethod
    def of(cls, row: SensorRow, station: AirStation) -> Self:
        """The answer for a stored sensor."""
        source = row.attributes.get("source")
        return cls(
            row.id,
            row.name_vi,
            row.name_en,
            row.lon,
            row.lat,
            row.basis,
            row.basis_note,
            row.illustrative,
            station.station_class,
            station.publishes_aqi,
            AqiCorrection.of(station.correction),
            source or words_in("vi").gettext("air.source"),
            source or words_in("en").gettext("air.source"),
            row.interval_s,
        )


class AqiMethod(Struct, frozen=True):
    """How the index is made. `day_hours` of 24 hours with data make a day, `eight_hours` of 8 an 8-hour mean: a project
    rule, for the Decision has none.
    """

    name: str
    decision: str
    hour: str
    hour_en: str
    day: str
    day_en: str
    day_hours: int
    eight_hours: int
    limits: str

    @classmethod
    def of(cls, completeness: Completeness) -> Self:
        """The method under a rule of completeness."""
        vi, en = words_in("vi"), words_in("en")
        rule = {"hours": completeness.day, "eight": completeness.eight_hours}
        return cls(
            "VN_AQI",
            "1459/QĐ-TCMT (2019-11-12)",
            vi.gettext("air.method.hour"),
            en.gettext("air.method.hour"),
            vi.gettext("air.method.day", **rule),
            en.gettext("air.method.day", **rule),
            completeness.day,
            completeness.eight_hours,
            "QCVN 05:2023/BTNMT",
        )


class AqiCategory(Struct, frozen=True):
    """A category of the index, `start` to `end`, and what it advises everybody and sensitive groups to do."""

    category: str
    category_en: str
    start: int
    end: int
    color: str
    advice: str
    advice_en: str
    advice_sensitive: str
    advice_sensitive_en: str

    @classmethod
    def all(cls) -> list[Self]:
        """Every category."""
        ends = [*(one.start - 1 for one in CATEGORIES[1:]), 500]
        return [cls._of(one, end) for one, end in zip(CATEGORIES, ends, strict=True)]

    @classmethod
    def _of(cls, one: Category, end: int) -> Self:
        vi, en = advice(one.name, "vi"), advice(one.name, "en")
        names = one.name_vi, one.name_en
        return cls(*names, one.start, end, one.color, vi.public, en.public, vi.sensitive, en.sensitive)


class AqiLimit(Struct, frozen=True):
    """A limit of QCVN 05:2023/BTNMT for means over `averaging`; `since` and `until` null: without a bound."""

    pollutant: Pollutant
    averaging: Averaging
    limit: Micrograms
    since: date | None
    until: date | None

    @classmethod
    def of(cls, limit: Limit) -> Self:
        """The answer for a row of the table."""
        since = None if limit.since == date.min else limit.since
        until = None if limit.until == date.max else limit.until
        return cls(limit.pollutant, limit.averaging, limit.limit, since, until)


class AirQualityIndex(Struct, frozen=True):
    """VN_AQI of a station: hours and days, oldest first, with the method, the station, all categories and limits."""

    method: AqiMethod
    station: AqiStation
    categories: list[AqiCategory]
    limits: list[AqiLimit]
    hourly: list[AqiHour]
    daily: list[AqiDay]


def limits_table() -> list[AqiLimit]:
    """Every limit."""
    return [AqiLimit.of(limit) for limit in LIMITS]


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
