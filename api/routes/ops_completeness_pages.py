"""How complete sensors are, day by day."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import protected
from api.page_forms import page_answer
from api.pools import Reads
from api.routes.ops_pages import reader_of
from api.routes.pages import AcceptLanguage, AskedLanguage
from cityhub.kinds import KindName
from cityhub.store import health
from cityhub.words import choose_language
from portal import Portal
from portal.staff.completeness import DAYS, CompletenessView, completeness_html

PAGE = 50


def create_router(portal: Portal) -> APIRouter:
    """The route of the map of sensors and days."""
    router = APIRouter(include_in_schema=False)

    @router.get("/ops/completeness")
    @protected("ops:read")
    def completeness(
        request: Request,
        pool: Reads,
        kind: KindName | None = None,
        page: Annotated[int, Query(ge=1, le=1000)] = 1,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """Whole days up to yesterday, those sensors first of which least came then."""
        last = health.today(datetime.now(UTC)) - timedelta(days=1)
        days = [last - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
        with pool.connection() as conn:
            found = health.spans(conn, days[0], last, kind=kind, limit=PAGE + 1, offset=(page - 1) * PAGE)
        view = CompletenessView(reader_of(request), days, found[:PAGE], kind, page, len(found) > PAGE)
        return page_answer(portal.drawn(choose_language(lang, accept_language), completeness_html, view))

    return router
