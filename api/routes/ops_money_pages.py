"""Money that waits for a person, and the bookings that place it: as `./hub money`, with who decided on record."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import psycopg
from fastapi import APIRouter, Path, Request, Response

from api.access import caller_of, protected
from api.page_forms import Filled, Form, page_answer
from api.pools import Writes
from api.routes.ops_pages import Said, back, reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.errors import InvalidInput
from cityhub.store import audit, parked, payments, refunds
from cityhub.words import choose_language
from portal import Portal
from portal.staff.frame import Reader
from portal.staff.money import MoneyView, money_html

_MOST = 200
_HOME = "/ops/money"
ParkedId = Annotated[int, Path(ge=1, le=2**63 - 1)]


def create_router(portal: Portal) -> APIRouter:
    """The routes of money that waits."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/money")
    @protected("money:write")
    def money(
        request: Request,
        pool: Writes,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What waits, the oldest first."""
        with pool.connection() as conn:
            view = _view(conn, reader_of(request, said))
        return page_answer(portal.drawn(choose_language(lang, accept_language), money_html, view))

    @router.post("/ops/money/parked/{id}/returned")
    @protected("money:write")
    def returned(request: Request, id: ParkedId, form: Filled, pool: Writes) -> Response:
        """It was sent back to whom it came from."""
        by, note = caller_of(request).on_record, _note(form)
        with pool.connection() as conn:
            found = parked.returned(conn, id, by, note, datetime.now(UTC))
            _record(conn, by, "parked money returned", found, {"state": "returned"}, note)
        return back(form, "returned", _HOME)

    @router.post("/ops/money/parked/{id}/wallet")
    @protected("money:write")
    def wallet(
        request: Request,
        id: ParkedId,
        form: Filled,
        pool: Writes,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """It goes into a wallet, whose code is shown this once: it pays, so that it is in no address."""
        by, note, code = caller_of(request).on_record, _note(form), form.get("code", "").strip()
        with pool.connection() as conn:
            held = (
                payments.wallet(conn, code)
                if code
                else payments.add_wallet(conn, str(uuid4()), secrets.token_urlsafe(16))
            )
            found = parked.to_wallet(conn, id, by, note, held.id, datetime.now(UTC))
            after = {"state": "wallet", "wallet": held.id}
            _record(conn, by, "parked money to a wallet", found, after, note)
            view = _view(conn, reader_of(request, "wallet"), held.token)
        language = choose_language(form.get("lang"), accept_language)
        return page_answer(portal.drawn(language, money_html, view))

    @router.post("/ops/money/refunds/{id}/done")
    @protected("money:write")
    def refunded(request: Request, id: UUID, form: Filled, pool: Writes) -> Response:
        """It was sent by hand, or its provider says that it was done."""
        by, note = caller_of(request).on_record, _note(form)
        with pool.connection() as conn:
            amount = refunds.done_by_hand(conn, str(id), by, note, datetime.now(UTC))
            audit.add(
                conn,
                by,
                "refund done by hand",
                f"refund:{id}",
                before={"state": "to be sent", "amount": amount},
                after={"state": "done"},
                why=note,
            )
        return back(form, "refunded", _HOME)

    return router


def _note(form: Form) -> str:
    note = form.get("note", "").strip()
    if not note:
        raise InvalidInput("note", "must say why, or the number of the transfer")
    return note[:300]


def _record(
    conn: psycopg.Connection, by: str, action: str, found: parked.Sum, after: Mapping[str, str], why: str
) -> None:
    before = {
        "state": "waiting",
        "amount": found.amount,
        "reason": found.reason,
        "provider": found.provider,
        "provider_reference": found.provider_reference,
    }
    audit.add(conn, by, action, f"parked:{found.id}", before=before, after=after, why=why)


def _view(conn: psycopg.Connection, reader: Reader, wallet: str | None = None) -> MoneyView:
    return MoneyView(reader, parked.waiting(conn, _MOST), refunds.by_hand(conn, _MOST), wallet)
