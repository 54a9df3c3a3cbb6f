"""Somebody listens to a sensor: its messages are kept as they come, for ten minutes, and read by who may."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.access import caller_of, protected
from api.hub import hub_of
from api.page_forms import Filled, page_answer
from api.pools import Writes
from api.routes.ops_pages import Said, back, reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.sensors import SensorId
from cityhub.errors import Forbidden
from cityhub.onboarding.trial import tried
from cityhub.store import raw_messages, sensors
from cityhub.words import choose_language
from portal import Portal
from portal.staff.listening import ListeningView, listening_html


def create_router(portal: Portal) -> APIRouter:
    """The routes of listening."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/devices/{sensor_id}/messages")
    @protected("ops:write")
    def messages(
        request: Request,
        sensor_id: SensorId,
        pool: Writes,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What came while somebody listened. It may hold anything, a plate too: for who may read those."""
        if "enforcement:read" not in caller_of(request).scopes:
            raise Forbidden("What devices send may hold plates: only who may read those sees it")
        now, settings = datetime.now(UTC), hub_of(request).settings
        with pool.connection() as conn:
            sensor = sensors.get(conn, sensor_id)
            found = raw_messages.newest(conn, sensor_id, now)
            known = sensors.known(
                conn, settings.raw_retention_days, replays=settings.accept_replays, only=sensor_id
            )
            standing = raw_messages.standing(conn, sensor_id, now)
        prefix, most, replays = settings.topic_prefix, settings.max_payload_bytes, settings.accept_replays
        view = ListeningView(
            reader_of(request, said),
            sensor,
            standing,
            [(one, tried(prefix, [one], known, most, replays=replays)) for one in found],
        )
        return page_answer(portal.drawn(choose_language(lang, accept_language), listening_html, view))

    @router.post("/ops/devices/{sensor_id}/listen")
    @protected("ops:write")
    def begin(request: Request, sensor_id: SensorId, form: Filled, pool: Writes) -> Response:
        """From now on for ten minutes."""
        with pool.connection() as conn:
            sensors.get(conn, sensor_id)
            raw_messages.begin(
                conn, sensor_id, caller_of(request).on_record, form.get("why", ""), datetime.now(UTC)
            )
        return back(form, "listening", f"/ops/devices/{sensor_id}/messages")

    @router.post("/ops/devices/{sensor_id}/listen/end")
    @protected("ops:write")
    def end(request: Request, sensor_id: SensorId, form: Filled, pool: Writes) -> Response:
        """It has been enough."""
        with pool.connection() as conn:
            raw_messages.end(conn, sensor_id, caller_of(request).on_record, datetime.now(UTC))
        return back(form, "listening_ended", f"/ops/devices/{sensor_id}/messages")

    return router
