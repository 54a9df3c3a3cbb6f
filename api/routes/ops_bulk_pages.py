"""Many troubles at once: taken note of, worked on, and undone. Each is on record as if it had been done by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import cast, get_args
from uuid import UUID

from fastapi import APIRouter, Request, Response

from api.access import caller_of, protected
from api.hub import hub_of
from api.page_forms import Chosen, Filled, Form, single
from api.pools import Writes
from api.routes.ops_pages import area_of, asked_of, back, hours_of, reach_of
from cityhub.devices.trouble import KINDS as TROUBLES
from cityhub.devices.trouble import Code
from cityhub.errors import InvalidInput
from cityhub.kinds import KINDS
from cityhub.ops.console import Known, State, Wrong, listed
from cityhub.store import acknowledgements, console_batches, trouble
from cityhub.store.console_batches import ACTIONS, Action
from cityhub.store.trouble import Look
from portal import Portal
from portal.staff.ops_view import STATES, Filter, ReachOf


def create_router(portal: Portal) -> APIRouter:
    """The routes of many troubles."""
    del portal
    router = APIRouter(include_in_schema=False)

    @router.post("/ops/troubles/bulk")
    @protected("ops:write")
    def bulk(request: Request, chosen: Chosen, pool: Writes) -> Response:
        """In one transaction; by the form's own id, so that who sends it twice does it once."""
        form = single(chosen)
        id, action, hours = _id(form), _action(form), hours_of(form)
        asked, now = _filter(form), datetime.now(UTC)
        look = hub_of(request).looks.newest(pool)
        with pool.connection() as conn:
            acknowledgements.hold(conn)
            known = trouble.known(conn, now)
            wanted = (
                listed(look.wrong, known, asked_of(conn, asked, reach_of(conn, request))).lines
                if form.get("all")
                else _named(look, chosen.get("on", ()))
            )
            some = [one for one in wanted if _is_free(known, one, action)]
            done = console_batches.act(
                conn,
                id,
                action,
                some,
                caller_of(request).on_record,
                form.get("note", ""),
                now,
                now + timedelta(hours=hours),
                skipped=_count(wanted, action) - _count(some, action),
            )
            if done is None:
                # Sent twice, it has left nothing free of what it chose; otherwise it is another choice by an old form.
                return back(form, "bulk_used" if some else "bulk")
        return back(form, "bulk" if done.n else "bulk_none")

    @router.post("/ops/troubles/bulk/undo")
    @protected("ops:write")
    def undo(request: Request, form: Filled, pool: Writes) -> Response:
        """As if it had not been done."""
        id = _id(form)
        with pool.connection() as conn:
            console_batches.undo(conn, id, caller_of(request).on_record, datetime.now(UTC))
        return back(form, "bulk_undone")

    return router


def _id(form: Form) -> UUID:
    try:
        return UUID(form.get("id", ""))
    except ValueError:
        raise InvalidInput("id", "must be a UUID") from None


def _action(form: Form) -> Action:
    for action in ACTIONS:
        if form.get("action") == action:
            return action
    raise InvalidInput("action", f"must be one of {', '.join(ACTIONS)}")


def _filter(form: Form) -> Filter:
    """What the page that the form was on had asked for; raises InvalidInput."""
    state, code, kind = form.get("state", "open"), form.get("code") or None, form.get("kind") or None
    reach = form.get("reach", "mine")
    if state not in STATES or reach not in get_args(ReachOf):
        raise InvalidInput("state", "is no state of a trouble")
    if (code is not None and code not in TROUBLES) or (kind is not None and kind not in KINDS):
        raise InvalidInput("code", "is no trouble or kind that is known")
    return Filter(
        cast(State, state), cast(Code | None, code), kind, area_of(form.get("area")), cast(ReachOf, reach)
    )


def _count(some: Sequence[Wrong], action: Action) -> int:
    """Troubles that are acknowledged, or sensors that are worked on."""
    return len(some) if action == "acknowledge" else len({one.sensor_id for one in some})


def _named(look: Look, names: Sequence[str]) -> list[Wrong]:
    """What is still wrong of `sensor:code`."""
    wanted = set(names)
    return [one for one in look.wrong if f"{one.sensor_id}:{one.code}" in wanted]


def _is_free(known: Known, one: Wrong, action: Action) -> bool:
    """Has nobody else taken it? Who works on a sensor may do so also where somebody knows of its trouble."""
    state = known.state(one)
    return state == "open" or (state == "acknowledged" and action == "maintenance")
