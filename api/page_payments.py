"""Paying on a page: what a form asks for is begun, and where its provider fails the page says so."""

from datetime import UTC, datetime

import psycopg
from fastapi import Request

from api import checkout
from api.answers.payments import PaymentRequest
from api.hub import hub_of
from api.page_forms import Form, name_of
from api.problems import ProviderFailed
from api.routes.payments import address_of
from cityhub.errors import InvalidInput, NotFound, RuleBroken
from cityhub.payments.model import Payment
from cityhub.store import payments


async def begin_payment(
    request: Request, form: Form, *, session_token: str | None = None, permit_token: str | None = None
) -> str | None:
    """Begin the payment of what waits by the way of the form; why it cannot be, by a name that pages know, else None.

    Raises NotFound for a link of nobody.
    """
    hub = hub_of(request)

    def begin(conn: psycopg.Connection) -> Payment:
        chosen = next((way for way in hub.ways.offered if way == form.get("provider")), None)
        if chosen is None:
            raise RuleBroken("not_offered", "this way of paying is not offered here")
        asked = PaymentRequest(
            session_token=session_token,
            permit_token=permit_token,
            provider=chosen,
            wallet_token=form.get("wallet_token") or None,
        )
        return payments.by_id(conn, checkout.begin(conn, asked, address_of(request), datetime.now(UTC)))

    try:
        await checkout.prepared(hub, await hub.pools.write(begin))
    except (InvalidInput, RuleBroken, ProviderFailed, NotFound) as error:
        if isinstance(error, NotFound) and error.noun != "wallet":
            raise
        return name_of(error)
    return None
