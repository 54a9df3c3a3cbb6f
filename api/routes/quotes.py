"""What a stay would cost, before anybody parks."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Response

from api.access import public
from api.answers.quotes import QuoteAnswer, QuoteRequest
from api.documentation import asked_responses, request_body
from api.documents import document
from api.pools import Reads
from cityhub.parking import offers
from cityhub.parking.tariffs import quote
from cityhub.store import places, tariffs

router = APIRouter(tags=["parking"])


@router.post(
    "/api/v1/parking/quote",
    response_class=Response,
    responses=asked_responses(QuoteAnswer, not_found=True),
    openapi_extra=request_body(QuoteRequest),
)
@public
def post(asked: Annotated[QuoteRequest, Depends(document(QuoteRequest))], pool: Reads) -> Response:
    """What a stay costs, and why; nothing is kept. 422 names the `rule` that forbids a stay."""
    now = datetime.now(UTC)
    start = now.replace(microsecond=0) if asked.start is None else asked.start
    with pool.connection() as conn:
        place = places.get(conn, asked.place_id)
        zone = offers.check(place, asked.vehicle, start, timedelta(minutes=asked.minutes), now)
        schedule = tariffs.schedule(conn, zone)
    found = quote(schedule, asked.vehicle, start, start + timedelta(minutes=asked.minutes))
    body = msgspec.json.encode(QuoteAnswer.of(found))
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")
