"""The page of a session, for who has its link: pay, make it longer, stop, correct, receipts."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
from fastapi import APIRouter, Request, Response
from msgspec import to_builtins
from msgspec.structs import asdict

from api import checkout
from api.access import public
from api.answers.receipts import ReceiptAnswer
from api.hub import Hub, hub_of
from api.page_forms import Filled, Form, lead_to, minutes_of, name_of, page_answer, this_second
from api.page_payments import begin_payment
from api.pools import Writes
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.parking_sessions import Token, new_token
from cityhub.errors import InvalidInput, RuleBroken
from cityhub.parking.plates import normalise
from cityhub.parking.sessions import CORRECTIONS, Session
from cityhub.parking.tariffs import extension
from cityhub.payments.model import Payment
from cityhub.store import payments, places, receipts, refunds, sessions, tariffs
from cityhub.words import Language, choose_language
from portal import Portal
from portal.driver import Length, SessionView

EXTENSIONS = (30, 60, 120)


def create_router(portal: Portal) -> APIRouter:
    """The routes to the page of a session."""
    router = APIRouter(include_in_schema=False)

    @router.get("/p/{token}")
    @public
    def session(
        request: Request,
        token: Token,
        pool: Writes,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """A session, for who has its link."""
        with pool.connection() as conn:
            return session_page(request, conn, token, choose_language(lang, accept_language), None)

    def session_page(
        request: Request, conn: psycopg.Connection, token: str, language: Language, problem: str | None
    ) -> Response:
        view = _session(hub_of(request), conn, token, language, problem)
        return page_answer(
            portal.parking_session(language, view, datetime.now(UTC)), 200 if problem is None else 422
        )

    def changed(
        request: Request,
        token: str,
        form: Form,
        pool: Writes,
        accept_language: str | None,
        act: Callable[[psycopg.Connection], object],
    ) -> Response:
        """The page again after `act`, or with what forbade it."""
        language = choose_language(form.get("lang"), accept_language)
        try:
            with pool.connection() as conn:
                act(conn)
        except (InvalidInput, RuleBroken) as error:
            with pool.connection() as conn:
                return session_page(request, conn, token, language, name_of(error))
        return lead_to(token, language)

    @router.post("/p/{token}/pay")
    @public
    async def pay(
        request: Request, token: Token, form: Filled, accept_language: AcceptLanguage = None
    ) -> Response:
        """Begin to pay what is due."""
        hub, language = hub_of(request), choose_language(form.get("lang"), accept_language)

        problem = await begin_payment(request, form, session_token=token)
        if problem is not None:
            return await hub.pools.write(lambda conn: session_page(request, conn, token, language, problem))
        return lead_to(token, language)

    @router.post("/p/{token}/extend")
    @public
    def extend(
        request: Request, token: Token, form: Filled, pool: Writes, accept_language: AcceptLanguage = None
    ) -> Response:
        """More time, which then waits for its payment."""
        minutes = minutes_of(form)
        return changed(
            request,
            token,
            form,
            pool,
            accept_language,
            lambda conn: sessions.extend(conn, token, minutes, this_second()),
        )

    @router.post("/p/{token}/stop")
    @public
    def stop(
        request: Request, token: Token, form: Filled, pool: Writes, accept_language: AcceptLanguage = None
    ) -> Response:
        """The end, now."""

        def act(conn: psycopg.Connection) -> None:
            found, back = sessions.stop(conn, token, this_second())
            is_to_wallet = back > 0 and form.get("refund_to") == "wallet"
            wallet = payments.add_wallet(conn, str(uuid4()), new_token()) if is_to_wallet else None
            to_wallet = None if wallet is None else wallet.id
            refunds.request_for(conn, found.id, back, this_second(), to_wallet=to_wallet)

        return changed(request, token, form, pool, accept_language, act)

    @router.post("/p/{token}/reopen")
    @public
    def reopen(
        request: Request, token: Token, form: Filled, pool: Writes, accept_language: AcceptLanguage = None
    ) -> Response:
        """The car still stands there, whatever the sensor said."""
        return changed(
            request,
            token,
            form,
            pool,
            accept_language,
            lambda conn: sessions.reopen(conn, token, this_second()),
        )

    @router.post("/p/{token}/correct")
    @public
    def correct(
        request: Request, token: Token, form: Filled, pool: Writes, accept_language: AcceptLanguage = None
    ) -> Response:
        """Another plate, once."""

        def act(conn: psycopg.Connection) -> None:
            sessions.correct(conn, token, this_second(), plate=normalise(form.get("plate", "")))

        return changed(request, token, form, pool, accept_language, act)

    return router


def _session(
    hub: Hub, conn: psycopg.Connection, token: str, language: Language, problem: str | None
) -> SessionView:
    now = datetime.now(UTC)
    session = sessions.by_token(conn, token)
    place = places.get(conn, session.place_id)
    extensions = _extensions(conn, session, now)
    under_way = _under_way(session, payments.of_session(conn, session.id), now)
    payment = {}
    if under_way is not None:
        payment = asdict(checkout.shown(hub.ways, under_way, None, language))
    shown, waiting, status = session.held or session.first, session.due(now), session.status(now)
    # What a sensor or its driver ended and what is not paid yet ends there all the same.
    until = waiting.to_time if status == "unpaid" and waiting is not None else shown.to_time
    return SessionView(
        token=token,
        status=status,
        place=place.name_vi if language == "vi" else place.name_en,
        plate=shown.plate or "",
        vehicle=session.vehicle,
        begins=shown.from_time,
        until=until,
        due=0 if waiting is None else waiting.due,
        amount=(waiting or shown).amount,
        pay_by=session.pay_by,
        minutes_left=None if until is None else max(0, round((until - now).total_seconds() / 60)),
        has_permit=sessions.has_permit(conn, session),
        can_reopen=_can_reopen(session, now),
        can_correct=sum(one.kind in ("plate", "bay") for one in session.segments) < CORRECTIONS,
        offered=hub.ways.offered,
        lines=(waiting or shown).quote,
        receipts=[to_receipt(receipt) for receipt in receipts.of_session(conn, session.id)],
        extensions=extensions,
        payment=payment,
        wallet=refunds.wallet_of(conn, session.id) if session.state == "ended" else None,
        problem=problem,
        # Of what runs without an end nobody can be told.
        push_key=hub.push_key if status == "active" and shown.to_time is not None else None,
    )


def to_receipt(receipt: receipts.Receipt) -> dict[str, object]:
    """A receipt as the page shows it; `issued_at` stays a time."""
    return {**to_builtins(ReceiptAnswer.of(receipt)), "issued_at": receipt.issued_at}


def _extensions(conn: psycopg.Connection, session: Session, now: datetime) -> list[Length]:
    if session.due(now) is not None:
        # What waits is paid first, or replaced from the API.
        return []
    try:
        held = session.to_prolong(now)
        schedule = tariffs.schedule(conn, session.zone)
    except RuleBroken:
        return []
    found = []
    for minutes in EXTENSIONS:
        if held.to_time is None:
            continue
        end = held.to_time + timedelta(minutes=minutes)
        try:
            amount = extension(schedule, session.vehicle, session.first.from_time, held.to_time, end)
        except RuleBroken:
            continue
        found.append(Length(minutes, amount, end))
    return found


def _can_reopen(session: Session, now: datetime) -> bool:
    try:
        session.to_reopen(now)
    except RuleBroken:
        return False
    return True


def _under_way(session: Session, all_payments: list[Payment], now: datetime) -> Payment | None:
    """The payment of what waits that was begun last."""
    waiting = session.due(now)
    return checkout.under_way(
        [one for one in all_payments if waiting is not None and one.segment_n == waiting.n], now
    )
