"""What each operator chooses to be told of; the console counts what they are not told."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import cast

import psycopg
from fastapi import APIRouter, Request, Response

from api.access import caller_of, protected
from api.page_forms import Chosen, page_answer, single
from api.pools import Writes
from api.routes.ops_pages import Said, back, reach_of, reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from api.sign_in import caller_person
from cityhub.devices.trouble import KINDS as TROUBLES
from cityhub.devices.trouble import Code
from cityhub.errors import Forbidden, InvalidInput
from cityhub.kinds import KINDS
from cityhub.ops.console import Reach
from cityhub.store import console_reach, trouble
from cityhub.words import choose_language
from portal import Portal
from portal.staff.reach import ReachView, reach_html


def create_router(portal: Portal) -> APIRouter:
    """The routes of an operator's choice."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/reach")
    @protected("ops:read")
    def choose(
        request: Request,
        pool: Writes,
        said: Said = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """The form."""
        _check_is_person(request)
        with pool.connection() as conn:
            view = ReachView(reader_of(request, said), reach_of(conn, request), trouble.areas(conn))
        return page_answer(portal.drawn(choose_language(lang, accept_language), reach_html, view))

    @router.post("/ops/reach")
    @protected("ops:read")
    def keep(request: Request, chosen: Chosen, pool: Writes) -> Response:
        """From now on it is this."""
        _check_is_person(request)
        with pool.connection() as conn:
            reach = Reach() if "reset" in chosen else _reach(conn, chosen)
            console_reach.save(conn, caller_person(request).signed_in.id, reach, datetime.now(UTC))
        return back(single(chosen), "reach", "/ops")

    return router


def _reach(conn: psycopg.Connection, chosen: dict[str, list[str]]) -> Reach:
    kinds, codes = _of(chosen, "kind", KINDS), _of(chosen, "code", TROUBLES)
    return Reach(
        # Whoever chooses all also wants what is added later.
        frozenset() if len(kinds) == len(KINDS) else kinds,
        frozenset() if len(codes) == len(TROUBLES) else cast(frozenset[Code], codes),
        _of(chosen, "area", {area.id for area in trouble.areas(conn)}),
    )


def _of(chosen: dict[str, list[str]], name: str, known: Collection[str]) -> frozenset[str]:
    """What is chosen of a list. Raises InvalidInput."""
    some = frozenset(chosen.get(name, ()))
    if not some <= frozenset(known):
        raise InvalidInput(name, "is nothing that can be chosen")
    return some


def _check_is_person(request: Request) -> None:
    if not caller_of(request).is_person:
        raise Forbidden("This is for people who signed in, not for keys")
