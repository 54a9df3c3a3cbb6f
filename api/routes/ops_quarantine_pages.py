"""Refused messages: browsed by reason and sensor, seen as they came, and read once more by background work."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.access import caller_of, protected
from api.page_forms import Filled, page_answer
from api.pools import Writes
from api.routes.ops_pages import Said, back, reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.errors import InvalidInput
from cityhub.observing.decoded import REASONS, Reason
from cityhub.store import audit, quarantine
from cityhub.words import choose_language
from portal import Portal
from portal.staff.quarantine import MessageView, QuarantineView, message_html, quarantine_html

PAGE = 50
_LARGEST = 2**63 - 1
_HOME = "/ops/quarantine"


def create_router(portal: Portal) -> APIRouter:
    """The routes of the quarantine."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/quarantine")
    @protected("ops:read")
    def browse(
        request: Request,
        pool: Writes,
        reason: Reason | None = None,
        sensor_id: Annotated[str | None, Query(max_length=64)] = None,
        before: Annotated[int | None, Query(ge=1, le=_LARGEST)] = None,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """The newest first."""
        sensor = _sensor(sensor_id)
        with pool.connection() as conn:
            rows = quarantine.list(conn, reason=reason, sensor_id=sensor, before_id=before, limit=PAGE + 1)
        older = rows[PAGE - 1].id if len(rows) > PAGE else None
        view = QuarantineView(reader_of(request, said), rows[:PAGE], reason, sensor, older)
        return page_answer(portal.drawn(choose_language(lang, accept_language), quarantine_html, view))

    @router.get("/ops/quarantine/{id}")
    @protected("ops:write")
    def message(
        request: Request,
        id: Annotated[int, Path(ge=1, le=_LARGEST)],
        pool: Writes,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One as it came: it may hold anything, so not everybody who looks at the hub reads it."""
        with pool.connection() as conn:
            view = MessageView(reader_of(request), quarantine.get(conn, id))
        return page_answer(portal.drawn(choose_language(lang, accept_language), message_html, view))

    @router.post("/ops/quarantine/replay")
    @protected("ops:write")
    def replay(request: Request, form: Filled, pool: Writes) -> Response:
        """Those of a reason and sensor are read again; what is good by now is stored."""
        reason, sensor = form.get("reason") or None, _sensor(form.get("sensor_id"))
        if reason is not None and reason not in REASONS:
            raise InvalidInput("reason", f"must be one of {', '.join(REASONS)}")
        with pool.connection() as conn:
            id = quarantine.replay(conn, reason, sensor)
            if id is not None:
                after = {"job": id, "reason": reason, "sensor_id": sensor}
                audit.add(
                    conn, caller_of(request).on_record, "quarantine replayed", "quarantine", after=after
                )
        return back(form, "replay_waits" if id is None else "replay", _HOME)

    return router


def _sensor(asked: str | None) -> str | None:
    sensor = (asked or "").strip()
    if "\0" in sensor or len(sensor) > 64:
        raise InvalidInput("sensor_id", "must be the id of a sensor")
    return sensor or None
