"""PM2.5 and VN_AQI ahead in time."""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from cityhub.air.told_ahead import AirForecast, ForecastHour, ForecastModel, ForecastSkill, SkillAhead
from cityhub.rfc3339 import at_local_time
from cityhub.store.air_forecasts import ForecastRow
from cityhub.words import words_in

# The newest hours may be missing (cityhub.air.forecast); what was told from longer ago is told no more.
STALE = timedelta(hours=4)


def air_forecast(row: ForecastRow, now: datetime) -> AirForecast:
    """The answer for a stored forecast at `now` (aware)."""
    is_stale = row.issued is not None and now - row.issued > STALE
    why: Any = row.why or ("not_trained" if row.issued is None else "stale" if is_stale else None)
    return AirForecast(
        row.sensor_id,
        None if row.issued is None or why else at_local_time(row.issued),
        _model(row),
        None
        if not row.skill or row.weeks is None
        else ForecastSkill(row.weeks, msgspec.convert(row.skill, list[SkillAhead])),
        [] if why else msgspec.convert(row.hours, list[ForecastHour]),
        why,
        note=words_in("vi").gettext("ahead.pm2_5_alone"),
        note_en=words_in("en").gettext("ahead.pm2_5_alone"),
    )


def _model(row: ForecastRow) -> ForecastModel | None:
    """None also for one that could learn nothing."""
    if not row.skill or row.name is None or row.trained_at is None or row.start is None or row.end is None:
        return None
    return ForecastModel(
        row.name, at_local_time(row.trained_at), at_local_time(row.start), at_local_time(row.end)
    )
