"""What stands with an air quality index: the station, the method, the categories with their advice, the limits."""

from datetime import date
from typing import Self

from msgspec import Struct

from api.answers.aqi import AqiDay, AqiHour, AqiYear, Micrograms
from cityhub.air.advice import advice
from cityhub.air.categories import CATEGORIES, Category
from cityhub.air.limits import LIMITS, Averaging, Limit
from cityhub.air.vn_aqi import Completeness, Pollutant
from cityhub.catalogue.air_stations import AirStation, Correction, StationClass
from cityhub.model import SensorRow
from cityhub.words import words_in


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
    """VN_AQI of a station: hours, days and years, oldest first; the method, the station, all categories and limits."""

    method: AqiMethod
    station: AqiStation
    categories: list[AqiCategory]
    limits: list[AqiLimit]
    hourly: list[AqiHour]
    daily: list[AqiDay]
    yearly: list[AqiYear]


def limits_table() -> list[AqiLimit]:
    """Every limit."""
    return [AqiLimit.of(limit) for limit in LIMITS]
