"""Inspectors: is this plate paid for, and which bays are not. Who looked up which plate is on record."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response

from api.access import caller_of, protected
from api.answers.enforcement import HeldAnswer, PlaceLook, PlateAnswer, UnpaidAnswer
from api.documentation import asked_responses, keyed_responses
from api.pools import Writes
from api.routes.rights import SECURITY
from cityhub.parking import enforcement as rules
from cityhub.parking.plates import masked, normalise
from cityhub.rfc3339 import at_local_time
from cityhub.store import audit, enforcement, places

PATH = "/api/v1/enforcement"
PlaceId = Annotated[str | None, Query(max_length=64, description="Of which place; everywhere without it")]

router = APIRouter(tags=["enforcement"])


@router.get(
    PATH + "/plates/{plate}",
    response_class=Response,
    responses=keyed_responses(asked_responses(PlateAnswer, not_found=True)),
    openapi_extra=SECURITY,
)
@protected("enforcement:read")
def plate(
    request: Request,
    plate: str,
    pool: Writes,
    place_id: PlaceId = None,
    why: Annotated[
        Literal["patrol", "complaint", "other"], Query(description="Kept with the look")
    ] = "patrol",
) -> Response:
    """Is this plate paid for, and until when."""
    text, now = normalise(plate).text, datetime.now(UTC)
    with pool.connection() as conn:
        place = None if place_id is None else places.get(conn, place_id)
        held = enforcement.of_plate(conn, text, now)
        audit.add(conn, caller_of(request).on_record, "plate looked up", f"plate:{masked(text)}", why=why)
    at = None if place is None else (place.id, place.zone or "")
    answer = PlateAnswer(
        text,
        rules.verdict(held, now, at),
        _until(rules.paid_until(held, now, at)),
        at_local_time(now),
        [HeldAnswer.of(one, now) for one in held],
    )
    return _answer(answer)


@router.get(
    PATH + "/unpaid",
    response_class=Response,
    responses=keyed_responses(asked_responses(UnpaidAnswer, not_found=True)),
    openapi_extra=SECURITY,
)
@protected("enforcement:read")
def unpaid(pool: Writes, place_id: PlaceId = None) -> Response:
    """Bays that are occupied for longer than somebody needs to pay, and for which nobody paid."""
    now = datetime.now(UTC)
    with pool.connection() as conn:
        if place_id is not None:
            places.get(conn, place_id)
        occupied = enforcement.occupied(conn, now, place_id)
        held = enforcement.held(conn, now, place_id)
    found = rules.look(occupied, held, now)
    return _answer(UnpaidAnswer(at_local_time(now), [PlaceLook.of(one) for one in found]))


def _until(moment: datetime | None) -> datetime | None:
    return None if moment is None else at_local_time(moment)


def _answer(body: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(body), 200, {"Cache-Control": "no-store"}, "application/json")
