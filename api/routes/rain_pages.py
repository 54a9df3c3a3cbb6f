"""The residents' page of the rain."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.access import from_memory, public
from api.hub import glances, hub_of
from api.routes.pages import FIGURES_S, AcceptLanguage, AskedLanguage, DrawnPages, page_answer
from cityhub.words import choose_language
from portal import Portal
from portal.residents import RainView, rain_html


def create_router(portal: Portal) -> APIRouter:
    """The routes to the page."""
    router = APIRouter(include_in_schema=False)
    drawn = DrawnPages()

    @router.get("/rain")
    @from_memory
    @public
    async def rain(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """All gauges, the most rain first, and the last six hours."""
        hub, language = hub_of(request), choose_language(lang, accept_language)
        frames = await hub.recent_rain.known(hub.pools.reads)
        page = await drawn.get(
            language,
            lambda: portal.drawn(
                language, rain_html, RainView(glances(hub).get("rain"), frames, datetime.now(UTC))
            ),
            for_s=FIGURES_S,
        )
        return page_answer(request, page)

    return router
