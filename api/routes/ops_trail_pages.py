"""Background work as it runs and what it gave up, and the trail of what people did."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import caller_of, protected
from api.page_forms import page_answer
from api.pools import Writes
from api.routes.ops_pages import reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.errors import InvalidInput
from cityhub.store import audit, jobs
from cityhub.words import choose_language
from portal import Portal
from portal.staff.trail import AuditView, JobsView, audit_html, jobs_html

PAGE = 50


def create_router(portal: Portal) -> APIRouter:
    """The routes of work and trail."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/jobs")
    @protected("ops:read")
    def work(
        request: Request,
        pool: Writes,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """What runs, what waits, what was given up."""
        with pool.connection() as conn:
            view = JobsView(
                datetime.now(UTC),
                reader_of(request),
                jobs.last_seen(conn),
                jobs.by_task(conn),
                jobs.given_up(conn, PAGE),
            )
        return page_answer(portal.drawn(choose_language(lang, accept_language), jobs_html, view))

    @router.get("/ops/audit")
    @protected("ops:write")
    def trail(
        request: Request,
        pool: Writes,
        object: Annotated[str | None, Query(max_length=200)] = None,
        before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Who did what, the newest first."""
        if "\0" in (object or ""):
            raise InvalidInput("object", "must be the name of an object")
        with pool.connection() as conn:
            found = audit.newest(
                conn,
                PAGE + 1,
                object=object or None,
                before_id=before,
                with_money="money:write" in caller_of(request).scopes,
            )
        older = found[PAGE - 1].id if len(found) > PAGE else None
        view = AuditView(reader_of(request), found[:PAGE], object or None, older)
        return page_answer(portal.drawn(choose_language(lang, accept_language), audit_html, view))

    return router
