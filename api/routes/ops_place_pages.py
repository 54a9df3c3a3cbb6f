"""A parking place that nobody registered yet: described by a person, looked at, and registered."""

from datetime import UTC, datetime

import psycopg
from fastapi import APIRouter, Request, Response

from api.access import caller_of, protected
from api.hub import hub_of
from api.page_forms import Form, LongFilled, page_answer
from api.pools import Writes
from api.routes.ops_pages import reader_of, to_device
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.config import Settings
from cityhub.errors import RuleBroken
from cityhub.observing.decoded import RegisteredSensor
from cityhub.onboarding.own_names import Fault
from cityhub.onboarding.place_candidate import NewPlace, place_of
from cityhub.onboarding.trial import Trial, earliest_of_new, tried
from cityhub.store import new_places, registration, tariffs
from cityhub.words import choose_language
from portal import Portal
from portal.staff.frame import Reader
from portal.staff.new_place import FormView, PreviewView, form_html, preview_html

# What somebody who writes nothing means.
_BLANK: Form = {"opening": "24/7", "vehicle_car": "on"}


def create_router(portal: Portal) -> APIRouter:
    """The routes of places that are new."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/new/place")
    @protected("ops:write")
    def form(
        request: Request, pool: Writes, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """Where it is, how many cars it takes, when and at which price."""
        with pool.connection() as conn:
            view = _form_view(conn, reader_of(request), _BLANK, [])
        return page_answer(portal.drawn(choose_language(lang, accept_language), form_html, view))

    @router.post("/ops/new/place/preview")
    @protected("ops:write")
    def preview(request: Request, filled: LongFilled, pool: Writes) -> Response:
        """What would be registered; nothing is written. `go=edit`: the form again."""
        language, reader = choose_language(filled.get("lang"), None), reader_of(request)
        with pool.connection() as conn:
            found = _read(conn, filled)
            if filled.get("go") == "edit" or isinstance(found, list):
                faults = found if isinstance(found, list) and filled.get("go") != "edit" else []
                view = _form_view(conn, reader, filled, faults)
                return page_answer(portal.drawn(language, form_html, view), 422 if faults else 200)
            zone = next((one for one in _zones(conn) if one.id == found.place.zone), None)
            trial = _tried(conn, hub_of(request).settings, found)
        shown = PreviewView(reader, found, zone, trial, filled)
        return page_answer(portal.drawn(language, preview_html, shown))

    @router.post("/ops/new/place")
    @protected("ops:write")
    def register(request: Request, filled: LongFilled, pool: Writes) -> Response:
        """It is a place from now on: cars are counted, and time is sold where it has a tariff."""
        language, why = choose_language(filled.get("lang"), None), filled.get("why", "").strip()
        with pool.connection() as conn:
            found = _read(conn, filled)
            faults = found if isinstance(found, list) else []
            if not why:
                faults = [*faults, Fault("why", "missing")]
            if isinstance(found, NewPlace) and not faults:
                try:
                    new_places.register(conn, found, caller_of(request).on_record, why)
                except RuleBroken as exc:
                    # Somebody else was faster.
                    faults = [Fault("id", exc.rule)]
                else:
                    return to_device(found.place.id, language, "place_registered")
            view = _form_view(conn, reader_of(request), filled, faults)
        return page_answer(portal.drawn(language, form_html, view), 422)

    return router


def _zones(conn: psycopg.Connection) -> list[tariffs.Zone]:
    return tariffs.zones(conn, datetime.now(UTC))


def _read(conn: psycopg.Connection, form: Form) -> NewPlace | list[Fault]:
    found = place_of(form, {zone.id for zone in _zones(conn)})
    if isinstance(found, NewPlace) and new_places.is_taken(conn, found.place.id):
        return [Fault("id", "registered")]
    return found


def _form_view(conn: psycopg.Connection, reader: Reader, form: Form, faults: list[Fault]) -> FormView:
    return FormView(reader, form, _zones(conn), new_places.issuers(conn), faults)


def _tried(conn: psycopg.Connection, settings: Settings, new: NewPlace) -> Trial:
    """What was kept of the place's counter, as ingest would read it."""
    sensor = new.sensor
    earliest = earliest_of_new(datetime.now(UTC), settings.raw_retention_days)
    known = {sensor.id: RegisteredSensor(sensor.kind, sensor.capacity, None, sensor.interval_s, earliest)}
    return tried(
        settings.topic_prefix,
        registration.messages(conn, sensor.kind, sensor.id),
        known,
        settings.max_payload_bytes,
        replays=settings.accept_replays,
    )
