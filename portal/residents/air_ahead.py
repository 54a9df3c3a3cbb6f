"""The next 24 hours of a station on its page: the drawing with its range, how good it was, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, assert_never

from cityhub.air.categories import category
from cityhub.air.forecast_reasons import Why
from cityhub.air.told_ahead import AirForecast, ForecastHour, ForecastModel, SkillAhead
from cityhub.kinds.model import Band
from cityhub.words import Language, words_in
from cityhub.words.formats import clock, date, number
from maps.browser import in_language
from portal.residents.charts import Chart, DrawnChart, Point, Series, chart_of, moment_of

# Hours ahead whose skill the page tells, of those that are told at all.
_TOLD = (1, 3, 6, 12, 24)


class SkillRow(NamedTuple):
    """How good forecasts so many hours ahead were, in words."""

    ahead: str
    error: str
    persistence: str
    yesterday: str
    coverage: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the template shows. `why`: instead of all else there is nothing to tell, for this reason.

    `has_index`: VN_AQI is told, which goes by PM2.5 alone.
    """

    why: str
    chart: DrawnChart | None
    index: str
    tried: str
    skill: Sequence[SkillRow]
    model: str
    has_index: bool = False


def ahead_of(
    told: AirForecast, bands: Sequence[Band], language: Language, now: datetime | None = None
) -> Ahead:
    """The forecast in `language`, of hours that end after `now` (aware); `bands`: those of PM2.5 (µg/m³)."""
    words = words_in(language)
    hours = [hour for hour in told.hours if now is None or hour.time > now]
    skill = [] if told.skill is None else list(_skill(told.skill.ahead, language))
    if told.why is not None or told.issued is None:
        return Ahead(why_words(told.why or "not_trained", language), None, "", "", (), "")
    chart = Chart(
        "ahead-hours",
        words.gettext("ahead.chart"),
        "µg/m³",
        "hour",
        [
            Series(
                words.gettext("ahead.series"),
                [Point(hour.time, hour.pm2_5, hour.low, hour.high) for hour in hours],
                is_ahead=True,
            )
        ],
        bands=bands,
    )
    tried = (
        ""
        if told.skill is None
        else words.ngettext("ahead.tried", "ahead.tried_weeks", told.skill.weeks, n=told.skill.weeks)
    )
    return Ahead(
        "",
        chart_of(chart, language),
        _index(hours, language),
        tried,
        skill,
        "" if told.model is None else _model(told, told.model, language),
        any(hour.vn_aqi is not None for hour in hours),
    )


def why_words(why: Why, language: Language) -> str:
    """Why there is no forecast."""
    words = words_in(language)
    match why:
        case "not_trained":
            return words.gettext("ahead.why.not_trained")
        case "short_history":
            return words.gettext("ahead.why.short_history")
        case "no_skill":
            return words.gettext("ahead.why.no_skill")
        case "no_data":
            return words.gettext("ahead.why.no_data")
        case "stale":
            return words.gettext("ahead.why.stale")
    assert_never(why)


def _index(hours: Sequence[ForecastHour], language: Language) -> str:
    """The highest VN_AQI that is expected; that the station tells none."""
    words = words_in(language)
    known = [(hour.vn_aqi, hour.time) for hour in hours if hour.vn_aqi is not None]
    if not known:
        return words.gettext("ahead.no_index")
    highest, time = max(known, key=lambda one: one[0])
    found = category(highest)
    return words.gettext(
        "ahead.index",
        index=highest,
        category=in_language(found.name_vi, found.name_en, language),
        time=moment_of(time, "hour"),
    )


def _skill(ahead: Sequence[SkillAhead], language: Language) -> Sequence[SkillRow]:
    words = words_in(language)
    return [
        SkillRow(
            words.ngettext("ahead.hour", "ahead.hours", one.ahead, n=one.ahead),
            _error(one.error, language),
            _error(one.error_persistence, language),
            _error(one.error_yesterday, language),
            "–" if one.coverage is None else f"{number(one.coverage * 100, 0, language)} %",
        )
        for one in ahead
        if one.ahead in _TOLD and one.is_published
    ]


def _error(error: float | None, language: Language) -> str:
    return "–" if error is None else number(error, 1, language)


def _model(told: AirForecast, model: ForecastModel, language: Language) -> str:
    assert told.issued is not None  # noqa: S101 - only what was told has a model to speak of
    return words_in(language).gettext(
        "ahead.model",
        issued=clock(told.issued),
        name=model.name,
        trained=date(model.trained_at, language),
        start=date(model.start, language),
        end=date(model.end, language),
    )
