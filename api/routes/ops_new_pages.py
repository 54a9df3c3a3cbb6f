"""Devices that nobody registered: listed, described by a person, tried on what was kept of them, and registered."""

from datetime import UTC, datetime
from typing import Annotated

import psycopg
from fastapi import APIRouter, Path, Query, Request, Response

from api.access import caller_of, protected
from api.hub import hub_of
from api.page_forms import Form, LongFilled, page_answer
from api.pools import Writes
from api.routes.ops_pages import Said, reader_of, to_device
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.sensors import SensorId
from cityhub.config import Settings
from cityhub.errors import NotFound, RuleBroken
from cityhub.kinds import KINDS, KindName
from cityhub.observing.decoded import RegisteredSensor
from cityhub.onboarding import guesses, seen
from cityhub.onboarding.candidate import Candidate, Site, candidate_of
from cityhub.onboarding.own_names import Fault, Line, lines_of
from cityhub.onboarding.seen import Sent
from cityhub.onboarding.trial import Trial, earliest_of_new, tried
from cityhub.store import places, registration, sensors
from cityhub.words import choose_language
from portal import Portal
from portal.staff.frame import Reader
from portal.staff.registration import (
    FormView,
    NewView,
    PreviewView,
    Unknown,
    form_html,
    new_html,
    preview_html,
)

PAGE = 20
# So many messages of each are looked at where devices are listed.
_LOOK = 10
Kind = Annotated[KindName, Path(description="What the topic says")]


def create_router(portal: Portal) -> APIRouter:
    """The routes of devices that nobody registered."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/new")
    @protected("ops:read")
    def new(
        request: Request,
        pool: Writes,
        page: Annotated[int, Query(ge=1, le=1000)] = 1,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Who sends and is not registered, the newest first."""
        settings = hub_of(request).settings
        with pool.connection() as conn:
            groups = registration.groups(conn, limit=PAGE, offset=(page - 1) * PAGE)
            view = NewView(
                reader_of(request, said),
                [_unknown(conn, settings, group) for group in groups],
                registration.mistaken(conn) if page == 1 else [],
                page,
                -(-groups[0].matching // PAGE) if groups else 1,
            )
        return page_answer(portal.drawn(choose_language(lang, accept_language), new_html, view))

    @router.get("/ops/new/{kind}/{sensor_id}")
    @protected("ops:read")
    def form(
        request: Request,
        kind: Kind,
        sensor_id: SensorId,
        pool: Writes,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What it is and where: what can be guessed is filled in."""
        language = choose_language(lang, accept_language)
        with pool.connection() as conn:
            if _is_registered(conn, sensor_id):
                return to_device(sensor_id, language)
            sent = _sent(conn, hub_of(request).settings, kind, sensor_id)
            if not sent.fields and not registration.groups(conn, sensor_id=sensor_id, limit=1):
                raise NotFound("unregistered device", sensor_id)
            view = _form_view(conn, reader_of(request), kind, sensor_id, sent, None)
        return page_answer(portal.drawn(language, form_html, view))

    @router.post("/ops/new/{kind}/{sensor_id}/preview")
    @protected("ops:write")
    def preview(
        request: Request, kind: Kind, sensor_id: SensorId, filled: LongFilled, pool: Writes
    ) -> Response:
        """What its messages would store; nothing is written. `go=edit`: the form again."""
        language, settings = choose_language(filled.get("lang"), None), hub_of(request).settings
        reader = reader_of(request)
        with pool.connection() as conn:
            if _is_registered(conn, sensor_id):
                return to_device(sensor_id, language)
            sent = _sent(conn, settings, kind, sensor_id)
            found = _candidate(conn, kind, sensor_id, filled, sent)
            if filled.get("go") == "edit" or not isinstance(found, Candidate):
                faults = [] if isinstance(found, Candidate) or filled.get("go") == "edit" else found
                view = _form_view(conn, reader, kind, sensor_id, sent, filled, faults)
                return page_answer(portal.drawn(language, form_html, view), 422 if faults else 200)
            trial = _tried(conn, settings, found)
        return page_answer(portal.drawn(language, preview_html, PreviewView(reader, found, trial, filled)))

    @router.post("/ops/new/{kind}/{sensor_id}")
    @protected("ops:write")
    def register(
        request: Request, kind: Kind, sensor_id: SensorId, filled: LongFilled, pool: Writes
    ) -> Response:
        """It is a sensor from now on, and what was kept of it is read again."""
        language, settings = choose_language(filled.get("lang"), None), hub_of(request).settings
        why = filled.get("why", "").strip()
        with pool.connection() as conn:
            sent = _sent(conn, settings, kind, sensor_id)
            found = _candidate(conn, kind, sensor_id, filled, sent)
            faults = [] if isinstance(found, Candidate) else found
            if not why:
                faults = [*faults, Fault("why", "missing")]
            if isinstance(found, Candidate) and not faults:
                try:
                    registration.register(conn, found, caller_of(request).on_record, why)
                except RuleBroken as exc:
                    faults = [Fault(sensor_id, exc.rule)]
                else:
                    return to_device(sensor_id, language, "registered")
            view = _form_view(conn, reader_of(request), kind, sensor_id, sent, filled, faults)
        return page_answer(portal.drawn(language, form_html, view), 422)

    return router


def _is_registered(conn: psycopg.Connection, sensor_id: str) -> bool:
    return bool(sensors.known(conn, only=sensor_id))


def _unknown(conn: psycopg.Connection, settings: Settings, group: registration.Group) -> Unknown:
    kept = registration.messages(conn, group.kind, group.sensor_id, _LOOK)
    names = list(seen.sent_in(settings.topic_prefix, kept, settings.max_payload_bytes).fields)
    return Unknown(group, names, guesses.looks_like(names))


def _sent(conn: psycopg.Connection, settings: Settings, kind: KindName, sensor_id: str) -> Sent:
    kept = registration.messages(conn, kind, sensor_id)
    return seen.sent_in(settings.topic_prefix, kept, settings.max_payload_bytes)


def _candidate(
    conn: psycopg.Connection, kind: KindName, sensor_id: str, form: Form, sent: Sent
) -> Candidate | list[Fault]:
    same_as = form.get("same_as", "").strip()
    site = _site(conn, same_as) if same_as else None
    capacities = {place.id: place.capacity for place in places.all(conn)} if kind == "parking" else {}
    return candidate_of(kind, sensor_id, form, site=site, places=capacities, is_bare=sent.is_bare)


def _site(conn: psycopg.Connection, sensor_id: str) -> Site | None:
    if "\0" in sensor_id:
        return None
    try:
        row = sensors.get(conn, sensor_id)
    except NotFound:
        return None
    return Site(row.name_vi, row.name_en, row.lat, row.lon, row.basis, row.basis_note)


def _form_view(
    conn: psycopg.Connection,
    reader: Reader,
    kind: KindName,
    sensor_id: str,
    sent: Sent,
    form: Form | None,
    faults: list[Fault] | None = None,
) -> FormView:
    """The form as it was filled in; one that was not holds what can be guessed."""
    guessed = guesses.suggestions(kind, sent.fields)
    if form is None:
        form = {f"measures_{one.property}": "on" for one in guessed.values()}
        form["interval_s"] = str(KINDS[kind].interval_s)
        lines = [Line(name, guessed[name].property if name in guessed else "") for name in sent.fields]
    else:
        lines = lines_of(form)
    groups = registration.groups(conn, sensor_id=sensor_id)
    found = places.all(conn) if kind == "parking" else []
    return FormView(
        reader,
        kind,
        sensor_id,
        next((one for one in groups if one.kind == kind), None),
        sent.fields,
        lines,
        form,
        {place.id: place.name_vi for place in found},
        guesses.looks_like(sent.fields),
        frozenset(name for name, one in guessed.items() if one.needs_factor),
        faults or (),
    )


def _tried(conn: psycopg.Connection, settings: Settings, candidate: Candidate) -> Trial:
    """As ingest would read them once the sensor is registered."""
    sensor = candidate.sensor
    earliest = earliest_of_new(datetime.now(UTC), settings.raw_retention_days)
    known = {
        sensor.id: RegisteredSensor(
            sensor.kind, sensor.capacity, candidate.fields, sensor.interval_s, earliest
        )
    }
    return tried(
        settings.topic_prefix,
        registration.messages(conn, sensor.kind, sensor.id),
        known,
        settings.max_payload_bytes,
        replays=settings.accept_replays,
    )
