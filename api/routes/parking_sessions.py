"""Sessions: asked for, looked at, made longer, stopped, corrected by whoever has their link."""

import secrets
from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

import msgspec
from fastapi import APIRouter, Depends, Path, Response

from api.access import public
from api.answers.parking_sessions import (
    CorrectRequest,
    ExtendRequest,
    SessionAnswer,
    SessionRequest,
    StopRequest,
)
from api.documentation import asked_responses, request_body
from api.documents import document, optional_document
from api.idempotency import IdempotencyKey, answer_once
from api.pools import Writes
from cityhub import phones
from cityhub.errors import InvalidInput
from cityhub.parking.plates import normalise
from cityhub.store import payments, receipts, refunds, sessions

PATH = "/api/v1/parking/sessions"
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{16,64}$", description="The end of the session's link")]

router = APIRouter(tags=["parking"])


def new_token() -> str:
    """128 bits that nobody can guess: who has them has the session."""
    return secrets.token_urlsafe(16)


@router.post(
    PATH,
    response_class=Response,
    status_code=201,
    responses=asked_responses(SessionAnswer, 201, not_found=True),
    openapi_extra=request_body(SessionRequest),
)
@public
def begin(
    asked: Annotated[SessionRequest, Depends(document(SessionRequest))],
    pool: Writes,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Ask for time at a place. It is the driver's once it is paid for, until then it is kept until `pay_by`."""
    if (asked.mode == "prepaid") != (asked.minutes is not None):
        raise InvalidInput("minutes", "are given for a prepaid session, and not for start_stop")
    plate = normalise(asked.plate)
    now = _now()
    phone = None if asked.phone is None else phones.normalise(asked.phone)
    wanted = sessions.Asked(asked.place_id, plate, asked.vehicle, asked.minutes, asked.bay_id, phone)

    with pool.connection() as conn:

        def act() -> tuple[int, SessionAnswer]:
            session = sessions.begin(conn, wanted, now, new_token())
            warnings = ["odd_plate"] if plate.is_odd else []
            if sessions.has_permit(conn, session):
                warnings.append("has_permit")
            return 201, SessionAnswer.of(session, now, warnings=warnings)

        return answer_once(conn, PATH, idempotency_key, asked, act)


@router.get(
    PATH + "/{token}", response_class=Response, responses=asked_responses(SessionAnswer, not_found=True)
)
@public
def get(token: Token, pool: Writes) -> Response:
    """The session of a link, with its plate: who has the link is its driver."""
    with pool.connection() as conn:
        session = sessions.by_token(conn, token)
        numbers = [receipt.number for receipt in receipts.of_session(conn, session.id)]
    body = msgspec.json.encode(SessionAnswer.of(session, _now(), receipts=numbers))
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")


@router.post(
    PATH + "/{token}/extend",
    response_class=Response,
    responses=asked_responses(SessionAnswer, not_found=True),
    openapi_extra=request_body(ExtendRequest),
)
@public
def extend(
    token: Token,
    asked: Annotated[ExtendRequest, Depends(document(ExtendRequest))],
    pool: Writes,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Some minutes more, going on in the tariff's steps; they hold once `due` is paid."""
    now = _now()
    with pool.connection() as conn:

        def act() -> tuple[int, SessionAnswer]:
            return 200, SessionAnswer.of(sessions.extend(conn, token, asked.minutes, now), now)

        return answer_once(conn, f"extend:{token}", idempotency_key, asked, act)


@router.post(
    PATH + "/{token}/stop",
    response_class=Response,
    responses=asked_responses(SessionAnswer, not_found=True),
    openapi_extra=request_body(StopRequest, is_required=False),
)
@public
def stop(
    token: Token,
    asked: Annotated[StopRequest, Depends(optional_document(StopRequest))],
    pool: Writes,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The end, now. `give_back` is what the tariff gives back; a start-stop session then waits for its payment."""
    now = _now()
    with pool.connection() as conn:

        def act() -> tuple[int, SessionAnswer]:
            session, back = sessions.stop(conn, token, now)
            wallet = None
            if asked.refund_to == "wallet":
                wallet = (
                    payments.add_wallet(conn, str(uuid4()), new_token())
                    if asked.wallet_token is None
                    else payments.wallet(conn, asked.wallet_token)
                )
            to_wallet = None if wallet is None else wallet.id
            given = refunds.request_for(conn, session.id, back, now, to_wallet=to_wallet)
            wallet_token = None if wallet is None else wallet.token
            return 200, SessionAnswer.of(session, now, give_back=given, wallet_token=wallet_token)

        return answer_once(conn, f"stop:{token}", idempotency_key, asked, act)


@router.post(
    PATH + "/{token}/reopen",
    response_class=Response,
    responses=asked_responses(SessionAnswer, not_found=True),
)
@public
def reopen(token: Token, pool: Writes, idempotency_key: IdempotencyKey = None) -> Response:
    """A start-stop session that the bay's sensor ended goes on: the car still stands there."""
    now = _now()
    with pool.connection() as conn:

        def act() -> tuple[int, SessionAnswer]:
            return 200, SessionAnswer.of(sessions.reopen(conn, token, now), now)

        return answer_once(conn, f"reopen:{token}", idempotency_key, None, act)


@router.post(
    PATH + "/{token}/correct",
    response_class=Response,
    responses=asked_responses(SessionAnswer, not_found=True),
    openapi_extra=request_body(CorrectRequest),
)
@public
def correct(
    token: Token,
    asked: Annotated[CorrectRequest, Depends(document(CorrectRequest))],
    pool: Writes,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Another plate or bay, once and for nothing."""
    plate = None if asked.plate is None else normalise(asked.plate)
    now = _now()
    with pool.connection() as conn:

        def act() -> tuple[int, SessionAnswer]:
            session = sessions.correct(conn, token, now, plate=plate, bay_id=asked.bay_id)
            odd = plate is not None and plate.is_odd
            return 200, SessionAnswer.of(session, now, warnings=["odd_plate"] if odd else [])

        return answer_once(conn, f"correct:{token}", idempotency_key, asked, act)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
