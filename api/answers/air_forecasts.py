"""PM2.5 and VN_AQI ahead in time."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta, Struct

from cityhub.air.forecast_reasons import Why
from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store.air_forecasts import ForecastRow

# The newest hours may be missing (cityhub.air.forecast); what was told from longer ago is told no more.
STALE = timedelta(hours=4)

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
    """

    station_id: str
    issued: LocalTime | None
    model: ForecastModel | None
    skill: ForecastSkill | None
    hours: list[ForecastHour]
    why: Why | None

    @classmethod
    def of(cls, row: ForecastRow, now: datetime) -> Self:
        """The answer for a stored forecast at `now` (aware)."""
        is_stale = row.issued is not None and now - row.issued > STALE
        why: Any = row.why or ("not_trained" if row.issued is None else "stale" if is_stale else None)
        return cls(
            row.sensor_id,
            None if row.issued is None or why else at_local_time(row.issued),
            None
            if not row.skill
            or row.name is None
            or row.trained_at is None
            or row.start is None
            or row.end is None
            else ForecastModel(
                row.name, at_local_time(row.trained_at), at_local_time(row.start), at_local_time(row.end)
            ),
            None
            if not row.skill or row.weeks is None
            else ForecastSkill(row.weeks, msgspec.convert(row.skill, list[SkillAhead])),
            [] if why else msgspec.convert(row.hours, list[ForecastHour]),
            why,
        )
