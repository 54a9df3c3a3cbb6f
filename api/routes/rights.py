"""Rights that other apps sold, told by them: enforcement and revenue see them like the hub's own."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from msgspec.structs import asdict, replace

from api.access import Caller, caller_of, protected
from api.answers.rights import RightAnswer, RightRequest
from api.documentation import KEY_SCHEMES, asked_responses, keyed_responses, request_body
from api.documents import document
from api.pools import Writes
from cityhub.errors import Forbidden, NotFound
from cityhub.parking.plates import normalise
from cityhub.parking.rights import Right
from cityhub.store import rights, sold_rights

PATH = "/api/v1/parking/rights"
RightId = Annotated[
    str, Path(pattern=r"^[0-9a-f-]{36}$", description="As it was answered when the right was told")
]
SECURITY: dict[str, Any] = {"security": [{name: []} for name in KEY_SCHEMES]}

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

router = APIRouter(tags=["parking"])


@router.post(
    PATH,
    response_class=Response,
    status_code=201,
    responses=keyed_responses(
        asked_responses(RightAnswer, 201, not_found=True) | {200: asked_responses(RightAnswer)[200]},
        conflict="The reference was told with another content before",
    ),
    openapi_extra=request_body(RightRequest) | SECURITY,
)
@protected("parking:write")
def sell(
    request: Request, asked: Annotated[RightRequest, Depends(document(RightRequest))], pool: Writes
) -> Response:
    """Tell of a right that was sold: 201, or 200 where this reference told the same before."""
    if not _is_of(asked.channel, caller_of(request)):
        raise Forbidden("A key tells of its own channel: its name, or its name with : and a part behind")
    plate, now = normalise(asked.plate), datetime.now(UTC)
    sold = sold_rights.Sold(
        asked.channel,
        asked.channel_reference,
        _digest(replace(asked, plate=plate.text)),
        asked.place_id,
        asked.bay_id,
        plate,
        asked.vehicle,
        asked.from_,
        asked.to,
        asked.amount,
    )
    with pool.connection() as conn:
        right, is_new = sold_rights.sell(conn, sold, now)
    return _answer(RightAnswer.of(right, now, is_odd=plate.is_odd), 201 if is_new else 200)


@router.get(
    PATH + "/{right_id}",
    response_class=Response,
    responses=keyed_responses(asked_responses(RightAnswer, not_found=True)),
    openapi_extra=SECURITY,
)
@protected("parking:write")
def get(request: Request, right_id: RightId, pool: Writes) -> Response:
    """A right, for the channel that sold it."""
    with pool.connection() as conn:
        right = _own(rights.by_id(conn, right_id), caller_of(request))
    return _answer(RightAnswer.of(right, datetime.now(UTC)), 200)


@router.post(
    PATH + "/{right_id}/withdraw",
    response_class=Response,
    responses=keyed_responses(asked_responses(RightAnswer, not_found=True)),
    openapi_extra=SECURITY,
)
@protected("parking:write")
def withdraw(request: Request, right_id: RightId, pool: Writes) -> Response:
    """It is valid no more from now on. What is given back is the channel's business. Asked again, nothing changes."""
    now = datetime.now(UTC)
    with pool.connection() as conn:
        right = _own(rights.by_id(conn, right_id, lock=True), caller_of(request))
        rights.withdraw(conn, right, now)
        right = rights.by_id(conn, right_id)
    return _answer(RightAnswer.of(right, now), 200)


def _own(right: Right, caller: Caller) -> Right:
    """The right, where its channel is the caller's; the same answer as for one that does not exist."""
    if not _is_of(right.channel, caller):
        raise NotFound("right", right.id)
    return right


def _is_of(channel: str, caller: Caller) -> bool:
    return channel.partition(":")[0] == caller.name


def _digest(asked: RightRequest) -> bytes:
    """Of what was told, however its times and its plate were written."""
    # Not as times of another offset: near year 1 and 9999 there are none.
    told = asdict(asked) | {name: (getattr(asked, name) - _EPOCH) // _MICROSECOND for name in ("from_", "to")}
    return sha256(msgspec.json.encode(told)).digest()


def _answer(body: msgspec.Struct, status: int) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
