"""What an air station told over hours, days and the year, as charts and a calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Self

from cityhub.air.history import DayRow, HourRow
from cityhub.air.hours import day_of, first_end
from cityhub.air.limits import limits
from cityhub.air.told_ahead import AirForecast
from cityhub.air.vn_aqi import Completeness
from cityhub.air.years import Year, of_days
from cityhub.catalogue.air_stations import AirStation
from cityhub.kinds import KINDS, Kind
from cityhub.model import SensorRow
from cityhub.words import Language, words_in
from portal.residents.air_words import why_words
from portal.residents.calendars import Calendar, DrawnCalendar, calendar_of
from portal.residents.charts import Chart, DrawnChart, Limit, Point, Series, chart_of

_AIR = KINDS["air"]


@dataclass(frozen=True, slots=True)
class YearSoFar:
    """This year's days: what the calendar shows of each, and their means; `means` None before the first day is over."""

    days: Mapping[date, float | None] = field(default_factory=dict)
    means: Year | None = None

    @classmethod
    def of(cls, rows: Sequence[DayRow], station: AirStation, completeness: Completeness) -> Self:
        """Of its days from the first on; the rows themselves are half a megabyte of each station."""
        found = of_days(rows, completeness)
        figures = {row.day: figure_of(row, station, completeness) for row in rows}
        return cls(figures, found[-1] if found else None)


@dataclass(frozen=True, slots=True)
class StationHistory:
    """A station's last hours and days, oldest first, with what the catalogue says of it."""

    sensor: SensorRow
    station: AirStation
    hours: Sequence[HourRow]
    days: Sequence[DayRow]
    completeness: Completeness
    ahead: AirForecast | None = None
    this_year: YearSoFar = field(default_factory=YearSoFar)


def charts(history: StationHistory, language: Language) -> list[DrawnChart]:
    """Its last hours and days: of the index, or of PM2.5 where the station may publish none."""
    words = words_in(language)
    if history.station.publishes_aqi:
        hours = [
            _point(row.time, row.hour.index.value, row.hour.index.why, language) for row in history.hours
        ]
        days = [_point(first_end(row.day), row.index.value, row.index.why, language) for row in history.days]
        return [
            _chart(
                "aqi-hours", words.gettext("air.hours_title", figure="VN_AQI"), "hour", hours, _AIR, language
            ),
            _chart("aqi-days", words.gettext("air.days_title", figure="VN_AQI"), "day", days, _AIR, language),
        ]
    shown = _AIR.showing("pm2_5")
    means = [_point(row.time, row.used.get("pm2_5"), "no_data", language) for row in history.hours]
    daily = []
    for one in history.days:
        figures = one.pollutants["pm2_5"].figures if "pm2_5" in one.pollutants else None
        why = "not_over" if not one.is_over else "no_data" if figures is None else "few_hours"
        daily.append(_point(first_end(one.day), _mean(one, history.completeness), why, language))
    return [
        _chart("pm-hours", words.gettext("air.hours_title", figure="PM2.5"), "hour", means, shown, language),
        _chart("pm-days", words.gettext("air.days_title", figure="PM2.5"), "day", daily, shown, language),
    ]


def year_of(history: StationHistory, language: Language) -> DrawnCalendar | None:
    """The days of this year at a glance; None where none of them has a figure yet."""
    publishes, values = history.station.publishes_aqi, history.this_year.days
    if not any(value is not None for value in values.values()):
        return None
    kind, figure = (_AIR, "VN_AQI") if publishes else (_AIR.showing("pm2_5"), "PM2.5")
    year = max(values).year
    title = words_in(language).gettext("air.year_title", figure=figure, year=str(year))
    calendar = Calendar("year", title, kind.headline_unit, year, values, kind.bands)
    return calendar_of(calendar, language)


def figure_of(one: DayRow, station: AirStation, completeness: Completeness) -> float | None:
    """What a calendar shows of a day: the index, or PM2.5 (µg/m³) where the station may publish none."""
    return one.index.value if station.publishes_aqi else _mean(one, completeness)


def _mean(one: DayRow, completeness: Completeness) -> float | None:
    """PM2.5 of a day that is over and has enough hours."""
    figures = one.pollutants["pm2_5"].figures if "pm2_5" in one.pollutants else None
    enough = one.is_over and figures is not None and figures.hours >= completeness.day
    return figures.mean if figures is not None and enough else None


def _point(time: datetime, value: float | None, why: str | None, language: Language) -> Point:
    words = "" if value is not None or why is None else why_words(why, language)  # type: ignore[arg-type]
    return Point(time, value, why=words)


def _chart(
    id: str, title: str, step: str, points: Sequence[Point], kind: Kind, language: Language
) -> DrawnChart:
    chart = Chart(
        id,
        title,
        kind.headline_unit,
        "hour" if step == "hour" else "day",
        [Series(title, points)],
        bands=kind.bands,
        limits=_day_limits(points) if step == "day" and kind.headline == "pm2_5" else (),
        decimals=kind.headline_decimals,
        bars=True,
    )
    return chart_of(chart, language)


def _day_limits(points: Sequence[Point]) -> list[Limit]:
    """The limit of a day's PM2.5 in force on the newest of the days."""
    day = day_of(max(point.time for point in points))
    found = [one for one in limits("pm2_5", day) if one.averaging == "PT24H"]
    return [Limit(one.limit, "QCVN 05:2023") for one in found]
