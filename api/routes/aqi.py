"""The air quality index of a station over time."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from fastapi import APIRouter, Request, Response

from api.access import open_data
from api.answers.aqi import AqiDay, AqiHour, AqiYear
from api.answers.aqi_facts import AirQualityIndex, AqiCategory, AqiMethod, AqiStation, limits_table
from api.caching import answer
from api.documentation import responses
from api.hub import hub_of
from api.parameters import parse_time
from api.pools import History
from api.routes.observations import Time
from api.routes.sensors import SensorId
from cityhub.air import years
from cityhub.air.history import DayRow, HourRow
from cityhub.air.hours import HOUR, day_of, expected, last_end
from cityhub.air.vn_aqi import Completeness
from cityhub.errors import InvalidInput
from cityhub.store import air, air_hours

MAX_AGE_S = 10
Step = Literal["PT1H", "P1D"]
# With hours, and days alone. A year of hours takes half a second.
LONGEST = timedelta(days=366)
LONGEST_DAYS = timedelta(days=10 * 366)

router = APIRouter(tags=["air"])


@router.get(
    "/api/v1/air/{station_id}/aqi",
    response_class=Response,
    responses=responses(AirQualityIndex, not_found=True),
    description="The hours that end after `start` and not after `end`, called by their ends, and the days of Viet Nam"
    " that those belong to; what has ended by now, each hour and day with an index or a `why`. A reading that comes"
    " late, or is corrected, changes its own hours and days at once. `step` leaves out hours (`P1D`) or days (`PT1H`)."
    f" Longest span in days: {LONGEST.days}, of days alone {LONGEST_DAYS.days}.",
)
@open_data
def aqi(
    request: Request, pool: History, station_id: SensorId, start: Time, end: Time, step: Step | None = None
) -> Response:
    """VN_AQI by Decision 1459/QD-TCMT, by hour and by day."""
    first, last = parse_time("start", start), parse_time("end", end)
    now = datetime.now(UTC)
    if last <= first:
        raise InvalidInput("end", "must be after start")
    longest = LONGEST_DAYS if step == "P1D" else LONGEST
    if last - first > longest:
        raise InvalidInput(
            "end", f"at most {longest.days} days after start" + ("" if step else ", or step=P1D")
        )
    settings = hub_of(request).settings
    completeness = Completeness(settings.aqi_day_hours, settings.aqi_eight_hours)
    hours: list[HourRow] = []
    days: list[DayRow] = []
    with pool.connection() as conn:
        sensor, station = air.station(conn, station_id)
        measured = air.streams(conn, [station_id])[station_id]
        if step != "P1D":
            ends = last_end(first) + HOUR, last_end(min(last, now))
            hours = air_hours.hourly(conn, station_id, station, *ends, measured=measured)
        if step != "PT1H" and first < now:
            oldest, newest = day_of(last_end(first) + HOUR), day_of(min(last, now))
            days = air.daily(conn, station_id, station, oldest, newest, now, completeness, measured=measured)
    often = expected(sensor.interval_s)
    body = AirQualityIndex(
        AqiMethod.of(completeness),
        AqiStation.of(sensor, station),
        AqiCategory.all(),
        limits_table(),
        [AqiHour.of(row, station, often) for row in hours],
        [AqiDay.of(row, often, completeness) for row in days],
        [AqiYear.of(year) for year in years.of_days(days, completeness)],
    )
    return answer(request, msgspec.json.encode(body), max_age_s=MAX_AGE_S)
