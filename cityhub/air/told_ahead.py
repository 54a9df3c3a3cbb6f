"""The next 24 hours of a station as they are told to programs and on pages."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cityhub.air.forecast_reasons import Why
from cityhub.rfc3339 import LocalTime

Concentration = Annotated[float, Meta(ge=0)]


class ForecastHour(Struct, frozen=True):
    """An hour ahead; `time` is its end. Four times out of five PM2.5 (µg/m³) lies between `low` and `high`.

    `vn_aqi`: of PM2.5 alone, by its 12-hour NowCast; null where the station may not publish an index.
    """

    time: LocalTime
    pm2_5: Concentration
    low: Concentration
    high: Concentration
    vn_aqi: int | None


class ForecastModel(Struct, frozen=True):
    """What told it: its name, when it was trained, and on which hours (`start` up to `end`)."""

    name: str
    trained_at: LocalTime
    start: LocalTime
    end: LocalTime


class SkillAhead(Struct, frozen=True):
    """How good forecasts so many hours ahead were, over `n` hours; null where those were too few.

    `error`: mean absolute error, µg/m³; `error_persistence`: that of saying the present value; `error_yesterday`: of
    saying that of the same hour of the day before. `coverage`: share of the hours that lay between `low` and `high`.
    An hour ahead is told only where `is_published`.
    """

    ahead: int
    n: int
    error: float | None
    error_persistence: float | None
    error_yesterday: float | None
    coverage: float | None
    is_published: bool


class ForecastSkill(Struct, frozen=True):
    """How good the model was on `weeks` weeks that it had not seen, by hours ahead."""

    weeks: int
    ahead: list[SkillAhead]


class AirForecast(Struct, frozen=True):
    """The next 24 hours of a station, told at `issued`, the end of the newest hour it was told from.

    Only hours ahead are told at which the model beat, on weeks that it had not seen, the present value and the same
    hour of the day before, and its range held 75 to 85 % of the hours. Without any, `hours` is empty and `why` one of
    `not_trained` (no model was made yet), `short_history` (fewer than eight weeks of hours), `no_skill` (nothing beat
    the two), `no_data` (the station's last hours are missing), `stale` (nothing new was told for hours).

    `vn_aqi_of`: the pollutants that `vn_aqi` ahead goes by. An hour that was measured goes by all that the station
    measures, so its index may turn out higher: `note` says so (Vietnamese, English).
    """

    station_id: str
    issued: LocalTime | None
    model: ForecastModel | None
    skill: ForecastSkill | None
    hours: list[ForecastHour]
    why: Why | None
    vn_aqi_of: tuple[Literal["pm2_5"]] = ("pm2_5",)
    note: str = ""
    note_en: str = ""
