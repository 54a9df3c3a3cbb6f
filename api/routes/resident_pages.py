"""What the residents' pages have in common: what is shown without a connection."""

from fastapi import APIRouter, Request, Response

from api.access import from_memory, public
from api.routes.pages import AcceptLanguage, AskedLanguage, page_answer
from cityhub.words import choose_language
from portal import Portal


def create_router(portal: Portal) -> APIRouter:
    """The routes to what no page has alone."""
    router = APIRouter(include_in_schema=False)

    @router.get("/offline")
    @from_memory
    @public
    async def offline(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """What a resident reads without a connection; kept by the service worker."""
        return page_answer(request, portal.residents_offline(choose_language(lang, accept_language)))

    return router
