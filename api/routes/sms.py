"""Messages from phones, as the SMS gateway brings them. What is not genuine changes nothing and leaves nothing."""

import hmac
import re
from typing import Any

import msgspec
from fastapi import APIRouter, Request, Response

from api import sms_orders
from api.access import public, signed_by_sender
from api.documents import decode
from api.hub import hub_of
from api.page_forms import this_second
from api.pools import Writes
from api.routes.payment_callbacks import Body
from cityhub import phones
from cityhub.errors import InvalidInput, NotFound, Unauthenticated
from cityhub.parking.tariffs.calendar import prepare as prepare_calendar
from cityhub.words import words_in

PATH = "/api/v1/sms"
_REFERENCE = re.compile(r"[!-~]{1,200}")

router = APIRouter(include_in_schema=False)


class Told(msgspec.Struct, frozen=True):
    """What the gateway tells; more than that is let be."""

    id: str | int
    from_: str = msgspec.field(name="from")
    text: str
    received_at: Any = None


@router.post(PATH)
@signed_by_sender
@public
def receive(request: Request, body: Body, pool: Writes) -> Response:
    """Do what a message asks for. `{"reply": ...}`; null where nothing is to be sent."""
    hub = hub_of(request)
    key = hub.settings.sms_webhook_secret.get_secret_value().encode()
    if not key:
        raise NotFound("gateway of messages", "sms")
    expected = hmac.new(key, body, "sha256").hexdigest()
    sent = request.headers.get("x-signature", "").strip().lower()
    if not hmac.compare_digest(expected.encode(), sent.encode()):
        raise Unauthenticated("The signature is wrong")
    told = decode(body, Told)
    reference = str(told.id)
    if not _REFERENCE.fullmatch(reference):
        raise InvalidInput("id", "must have 1 to 200 visible ASCII characters")
    try:
        phone = phones.normalise(told.from_)
    except InvalidInput:
        # A shop's name or a short number: an answer would reach nobody, or another machine that answers.
        return _reply("")
    # Read at their first use, which is not to be while a transaction is open.
    words_in("vi")
    prepare_calendar()
    message = sms_orders.Incoming(reference, phone, phones.token(phone, key), told.text)
    with pool.connection() as conn:
        return _reply(sms_orders.take(conn, message, hub.ways.public_url, this_second()))


def _reply(text: str) -> Response:
    body = msgspec.json.encode({"reply": text or None})
    return Response(body, 200, {"Cache-Control": "no-store"}, "application/json")
