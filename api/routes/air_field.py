"""Air between the stations, out of memory."""

from fastapi import APIRouter, Request, Response

from api.access import from_memory, open_data
from api.answers.air_field import AirField
from api.caching import answer
from api.documentation import responses
from api.hub import hub_of
from api.snapshots import MEDIA_TYPE

MAX_AGE_S = 10

router = APIRouter(tags=["air"])


@router.get(
    "/api/v1/air/field", response_class=Response, responses=responses(AirField, media_type=MEDIA_TYPE)
)
@from_memory
@open_data
async def field(request: Request) -> Response:
    """GeoJSON: PM2.5 between the stations in the steps of VN_AQI's categories, only where it is no guess."""
    body = hub_of(request).air_fields.found().body
    return answer(request, body, max_age_s=MAX_AGE_S, media_type=MEDIA_TYPE)
