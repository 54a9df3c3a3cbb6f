"""The rain of the last hours, a quarter of an hour at a time."""

import msgspec
from fastapi import APIRouter, Request, Response

from api.access import open_data
from api.answers.rain import RainFrames
from api.caching import answer
from api.documentation import responses
from api.hub import hub_of

router = APIRouter(tags=["rain"])


@router.get("/api/v1/rain/frames", response_class=Response, responses=responses(RainFrames))
@open_data
async def frames(request: Request) -> Response:
    """Every gauge's rain of the last six hours, for an animation; null where nothing came."""
    hub = hub_of(request)
    found = await hub.recent_rain.get(hub.pools.reads)
    body = RainFrames.of(found, hub.snapshot("rain").features.values())
    return answer(request, msgspec.json.encode(body), max_age_s=60)
