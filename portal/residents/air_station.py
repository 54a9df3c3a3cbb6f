"""The page of one air station: all that Decision 1459/QD-TCMT, Table 3, asks to be shown with an index."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from cityhub.air import limits
from cityhub.air.advice import advice
from cityhub.air.breakpoints import UNIT
from cityhub.air.categories import category
from cityhub.air.features import AirProperties
from cityhub.air.history import DayRow
from cityhub.air.hours import HOUR, expected, first_end
from cityhub.air.limits import of_day
from cityhub.air.vn_aqi import DAY_HOURS, POLLUTANTS, Completeness, Pollutant
from cityhub.catalogue.model import BASES
from cityhub.kinds import KINDS
from cityhub.latest import Feature
from cityhub.rfc3339 import local_time
from cityhub.words import Language, words_in
from cityhub.words.formats import date as date_words
from cityhub.words.formats import number
from maps.browser import in_language
from portal.rendering import AssetUrl, render
from portal.residents.air import line, with_unit
from portal.residents.air_ahead import ahead_of
from portal.residents.air_series import StationHistory, charts, year_of
from portal.residents.air_words import averaging_words, class_words, pollutant_name
from portal.residents.frame import shared
from portal.residents.places import small_map
from portal.residents.readings import readings
from portal.residents.sites import row

_AIR = KINDS["air"]
# µg/m³ as the Decision writes them.
_DECIMALS = 1


@dataclass(frozen=True, slots=True)
class StationView:
    """What /air/{id} shows: a station as it was at `time` (aware); `history` None while it cannot be read."""

    time: datetime
    feature: Feature
    history: StationHistory | None = None


class Parameter(NamedTuple):
    """A pollutant in the last hour that was over; texts, "–" where there is none."""

    name: str
    mean: str
    nowcast: str
    sub_index: str
    is_driver: bool
    coverage: str


class Beside(NamedTuple):
    """A figure of a day beside a limit; `is_over`: it lies above, by `over`."""

    name: str
    averaging: str
    value: str
    limit: str
    over: str
    is_over: bool


class Fact(NamedTuple):
    """A line about the station."""

    name: str
    text: str


def station_html(language: Language, view: StationView, asset_url: AssetUrl, notice: str) -> str:
    """One station."""
    feature, history = view.feature, view.history
    about = feature.properties
    index = about.vn_aqi if isinstance(about, AirProperties) else None
    found = None if index is None else category(index)
    return render(
        "residents/air_station.html",
        language,
        **shared(language, asset_url, notice, here="air", time=view.time, kind="air"),
        site=with_unit(row(_AIR, feature, language), feature),
        told=line(feature, language),
        advice=None if found is None else advice(found.name, language),
        category=None if found is None else in_language(found.name_vi, found.name_en, language),
        category_color=None if found is None else found.color,
        readings=readings(_AIR, feature, language),
        drawing=small_map("air", [feature]),
        history=history,
        micrograms=UNIT,
        ahead=None
        if history is None or history.ahead is None
        else ahead_of(history.ahead, _AIR.showing("pm2_5").bands, language, view.time),
        charts=[] if history is None else charts(history, language),
        year=None if history is None else year_of(history, language),
        hour=None if history is None or not history.hours else f"{history.hours[-1].time:%H:%M}",
        parameters=[] if history is None else _parameters(history, language),
        day=None if history is None else _day(history, language),
        year_means=None if history is None else _year(history, language),
        facts=_facts(feature, history, language),
        method=_method(history, language),
        data_url=_data_url(view),
    )


def _parameters(history: StationHistory, language: Language) -> list[Parameter]:
    """The last hour that was over, a line each, in the order of the Decision's table."""
    if not history.hours:
        return []
    last = history.hours[-1]
    often = expected(history.sensor.interval_s)

    def micrograms(value: float | None, pollutant: Pollutant) -> str:
        return "–" if value is None else number(value, _AIR.properties[pollutant].decimals, language)

    found = []
    for pollutant in POLLUTANTS:
        if pollutant not in last.used:
            continue
        sub_index = last.hour.index.sub_indices.get(pollutant)
        found.append(
            Parameter(
                pollutant_name(pollutant, language),
                micrograms(last.means[pollutant], pollutant),
                micrograms(last.hour.nowcast.get(pollutant), pollutant),
                "–" if sub_index is None else str(sub_index),
                pollutant == last.hour.index.driver,
                f"{last.observed[pollutant]}/{often}",
            )
        )
    return found


def _day(history: StationHistory, language: Language) -> tuple[str, list[Beside], str] | None:
    """The newest day that was over beside its limits, and how complete it is; None without any figure."""
    over = [row for row in history.days if row.is_over and any(_figures(row))]
    if not over:
        return None
    last = over[-1]
    lines = []
    for pollutant, found in last.pollutants.items():
        if found.figures is None:
            continue
        lines += [
            _beside(one, language) for one in of_day(pollutant, found.figures, last.day, history.completeness)
        ]
    often = expected(history.sensor.interval_s) * DAY_HOURS
    words = words_in(language)
    complete = ", ".join(
        f"{pollutant_name(pollutant, language)} {found.observed}/{often}"
        for pollutant, found in last.pollutants.items()
    )
    lines.sort(key=lambda one: not one.is_over)
    return (
        date_words(first_end(last.day), language),
        lines,
        words.gettext("air.day_coverage", coverage=complete),
    )


def _year(history: StationHistory, language: Language) -> tuple[str, list[Beside], str] | None:
    """The means of this year so far beside their limits, and of how many days they are; None without any."""
    found = history.this_year.means
    if found is None or not found.means:
        return None
    words = words_in(language)
    lines = [_beside(one.beside, language) for one in found.means.values() if one.beside is not None]
    days = ", ".join(
        f"{pollutant_name(pollutant, language)} {one.days}/{found.days}"
        for pollutant, one in found.means.items()
    )
    lines.sort(key=lambda one: not one.is_over)
    return str(found.year), lines, words.gettext("air.year_days", days=days)


def _beside(found: limits.Beside, language: Language) -> Beside:
    return Beside(
        pollutant_name(found.limit.pollutant, language),
        averaging_words(found.limit.averaging, language),
        number(found.value, _DECIMALS, language),
        number(found.limit.limit, 0, language),
        ("+" if found.over > 0 else "−") + number(abs(found.over), _DECIMALS, language),
        found.over > 0,
    )


def _figures(row: DayRow) -> list[object]:
    return [found.figures for found in row.pollutants.values() if found.figures is not None]


def _facts(feature: Feature, history: StationHistory | None, language: Language) -> list[Fact]:
    words = words_in(language)
    lon, lat = feature.geometry.coordinates
    basis = in_language(*BASES[feature.properties.basis], language)
    facts = [Fact(words.gettext("air.fact.place"), f"{lat:.5f}, {lon:.5f} ({basis})")]
    if history is None:
        return facts
    sensor, station = history.sensor, history.station
    facts.append(Fact(words.gettext("air.fact.class"), class_words(station.station_class, language)))
    if not station.publishes_aqi:
        facts.append(Fact("VN_AQI", words.gettext("air.why.not_published")))
    correction = station.correction
    facts.append(
        Fact(
            words.gettext("air.fact.correction"),
            words.gettext("air.no_correction")
            if correction is None
            else words.gettext(
                "air.corrected_by",
                name=correction.name,
                formula=correction.formula,
                start=correction.fitted_from.strftime("%d/%m/%Y"),
                end=correction.fitted_to.strftime("%d/%m/%Y"),
                station=correction.reference_station,
                source=correction.source,
            ),
        )
    )
    source = sensor.attributes.get("source") or words.gettext("air.source")
    facts.append(Fact(words.gettext("air.fact.source"), source))
    return facts


def _method(history: StationHistory | None, language: Language) -> list[str]:
    words = words_in(language)
    rule = Completeness() if history is None else history.completeness
    return [
        words.gettext("air.method.hour"),
        words.gettext("air.method.day", hours=rule.day, eight=rule.eight_hours),
    ]


def _data_url(view: StationView) -> str:
    history, id = view.history, view.feature.id
    if history is None or not history.hours:
        return f"/api/v1/sensors/{id}"
    # The answer holds hours that end after its start.
    start = local_time(history.hours[0].time - HOUR).replace("+", "%2B")
    end = local_time(history.hours[-1].time).replace("+", "%2B")
    return f"/api/v1/air/{id}/aqi?start={start}&end={end}"
