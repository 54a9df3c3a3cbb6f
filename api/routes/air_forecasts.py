"""Air ahead in time: what jobs told of the next hours of a station, out of the database."""

from datetime import UTC, datetime

import msgspec
from fastapi import APIRouter, Request, Response

from api.access import open_data
from api.answers.air_forecasts import air_forecast
from api.caching import answer
from api.documentation import responses
from api.pools import Reads
from api.routes.sensors import SensorId
from cityhub.air.told_ahead import AirForecast
from cityhub.store import air_forecasts as store

MAX_AGE_S = 60

router = APIRouter(tags=["air"])


@router.get(
    "/api/v1/air/{station_id}/forecast",
    response_class=Response,
    responses=responses(AirForecast, not_found=True),
)
@open_data
def forecast(request: Request, pool: Reads, station_id: SensorId) -> Response:
    """PM2.5 and VN_AQI of the next 24 hours with an 80 % range, where that was better than saying what is or was."""
    with pool.connection() as conn:
        row = store.get(conn, station_id)
    body = msgspec.json.encode(air_forecast(row, datetime.now(UTC)))
    return answer(request, body, max_age_s=MAX_AGE_S)
