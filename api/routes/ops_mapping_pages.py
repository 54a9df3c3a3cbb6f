"""What a registered device calls things: tried on its refused messages before it counts, then written down."""

import psycopg
from fastapi import APIRouter, Request, Response

from api.access import caller_of, protected
from api.hub import hub_of
from api.page_forms import Form, LongFilled, page_answer
from api.pools import Writes
from api.routes.ops_pages import reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.sensors import SensorId
from cityhub.config import Settings
from cityhub.errors import NotFound, RuleBroken
from cityhub.model import SensorRow
from cityhub.observing.payloads.mapping_fields import Fields
from cityhub.onboarding import guesses, own_names, seen
from cityhub.onboarding.own_names import Fault, Line
from cityhub.onboarding.seen import Sent
from cityhub.onboarding.trial import Trial, tried
from cityhub.store import registration, sensors
from cityhub.store.registration import OwnNames
from cityhub.words import choose_language
from portal import Portal
from portal.staff.frame import Reader
from portal.staff.mapping import MappingView, TrialView, mapping_html, trial_html


def create_router(portal: Portal) -> APIRouter:
    """The routes of a sensor's own names."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/devices/{sensor_id}/names")
    @protected("ops:read")
    def names(
        request: Request,
        sensor_id: SensorId,
        pool: Writes,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What holds now, and what it sends beside that."""
        with pool.connection() as conn:
            sensor = sensors.get(conn, sensor_id)
            sent = _sent(conn, hub_of(request).settings, sensor)
            view = _view(conn, reader_of(request), sensor, sent, None)
        return page_answer(portal.drawn(choose_language(lang, accept_language), mapping_html, view))

    @router.post("/ops/devices/{sensor_id}/names/preview")
    @protected("ops:write")
    def preview(request: Request, sensor_id: SensorId, filled: LongFilled, pool: Writes) -> Response:
        """What its refused messages would store; nothing is written. `go=edit`: the form again."""
        language, settings = choose_language(filled.get("lang"), None), hub_of(request).settings
        reader = reader_of(request)
        with pool.connection() as conn:
            sensor = sensors.get(conn, sensor_id)
            sent = _sent(conn, settings, sensor)
            found = _mapping(registration.mapping(conn, sensor_id), sensor, filled, sent)
            if filled.get("go") == "edit" or isinstance(found, list):
                faults = [] if filled.get("go") == "edit" or not isinstance(found, list) else found
                view = _view(conn, reader, sensor, sent, filled, faults)
                return page_answer(portal.drawn(language, mapping_html, view), 422 if faults else 200)
            trial = _tried(conn, settings, sensor, found)
        return page_answer(portal.drawn(language, trial_html, TrialView(reader, sensor, trial, filled)))

    @router.post("/ops/devices/{sensor_id}/names")
    @protected("ops:write")
    def save(request: Request, sensor_id: SensorId, filled: LongFilled, pool: Writes) -> Response:
        """It counts from now on, and what was refused is read again."""
        language, settings = choose_language(filled.get("lang"), None), hub_of(request).settings
        why, over = filled.get("why", "").strip(), filled.get("over", "")
        with pool.connection() as conn:
            sensor = sensors.get(conn, sensor_id)
            sent = _sent(conn, settings, sensor)
            found = _mapping(registration.mapping(conn, sensor_id), sensor, filled, sent)
            faults = found if isinstance(found, list) else []
            if not why:
                faults = [*faults, Fault("why", "missing")]
            if not isinstance(found, list) and not faults:
                try:
                    registration.map_names(
                        conn, sensor_id, found, caller_of(request).on_record, why, over=_number(over)
                    )
                except RuleBroken as exc:
                    faults = [Fault(sensor_id, exc.rule)]
                else:
                    return Response(
                        status_code=303,
                        headers={
                            "Location": f"/ops/devices/{sensor_id}?lang={language}&said=mapped",
                            "Cache-Control": "private, no-store",
                        },
                    )
            view = _view(conn, reader_of(request), sensor, sent, filled, faults)
        return page_answer(portal.drawn(language, mapping_html, view), 422)

    return router


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None


def _sent(conn: psycopg.Connection, settings: Settings, sensor: SensorRow) -> Sent:
    kept = registration.messages(conn, sensor.kind, sensor.id)
    return seen.sent_in(settings.topic_prefix, kept, settings.max_payload_bytes)


def _mapping(standing: OwnNames, sensor: SensorRow, form: Form, sent: Sent) -> Fields | list[Fault] | None:
    # Whoever sends bare objects now did so before: without a mapping they would be refused altogether.
    is_bare = sent.is_bare or standing.fields is not None
    return own_names.mapping_of(
        sensor.kind, own_names.lines_of(form), is_bare=is_bare, standing=standing.fields
    )


def _view(
    conn: psycopg.Connection,
    reader: Reader,
    sensor: SensorRow,
    sent: Sent,
    form: Form | None,
    faults: list[Fault] | None = None,
) -> MappingView:
    standing = registration.mapping(conn, sensor.id)
    guessed = guesses.suggestions(sensor.kind, sent.fields)
    if form is None:
        known = standing.fields or {}
        taken = {field.property for field in known.values() if field is not None}
        lines = [
            one
            if one.property or one.name not in guessed or guessed[one.name].property in taken
            else Line(one.name, guessed[one.name].property)
            for one in own_names.lines_for(known, sent.fields)
        ]
    else:
        lines = own_names.lines_of(form)
    over = standing.id if form is None or faults else _number(form.get("over", ""))
    unsure = frozenset(name for name, one in guessed.items() if one.needs_factor)
    return MappingView(reader, sensor, standing, sent.fields, lines, over, unsure, faults or ())


def _tried(conn: psycopg.Connection, settings: Settings, sensor: SensorRow, fields: Fields | None) -> Trial:
    known = sensors.known(
        conn, settings.raw_retention_days, replays=settings.accept_replays, only=sensor.id
    ).get(sensor.id)
    if known is None:
        raise NotFound("sensor", sensor.id)
    return tried(
        settings.topic_prefix,
        registration.messages(conn, sensor.kind, sensor.id),
        {sensor.id: known._replace(mapping=fields)},
        settings.max_payload_bytes,
        replays=settings.accept_replays,
    )
