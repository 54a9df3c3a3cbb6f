"""The console of operations: what is wrong, and that somebody knows of it. Its filters are in its address."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

import psycopg
from fastapi import APIRouter, Query, Request, Response

from api.access import caller_of, protected
from api.console_feed import Facts, facts_of
from api.hub import hub_of
from api.page_forms import Filled, Form, page_answer
from api.pools import Writes
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.routes.sign_in_pages import local
from api.sign_in import Person
from cityhub.devices import trouble as devices
from cityhub.devices.trouble import Code
from cityhub.errors import InvalidInput
from cityhub.kinds import KindName
from cityhub.ops import trouble as hub_rules
from cityhub.ops.console import Asked, Note, Reach, State
from cityhub.store import acknowledgements, console_batches, console_reach, ingest_rates, sensors, trouble
from cityhub.store.trouble import Look
from cityhub.words import Language, choose_language
from portal import Portal
from portal.staff.frame import Reader
from portal.staff.ops import ops_html
from portal.staff.ops_view import Filter, HubLine, OpsView, ReachOf

PAGE = 50
HOURS = (4, 24, 72, 168)
Said = Annotated[str | None, Query(max_length=30)]


def create_router(portal: Portal) -> APIRouter:
    """The routes of the console."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops")
    @protected("ops:read")
    def ops(
        request: Request,
        pool: Writes,
        state: State = "open",
        code: Code | None = None,
        kind: KindName | None = None,
        area: Annotated[str | None, Query(max_length=100)] = None,
        reach: ReachOf = "mine",
        page: Annotated[int, Query(ge=1, le=1000)] = 1,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What is wrong, the gravest first."""
        asked = Filter(state, code, kind, area_of(area), reach, page)
        hub = hub_of(request)
        facts = facts_of(hub.settings, hub.updater)
        # Before a connection is borrowed: whoever waits for a look holds none.
        look = hub.looks.newest(pool)
        with pool.connection() as conn:
            view = _view(conn, reader_of(request, said), asked, reach_of(conn, request), look, facts)
        return page_answer(portal.drawn(choose_language(lang, accept_language), ops_html, view))

    @router.post("/ops/troubles/acknowledge")
    @protected("ops:write")
    def acknowledge(request: Request, form: Filled, pool: Writes) -> Response:
        """Somebody knows, and says until when that is enough."""
        now, subject, code = datetime.now(UTC), form.get("subject", ""), form.get("code", "")
        with pool.connection() as conn:
            _check(conn, subject, code)
            acknowledgements.acknowledge(
                conn,
                subject,
                code,
                caller_of(request).on_record,
                form.get("note", ""),
                now,
                now + timedelta(hours=hours_of(form)),
            )
        return back(form, "acknowledged")

    @router.post("/ops/troubles/undo")
    @protected("ops:write")
    def undo(request: Request, form: Filled, pool: Writes) -> Response:
        """It is unacknowledged again."""
        with pool.connection() as conn:
            acknowledgements.undo(conn, number_of(form), caller_of(request).on_record, datetime.now(UTC))
        return back(form, "undone")

    return router


def reader_of(request: Request, said: str | None = None) -> Reader:
    """Who looks."""
    caller = caller_of(request)
    return Reader(caller.name, caller.scopes, said, caller.is_person)


def back(form: Form, said: str, home: str = "/ops") -> Response:
    """To where the form was, which says what was done."""
    address = local(form.get("back", home))
    if not address.startswith("/ops"):
        address = home
    joined = "&" if "?" in address else "?"
    return Response(
        status_code=303,
        headers={"Location": f"{address}{joined}said={said}", "Cache-Control": "private, no-store"},
    )


def to_device(sensor_id: str, language: Language, said: str | None = None) -> Response:
    """To the page of a sensor, which says what was done."""
    told = f"&said={said}" if said else ""
    return Response(
        status_code=303,
        headers={
            "Location": f"/ops/devices/{sensor_id}?lang={language}{told}",
            "Cache-Control": "private, no-store",
        },
    )


def hours_of(form: Form) -> int:
    """For how many hours; raises InvalidInput."""
    for hours in HOURS:
        if form.get("hours") == str(hours):
            return hours
    raise InvalidInput("hours", f"must be one of {', '.join(map(str, HOURS))}")


def number_of(form: Form) -> int:
    """The number of what the form is about; raises InvalidInput."""
    written = form.get("id", "")
    if not written.isascii() or not written.isdigit() or len(written) > 15:
        raise InvalidInput("id", "must be a number")
    return int(written)


def _check(conn: psycopg.Connection, subject: str, code: str) -> None:
    """Raises InvalidInput, NotFound for what cannot be acknowledged."""
    noun, _, id = subject.partition(":")
    if noun == "sensor" and code in devices.KINDS:
        sensors.get(conn, id)
    elif subject != "hub" or code not in hub_rules.KINDS:
        raise InvalidInput("code", "is no trouble that is known")


def area_of(asked: str | None) -> str | None:
    """The id of an area; None for whatever it is. Raises InvalidInput."""
    area = (asked or "").strip()
    if "\0" in area or len(area) > 100:
        raise InvalidInput("area", "must be the id of an area")
    return area or None


def reach_of(conn: psycopg.Connection, request: Request) -> Reach:
    """What the reader chose to be told of: a key chooses nothing."""
    caller = caller_of(request)
    return console_reach.get(conn, caller.signed_in.id) if isinstance(caller, Person) else Reach()


def asked_of(conn: psycopg.Connection, asked: Filter, reach: Reach) -> Asked:
    """What a filter asks for, of what reaches its reader."""
    within = None if asked.area is None else trouble.sensors_in(conn, [asked.area])
    if asked.reach == "all" or not reach.is_narrow:
        return Asked(asked.state, asked.code, asked.kind, within)
    reached = trouble.sensors_in(conn, reach.areas) if reach.areas else None
    return Asked(asked.state, asked.code, asked.kind, within, reach, reached)


def _view(
    conn: psycopg.Connection,
    reader: Reader,
    asked: Filter,
    reach: Reach,
    look: Look,
    facts: Facts,
) -> OpsView:
    now = datetime.now(UTC)
    what = asked_of(conn, asked, reach)
    found = trouble.page(conn, look, what, now, limit=PAGE, offset=(asked.page - 1) * PAGE)
    pages = max(-(-len(found.listed.lines) // PAGE), 1)
    if asked.page > pages:
        # What stood there is done: its last page now.
        asked = replace(asked, page=pages)
        found = trouble.page(conn, look, what, now, limit=PAGE, offset=(pages - 1) * PAGE)
    known = acknowledgements.standing(conn, now, "hub")
    wrong = hub_rules.found(trouble.of_hub(conn, now, look.summary, **facts), now)
    return OpsView(
        now,
        look.at,
        reader,
        [HubLine(one, _standing(known.get(("hub", one.code)), one.renewed_at)) for one in wrong],
        found.lines,
        found.listed,
        asked,
        pages,
        look.summary,
        trouble.areas(conn),
        reach,
        console_batches.recent(conn, now),
        ingest_rates.recent(conn, now),
    )


def _standing(note: Note | None, renewed_at: datetime | None) -> Note | None:
    """What somebody knew of less stands no more."""
    return None if note is None or (renewed_at is not None and note.made_at < renewed_at) else note
