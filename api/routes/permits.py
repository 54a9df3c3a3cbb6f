"""Permits of whole months: which there are, bought, looked at, renewed and withdrawn by whoever has their link."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
import psycopg
from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import open_data, public
from api.answers.rights import (
    PermitAnswer,
    PermitRequest,
    SpecificationAnswer,
    SpecificationsAnswer,
    WithdrawRequest,
)
from api.caching import answer
from api.documentation import asked_responses, request_body, responses
from api.documents import document
from api.idempotency import IdempotencyKey, answer_once
from api.pools import Reads, Writes
from api.routes.parking_sessions import Token, new_token
from cityhub.catalogue.vehicles import known
from cityhub.parking.plates import normalise
from cityhub.parking.rights import Right
from cityhub.rfc3339 import at_local_time
from cityhub.store import receipts, refunds, rights

PATH = "/api/v1/parking/permits"
MAX_AGE_S = 60

router = APIRouter(tags=["parking"])


@router.get(PATH, response_class=Response, responses=responses(SpecificationsAnswer))
@open_data
def specifications(
    request: Request,
    pool: Reads,
    zone: Annotated[str | None, Query(max_length=64, description="Only permits of this zone")] = None,
    vehicle: Annotated[str | None, Query(description="Only permits that this class can have")] = None,
) -> Response:
    """The permits that can be bought today, and their prices."""
    if vehicle is not None:
        known(vehicle)
    with pool.connection() as conn:
        found = rights.specifications(conn, at_local_time(datetime.now(UTC)).date())
    shown = [
        SpecificationAnswer.of(one)
        for one in found
        if zone in (None, one.zone) and (vehicle is None or one.takes(vehicle))
    ]
    return answer(request, msgspec.json.encode(SpecificationsAnswer(shown)), max_age_s=MAX_AGE_S)


@router.post(
    PATH,
    response_class=Response,
    status_code=201,
    responses=asked_responses(PermitAnswer, 201, not_found=True),
    openapi_extra=request_body(PermitRequest),
)
@public
def buy(
    asked: Annotated[PermitRequest, Depends(document(PermitRequest))],
    pool: Writes,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask for a permit. It is the driver's once it is paid for, until then it is kept until `pay_by`."""
    plate, now = normalise(asked.plate), _now()
    wanted = rights.PermitAsked(asked.permit_id, plate, asked.vehicle, asked.from_, asked.place_id)

    with pool.connection() as conn:

        def act() -> tuple[int, PermitAnswer]:
            right = rights.request(conn, wanted, now, new_token())
            other = rights.overlaps(conn, right)
            return 201, PermitAnswer.of(right, now, is_odd=plate.is_odd, has_other=other)

        return answer_once(conn, PATH, idempotency_key, asked, act)


@router.get(
    PATH + "/{token}", response_class=Response, responses=asked_responses(PermitAnswer, not_found=True)
)
@public
def get(token: Token, pool: Writes) -> Response:
    """The permit of a link, with its plate: who has the link is its driver."""
    with pool.connection() as conn:
        right = rights.by_token(conn, token)
        numbers = [receipt.number for receipt in receipts.of_right(conn, right.id)]
        other = rights.overlaps(conn, right)
    body = msgspec.json.encode(PermitAnswer.of(right, _now(), receipts=numbers, has_other=other))
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")


@router.post(
    PATH + "/{token}/renew",
    response_class=Response,
    status_code=201,
    responses=asked_responses(PermitAnswer, 201, not_found=True),
)
@public
def renew(token: Token, pool: Writes, idempotency_key: IdempotencyKey = None) -> Response:
    """The permit that follows this one without a gap, at today's price; asked again, the same."""
    now = _now()
    with pool.connection() as conn:

        def act() -> tuple[int, PermitAnswer]:
            right = rights.renew(conn, token, now, new_token())
            return 201, PermitAnswer.of(right, now, has_other=rights.overlaps(conn, right))

        return answer_once(conn, f"renew:{token}", idempotency_key, WithdrawRequest(), act)


@router.post(
    PATH + "/{token}/withdraw",
    response_class=Response,
    responses=asked_responses(PermitAnswer, not_found=True),
)
@public
def withdraw(token: Token, pool: Writes, idempotency_key: IdempotencyKey = None) -> Response:
    """It is valid no more. Months that have not begun are given back, by the way that they were paid."""
    now = _now()
    with pool.connection() as conn:

        def act() -> tuple[int, PermitAnswer]:
            right, given = withdrawn(conn, token, now)
            return 200, PermitAnswer.of(right, now, give_back=given)

        return answer_once(conn, f"withdraw:{token}", idempotency_key, WithdrawRequest(), act)


def withdrawn(conn: psycopg.Connection, token: str, now: datetime) -> tuple[Right, int]:
    """The permit, withdrawn at `now` (aware), and what was asked to be given back, VND."""
    right = rights.by_token(conn, token, lock=True)
    given = refunds.request_for_permit(conn, right.id, rights.withdraw(conn, right, now), now)
    return rights.by_token(conn, token), given


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
