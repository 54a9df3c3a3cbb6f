"""The driver's pages of places: where is a bay free, what does it cost. A form begins a session."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.access import from_memory, public
from api.hub import Hub, hub_of
from api.offers import Offer
from api.page_forms import Filled, lead_to, minutes_of, name_of, page_answer, this_second
from api.pools import Writes
from api.routes.pages import AN_HOUR, AcceptLanguage, AskedLanguage, content_answer
from api.routes.pages import page_answer as kept_answer
from api.routes.parking_places import next_hour
from api.routes.parking_sessions import new_token
from api.routes.sensors import SensorId
from cityhub import phones
from cityhub.errors import InvalidInput, NotFound, RuleBroken
from cityhub.parking import offers
from cityhub.parking.features import ParkingProperties
from cityhub.parking.plates import normalise
from cityhub.parking.tariffs import quote
from cityhub.store import sessions
from cityhub.words import Language, choose_language
from portal import Page, Portal
from portal.driver import BayView, Choice, Length, PlaceView

# The version of `driver.phone_note`: another promise is another version.
_WORDING = "form-1"
LENGTHS = (30, 60, 120, 180, 240, 480)


def create_router(portal: Portal) -> APIRouter:
    """The routes to the pages of places."""
    router = APIRouter(include_in_schema=False)

    @router.get("/parking")
    @public
    async def parking(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """Every place, with what is free and what the next hour costs."""
        hub, now = hub_of(request), datetime.now(UTC)
        language = choose_language(lang, accept_language)
        found = [
            _place(hub, offer, now, language)
            for offer in (await hub.offers.everywhere(hub.pools.reads)).offers
            if offer.place.zone is not None
        ]
        return page_answer(portal.parking(language, found, now))

    @router.get("/parking/offline")
    @from_memory
    @public
    async def offline(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """What a driver reads without a connection; kept by the service worker."""
        return kept_answer(request, portal.parking_offline(choose_language(lang, accept_language)))

    @router.get("/manifest.webmanifest")
    @from_memory
    @public
    async def manifest(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """How the driver's pages are installed."""
        content = portal.manifest(choose_language(lang, accept_language))
        return content_answer(
            request, content, {"Cache-Control": AN_HOUR, "Vary": "Accept-Language, Accept-Encoding"}
        )

    @router.get("/worker.js")
    @from_memory
    @public
    async def worker(request: Request) -> Response:
        """The service worker; at the root, because it may only serve what is below it."""
        content = portal.assets.get("worker.js")
        if content is None:
            raise NotFound("file", "worker.js")
        return content_answer(request, content, {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"})

    @router.get("/parking/{place_id}")
    @public
    async def place(
        request: Request,
        place_id: SensorId,
        vehicle: str | None = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One place, what each length costs, and the form."""
        language = choose_language(lang, accept_language)
        return page_answer(await _place_page(hub_of(request), place_id, Choice(vehicle or ""), language))

    async def _place_page(hub: Hub, place_id: str, choice: Choice, language: Language) -> Page:
        now = datetime.now(UTC).replace(microsecond=0)
        offer = await hub.offers.get(hub.pools.reads, place_id)
        vehicle = (
            choice.vehicle
            if choice.vehicle in offer.place.vehicles
            else next(iter(offer.place.vehicles), "car")
        )
        shown = replace(choice, vehicle=vehicle)
        return portal.parking_place(
            language, _place(hub, offer, now, language), _lengths(offer, vehicle, now), shown, now
        )

    @router.post("/parking/{place_id}")
    @public
    async def begin(
        request: Request,
        place_id: SensorId,
        form: Filled,
        pool: Writes,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """A session as the form asks for it; the form again, and why, when it cannot be."""
        language = choose_language(form.get("lang"), accept_language)
        vehicle, bay_id = form.get("vehicle", "car"), form.get("bay_id") or None
        minutes = None if form.get("minutes") == "leaving" else minutes_of(form)

        def act() -> str:
            written = form.get("phone", "").strip()
            asked = sessions.Asked(
                place_id,
                normalise(form.get("plate", "")),
                vehicle,
                minutes,
                bay_id,
                phones.normalise(written) if written else None,
                _WORDING,
            )
            with pool.connection() as conn:
                return sessions.begin(conn, asked, this_second(), new_token()).token

        try:
            return lead_to(await run_in_threadpool(act), language)
        except (InvalidInput, RuleBroken) as error:
            plate, phone = form.get("plate", "")[:20], form.get("phone", "")[:20]
            choice = Choice(vehicle, minutes, plate, bay_id, name_of(error), phone)
            return page_answer(await _place_page(hub_of(request), place_id, choice, language), 422)

    return router


def _place(hub: Hub, offer: Offer, now: datetime, language: Language) -> PlaceView:
    place = offer.place
    feature = hub.snapshot("parking").features.get(place.id)
    seen = feature.properties if feature is not None else None
    vehicle = next(iter(place.vehicles), None)
    price = None if vehicle is None else next_hour(offer, vehicle, now)
    is_known = isinstance(seen, ParkingProperties)
    return PlaceView(
        place.id,
        place.name_vi if language == "vi" else place.name_en,
        seen.free if isinstance(seen, ParkingProperties) else None,
        place.capacity,
        seen.state if isinstance(seen, ParkingProperties) else "unknown",
        seen.age_s if seen is not None and is_known else None,
        None if price is None else price.amount,
        None if place.opening is None else place.opening.text,
        place.vehicles,
        place.illustrative,
        place.lat,
        place.lon,
        [BayView(bay.id, bay.short_name(language), bay.state(now)) for bay in offer.bays],
    )


def _lengths(offer: Offer, vehicle: str, now: datetime) -> list[Length]:
    """The stays that can be had from `now` on."""
    found = []
    for minutes in LENGTHS:
        length = timedelta(minutes=minutes)
        try:
            offers.check(offer.place, vehicle, now, length, now)
            if offer.schedule is not None:
                price = quote(offer.schedule, vehicle, now, now + length)
                found.append(Length(minutes, price.amount, now + length))
        except (RuleBroken, InvalidInput):
            continue
    return found
