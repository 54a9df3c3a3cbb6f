"""The pages of permits: which there are, the form, and the permit for who has its link: pay, renew, withdraw."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import psycopg
from fastapi import APIRouter, Request, Response
from msgspec.structs import asdict

from api import checkout
from api.access import public
from api.hub import Hub, hub_of
from api.page_forms import Filled, Form, lead_to_permit, name_of, page_answer, this_second
from api.page_payments import begin_payment
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.parking_sessions import Token, new_token
from api.routes.permits import withdrawn
from api.routes.session_pages import to_receipt
from cityhub.catalogue.vehicles import VEHICLES
from cityhub.errors import InvalidInput, NotFound, RuleBroken
from cityhub.model import PlaceRow
from cityhub.parking.plates import normalise
from cityhub.parking.rights import MAX_AHEAD, Right, Specification
from cityhub.rfc3339 import at_local_time
from cityhub.store import payments, receipts, rights
from cityhub.words import Language, choose_language
from portal import Portal
from portal.driver import PermitChoice, PermitOffer, PermitView


def create_router(portal: Portal) -> APIRouter:
    """The routes to the pages of permits. To be asked before those of places, whose ids look alike."""
    router = APIRouter(include_in_schema=False)

    @router.get("/parking/permits")
    @public
    async def permits(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """Every permit that can be bought."""
        language = choose_language(lang, accept_language)
        return page_answer(portal.permits(language, await offers(request, language)))

    async def offers(request: Request, language: Language) -> list[PermitOffer]:
        hub = hub_of(request)
        everywhere = await hub.offers.everywhere(hub.pools.reads)
        sold = await hub.pools.read(lambda conn: rights.specifications(conn, _today()))
        return [_offer(one, [offer.place for offer in everywhere.offers], language) for one in sold]

    @router.get("/parking/permits/{permit_id}")
    @public
    async def form(
        request: Request,
        permit_id: str,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One permit, and the form that asks for it."""
        language = choose_language(lang, accept_language)
        choice = PermitChoice(_today().isoformat())
        return await form_page(request, permit_id, choice, language, 200)

    async def form_page(
        request: Request, permit_id: str, choice: PermitChoice, language: Language, status: int
    ) -> Response:
        offer = next((one for one in await offers(request, language) if one.id == permit_id), None)
        if offer is None:
            raise NotFound("permit", permit_id[:80])
        return page_answer(portal.permit_form(language, offer, choice, _today(), MAX_AHEAD.days), status)

    @router.post("/parking/permits/{permit_id}")
    @public
    async def ask(
        request: Request, permit_id: str, form: Filled, accept_language: AcceptLanguage = None
    ) -> Response:
        """A permit as the form asks for it; the form again, and why, when it cannot be."""
        language = choose_language(form.get("lang"), accept_language)
        vehicle, place_id = form.get("vehicle", "car"), form.get("place_id") or None

        def act(conn: psycopg.Connection) -> str:
            first_day = _day(form.get("from", ""))
            asked = rights.PermitAsked(
                permit_id, normalise(form.get("plate", "")), vehicle, first_day, place_id
            )
            return rights.request(conn, asked, this_second(), new_token()).token

        try:
            return lead_to_permit(await hub_of(request).pools.write(act), language)
        except (InvalidInput, RuleBroken) as error:
            choice = PermitChoice(
                form.get("from", "")[:10], vehicle, form.get("plate", "")[:20], place_id, name_of(error)
            )
            return await form_page(request, permit_id, choice, language, 422)

    @router.get("/r/{token}")
    @public
    async def permit(
        request: Request, token: Token, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """A permit, for who has its link."""
        return await permit_page(request, token, choose_language(lang, accept_language), None)

    async def permit_page(request: Request, token: str, language: Language, problem: str | None) -> Response:
        hub = hub_of(request)
        view = await hub.pools.write(lambda conn: _view(hub, conn, token, language, problem))
        return page_answer(portal.permit(language, view, datetime.now(UTC)), 200 if problem is None else 422)

    @router.post("/r/{token}/pay")
    @public
    async def pay(
        request: Request, token: Token, form: Filled, accept_language: AcceptLanguage = None
    ) -> Response:
        """Begin to pay it."""
        language = choose_language(form.get("lang"), accept_language)
        problem = await begin_payment(request, form, permit_token=token)
        if problem is not None:
            return await permit_page(request, token, language, problem)
        return lead_to_permit(token, language)

    @router.post("/r/{token}/renew")
    @public
    async def renew(
        request: Request, token: Token, form: Filled, accept_language: AcceptLanguage = None
    ) -> Response:
        """The permit after this one, which then waits for its payment."""
        return await changed(
            request,
            token,
            form,
            accept_language,
            lambda conn: rights.renew(conn, token, this_second(), new_token()).token,
        )

    @router.post("/r/{token}/withdraw")
    @public
    async def withdraw(
        request: Request, token: Token, form: Filled, accept_language: AcceptLanguage = None
    ) -> Response:
        """It is valid no more."""
        return await changed(
            request,
            token,
            form,
            accept_language,
            lambda conn: withdrawn(conn, token, this_second())[0].token,
        )

    async def changed(
        request: Request,
        token: str,
        form: Form,
        accept_language: str | None,
        act: Callable[[psycopg.Connection], str],
    ) -> Response:
        """The page of the permit that `act` names, or this one with what forbade it."""
        language = choose_language(form.get("lang"), accept_language)
        try:
            return lead_to_permit(await hub_of(request).pools.write(act), language)
        except (InvalidInput, RuleBroken) as error:
            return await permit_page(request, token, language, name_of(error))

    return router


def _offer(one: Specification, everywhere: Sequence[PlaceRow], language: Language) -> PermitOffer:
    is_vietnamese = language == "vi"
    return PermitOffer(
        one.id,
        one.name_vi if is_vietnamese else one.name_en,
        one.zone_vi if is_vietnamese else one.zone_en,
        one.months,
        one.price,
        one.illustrative,
        _vehicles(one, {vehicle for place in everywhere for vehicle in place.vehicles}),
        [
            (place.id, place.name_vi if is_vietnamese else place.name_en)
            for place in everywhere
            if place.zone == one.zone and any(one.takes(vehicle) for vehicle in place.vehicles)
        ],
    )


def _vehicles(one: Specification, parked: set[str]) -> list[str]:
    """The classes that can have a permit; its own first."""
    found = [name for name in VEHICLES if one.takes(name) and (name in parked or name == one.vehicle)]
    return sorted(found, key=lambda name: name != one.vehicle)


def _view(
    hub: Hub, conn: psycopg.Connection, token: str, language: Language, problem: str | None
) -> PermitView:
    now = datetime.now(UTC)
    right = rights.by_token(conn, token)
    is_vietnamese = language == "vi"
    name, where = rights.names(conn, right), rights.where(conn, right)
    due = right.due(now)
    under_way = checkout.under_way(payments.of_right(conn, right.id), now) if due else None
    status = right.status(now)
    return PermitView(
        token=token,
        status=status,
        name=name[0] if is_vietnamese else name[1],
        where=where[0] if is_vietnamese else where[1],
        plate=right.plate or "",
        vehicle=right.vehicle,
        first_day=right.first_day,
        last_day=at_local_time(right.valid_to).date() - timedelta(days=1),
        is_upcoming=now < right.valid_from,
        illustrative=rights.is_illustrative(conn, right),
        due=due,
        amount=right.amount,
        pay_by=right.pay_by,
        has_other=bool(due) and rights.overlaps(conn, right),
        can_withdraw=status == "active",
        give_back=right.given_back(now),
        renewal_begins=_renewal_begins(right, now),
        renewed_by=right.renewed_by,
        offered=hub.ways.offered,
        receipts=[to_receipt(receipt) for receipt in receipts.of_right(conn, right.id)],
        payment={} if under_way is None else asdict(checkout.shown(hub.ways, under_way, None, language)),
        problem=problem,
    )


def _renewal_begins(right: Right, now: datetime) -> date | None:
    try:
        return right.renewal_begins(now)
    except RuleBroken:
        return None


def _today() -> date:
    return at_local_time(datetime.now(UTC)).date()


def _day(text: str) -> date:
    """The day that a browser sent; raises InvalidInput."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput("from", "must be a day such as 2026-11-26") from None
