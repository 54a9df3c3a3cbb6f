"""The inspector's page. A plate is sent in the body of a form: it is in no address, and in no history of a browser."""

from datetime import UTC, datetime

import psycopg
from fastapi import APIRouter, Request, Response

from api.access import caller_of, protected
from api.page_forms import Filled, page_answer
from api.pools import Writes
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.errors import InvalidInput
from cityhub.model import PlaceRow
from cityhub.parking import enforcement as rules
from cityhub.parking.plates import masked, normalise
from cityhub.store import audit, enforcement, places
from cityhub.words import Language, choose_language
from portal import Portal
from portal.driver.pages import vehicle_name
from portal.staff import InspectView, PlateView
from portal.staff.inspect import BayView, HeldView, PlaceLookView

# Why a plate is looked up; free text could hold a plate, and stands for ever.
REASONS = ("patrol", "complaint", "other")


def create_router(portal: Portal) -> APIRouter:
    """The routes of the inspector's page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/inspect")
    @protected("enforcement:read")
    def inspect(
        pool: Writes,
        place_id: str | None = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Bays that nobody paid for, and the form."""
        language = choose_language(lang, accept_language)
        with pool.connection() as conn:
            view = _view(conn, language, place_id)
        return page_answer(portal.inspect(language, view))

    @router.post("/inspect")
    @protected("enforcement:read")
    def look(
        request: Request, form: Filled, pool: Writes, accept_language: AcceptLanguage = None
    ) -> Response:
        """A plate that is looked up, which is on record."""
        language, place_id = choose_language(form.get("lang"), accept_language), form.get("place_id") or None
        try:
            plate = normalise(form.get("plate", "")).text
        except InvalidInput:
            with pool.connection() as conn:
                view = _view(conn, language, place_id, is_wrong=True)
            return page_answer(portal.inspect(language, view), 422)
        with pool.connection() as conn:
            why = form.get("why", "")
            audit.add(
                conn,
                caller_of(request).on_record,
                "plate looked up",
                f"plate:{masked(plate)}",
                why=why if why in REASONS else REASONS[0],
            )
            view = _view(conn, language, place_id, plate)
        return page_answer(portal.inspect(language, view))

    return router


def _view(
    conn: psycopg.Connection,
    language: Language,
    place_id: str | None,
    plate: str | None = None,
    *,
    is_wrong: bool = False,
) -> InspectView:
    now = datetime.now(UTC)
    sold = {place.id: place for place in places.all(conn) if place.zone is not None}
    names = {id: _name(place, language) for id, place in sold.items()}
    chosen = place_id if place_id in sold else None
    found = rules.look(enforcement.occupied(conn, now, chosen), enforcement.held(conn, now, chosen), now)
    looked_up = None
    if plate is not None:
        at = None if chosen is None else (chosen, sold[chosen].zone or "")
        held = enforcement.of_plate(conn, plate, now)
        looked_up = PlateView(
            plate,
            rules.verdict(held, now, at),
            rules.paid_until(held, now, at),
            [
                HeldView(
                    names.get(one.place_id or "", one.place_id or one.zone),
                    vehicle_name(one.vehicle, language),
                    one.channel,
                    one.from_time,
                    one.to_time,
                    one.verdict(now),
                )
                for one in held
            ],
        )
    return InspectView(
        now,
        [_place(one, names[one.place_id], language) for one in found],
        sorted(names.items(), key=lambda item: item[1]),
        chosen,
        looked_up,
        is_wrong,
    )


def _place(found: rules.Look, name: str, language: Language) -> PlaceLookView:
    bays = [
        BayView(
            (one.bay.name_vi if language == "vi" else one.bay.name_en).rpartition(", ")[2],
            one.minutes,
            one.may_be_paid,
        )
        for one in found.bays
    ]
    return PlaceLookView(found.place_id, name, found.unpaid, found.without_bay, bays)


def _name(place: PlaceRow, language: Language) -> str:
    return place.name_vi if language == "vi" else place.name_en
