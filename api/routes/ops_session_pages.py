"""Sessions as the staff finds and corrects them. A plate is sent in the body of a form, and none is shown whole."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import psycopg
from fastapi import APIRouter, Path, Request, Response

from api.access import caller_of, protected
from api.page_forms import Filled, Form, name_of, page_answer, this_second
from api.pools import Writes
from api.routes.ops_pages import Said, back, reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.errors import InvalidInput, RuleBroken
from cityhub.parking.plates import masked, normalise
from cityhub.store import audit, places, sessions, staff_corrections
from cityhub.store.staff_corrections import Correction
from cityhub.words import choose_language
from portal import Portal
from portal.staff.frame import Reader
from portal.staff.sessions import SessionsView, SessionView, StepView, session_html, sessions_html

Id = Annotated[UUID, Path()]


def create_router(portal: Portal) -> APIRouter:
    """The routes of corrections by the staff."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/sessions")
    @protected("ops:write")
    def form(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The form that finds them."""
        view = SessionsView(reader_of(request))
        return page_answer(portal.drawn(choose_language(lang, accept_language), sessions_html, view))

    @router.post("/ops/sessions")
    @protected("ops:write")
    def find(
        request: Request, form: Filled, pool: Writes, accept_language: AcceptLanguage = None
    ) -> Response:
        """Those of a plate, which is on record, or the one of a receipt."""
        language, reader = choose_language(form.get("lang"), accept_language), reader_of(request)
        receipt = form.get("receipt", "").strip().upper()
        try:
            plate = None if receipt else normalise(form.get("plate", ""))
            if "\0" in receipt or len(receipt) > 80:
                raise InvalidInput("receipt", "must be the number of a receipt")
        except InvalidInput as error:
            view = SessionsView(reader, problem=name_of(error))
            return page_answer(portal.drawn(language, sessions_html, view), 422)
        with pool.connection() as conn:
            if plate is not None:
                shown = f"plate:{masked(plate.text)}"
                audit.add(conn, caller_of(request).on_record, "plate looked up", shown, why="correction")
            found = staff_corrections.find(conn, datetime.now(UTC), plate=plate, receipt=receipt or None)
        return page_answer(portal.drawn(language, sessions_html, SessionsView(reader, found)))

    @router.get("/ops/sessions/{id}")
    @protected("ops:write")
    def session(
        request: Request,
        id: Id,
        pool: Writes,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One of them, step by step, and the form that corrects it."""
        with pool.connection() as conn:
            view = _view(conn, reader_of(request, said), str(id))
        return page_answer(portal.drawn(choose_language(lang, accept_language), session_html, view))

    @router.post("/ops/sessions/{id}/correct")
    @protected("ops:write")
    def correct(
        request: Request, id: Id, form: Filled, pool: Writes, accept_language: AcceptLanguage = None
    ) -> Response:
        """Another plate or bay, and why; the page again, and why not, when it cannot be."""
        try:
            with pool.connection() as conn:
                asked, who = _asked(form), caller_of(request).on_record
                staff_corrections.correct(conn, str(id), asked, who, this_second())
        except (InvalidInput, RuleBroken) as error:
            with pool.connection() as conn:
                view = _view(conn, reader_of(request), str(id), name_of(error))
            language = choose_language(form.get("lang"), accept_language)
            return page_answer(portal.drawn(language, session_html, view), 422)
        return back(form, "corrected", f"/ops/sessions/{id}")

    return router


def _asked(form: Form) -> Correction:
    plate, seen = form.get("plate", "").strip(), form.get("seen", "")
    return Correction(
        normalise(plate) if plate else None,
        form.get("bay_id") or None,
        form.get("reason", ""),
        form.get("case", "").strip(),
        int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else 0,
    )


def _view(conn: psycopg.Connection, reader: Reader, id: str, problem: str | None = None) -> SessionView:
    found, now = sessions.by_id(conn, id), datetime.now(UTC)
    place = places.get(conn, found.place_id)
    try:
        found.to_correct_by_staff(now)
        is_open = True
    except RuleBroken:
        is_open = False
    return SessionView(
        reader,
        id,
        (place.name_vi, place.name_en),
        found.status(now),
        [
            StepView(
                one.n,
                one.kind,
                one.state,
                None if one.plate is None else masked(one.plate),
                one.bay_id,
                one.from_time,
                one.to_time,
                one.created_at,
                one.made_by,
                one.reason,
            )
            for one in found.segments
        ],
        [(bay.id, bay.name_vi, bay.name_en) for bay in places.bays(conn, place.id)],
        is_open,
        problem,
    )
