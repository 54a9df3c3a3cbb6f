"""What a stay would cost, before anybody parks."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response

from api.access import public
from api.answers.quotes import QuoteAnswer, QuoteRequest
from api.documentation import asked_responses, request_body
from api.documents import document
from api.hub import hub_of
from cityhub.errors import RuleBroken
from cityhub.parking import offers
from cityhub.parking.tariffs import quote

router = APIRouter(tags=["parking"])


@router.post(
    "/api/v1/parking/quote",
    response_class=Response,
    responses=asked_responses(QuoteAnswer, not_found=True),
    openapi_extra=request_body(QuoteRequest),
)
@public
async def post(request: Request, asked: Annotated[QuoteRequest, Depends(document(QuoteRequest))]) -> Response:
    """What a stay costs, and why; nothing is kept. 422 names the `rule` that forbids a stay."""
    now = datetime.now(UTC)
    start = now.replace(microsecond=0) if asked.start is None else asked.start
    hub = hub_of(request)
    place, schedule, _ = await hub.offers.get(hub.pools.reads, asked.place_id)
    length = timedelta(minutes=asked.minutes)
    offers.check(place, asked.vehicle, start, length, now)
    if schedule is None:
        raise RuleBroken("no_tariff", f"zone {place.zone} has no tariff")
    found = quote(schedule, asked.vehicle, start, start + length)
    body = msgspec.json.encode(QuoteAnswer.of(found))
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")
