"""What places saw, should have earned and were paid, day by day."""

from datetime import date, timedelta
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from api.access import protected
from api.answers.revenue import RevenueAnswer
from api.documentation import asked_responses, keyed_responses
from api.pools import Writes
from api.routes.enforcement import PlaceId
from api.routes.rights import SECURITY
from cityhub.errors import InvalidInput
from cityhub.store import places, revenue

MOST_DAYS = 92

router = APIRouter(tags=["revenue"])


@router.get(
    "/api/v1/revenue",
    response_class=Response,
    responses=keyed_responses(asked_responses(RevenueAnswer, not_found=True)),
    openapi_extra=SECURITY,
)
@protected("revenue:read")
def days(
    pool: Writes,
    first: Annotated[date, Query(alias="from", description="First day, of Vietnam's calendar")],
    last: Annotated[date, Query(alias="to", description="Last day, which is included")],
    place_id: PlaceId = None,
) -> Response:
    """Per place and day: stays and hours that sensors saw, what they cost, what was paid, the difference.

    Days are counted anew each hour for three days, today every ten minutes, because readings come late. What was given
    back counts on the day on which it was. Permits are in no place's figures.
    """
    if last < first:
        raise InvalidInput("to", "is before from")
    if last - first >= timedelta(days=MOST_DAYS):
        raise InvalidInput("to", f"at most {MOST_DAYS} days can be asked for at once")
    if not date(2000, 1, 1) <= first <= last <= date(2999, 12, 31):
        raise InvalidInput("from", "must be of this time")
    with pool.connection() as conn:
        if place_id is not None:
            places.get(conn, place_id)
        found = revenue.days(conn, first, last, place_id)
    body = msgspec.json.encode(RevenueAnswer.of(found))
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")
