"""A device as operations see it, and that it is being worked on."""

from datetime import UTC, datetime, timedelta

import psycopg
from fastapi import APIRouter, Request, Response

from api.access import caller_of, protected
from api.page_forms import Filled, page_answer
from api.pools import Writes
from api.routes.ops_pages import Said, back, hours_of, reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.sensors import SensorId
from cityhub.store import (
    audit,
    corrections,
    device_credentials,
    health,
    maintenance,
    quarantine,
    raw_messages,
    sensors,
    statuses,
    trouble,
)
from cityhub.words import choose_language
from portal import Portal
from portal.staff.device import DAYS, DeviceView, device_html
from portal.staff.frame import Reader

_NEWEST = 10


def create_router(portal: Portal) -> APIRouter:
    """The routes of one device."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/devices/{sensor_id}")
    @protected("ops:read")
    def device(
        request: Request,
        sensor_id: SensorId,
        pool: Writes,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What it is, how it does, how it did."""
        with pool.connection() as conn:
            view = _view(conn, reader_of(request, said), sensor_id)
        return page_answer(portal.drawn(choose_language(lang, accept_language), device_html, view))

    @router.post("/ops/devices/{sensor_id}/maintenance")
    @protected("ops:write")
    def begin(request: Request, sensor_id: SensorId, form: Filled, pool: Writes) -> Response:
        """It is being worked on, and no trouble until then."""
        now = datetime.now(UTC)
        ends_at = now + timedelta(hours=hours_of(form))
        with pool.connection() as conn:
            sensors.get(conn, sensor_id)
            maintenance.begin(
                conn, sensor_id, caller_of(request).on_record, form.get("note", ""), now, ends_at
            )
        return back(form, "maintained", f"/ops/devices/{sensor_id}")

    @router.post("/ops/devices/{sensor_id}/maintenance/end")
    @protected("ops:write")
    def end(request: Request, sensor_id: SensorId, form: Filled, pool: Writes) -> Response:
        """It is done."""
        with pool.connection() as conn:
            maintenance.end(conn, sensor_id, caller_of(request).on_record, datetime.now(UTC))
        return back(form, "maintenance_ended", f"/ops/devices/{sensor_id}")

    return router


def _view(conn: psycopg.Connection, reader: Reader, sensor_id: str) -> DeviceView:
    now = datetime.now(UTC)
    sensor = sensors.get(conn, sensor_id)
    today = health.today(now)
    first = today - timedelta(days=DAYS - 1)
    current = health.current(conn, sensor_id, sensor.interval_s, now)
    may_see_trail = "ops:write" in reader.scopes
    return DeviceView(
        now,
        reader,
        sensor,
        sensors.datastreams(conn, [sensor_id]),
        trouble.of_sensor(conn, sensor_id, now),
        health.of_sensor(conn, sensor_id, first, today + timedelta(days=1), after=None, limit=DAYS),
        current.gaps,
        corrections.history(conn, sensor_id, limit=_NEWEST),
        quarantine.list(conn, sensor_id=sensor_id, limit=_NEWEST),
        audit.newest(conn, _NEWEST, object=f"sensor:{sensor_id}") if may_see_trail else [],
        maintenance.standing(conn, sensor_id, now),
        device_credentials.of_sensor(conn, sensor_id),
        statuses.details(conn, sensor_id),
        raw_messages.standing(conn, sensor_id, now),
    )
