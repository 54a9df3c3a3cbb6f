"""The residents' page of water on streets."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.access import from_memory, public
from api.hub import glances, hub_of
from api.routes.pages import FIGURES_S, AcceptLanguage, AskedLanguage, DrawnPages, page_answer
from cityhub.flood.passability import VEHICLES, Vehicle
from cityhub.words import choose_language
from portal import Portal
from portal.residents import FloodView, flood_html

AskedVehicle = Annotated[str | None, Query(description="motorbike, car or pedestrian")]


def create_router(portal: Portal) -> APIRouter:
    """The routes to the page."""
    router = APIRouter(include_in_schema=False)
    drawn = DrawnPages()

    @router.get("/flood")
    @from_memory
    @public
    async def flood(
        request: Request,
        lang: AskedLanguage = None,
        vehicle: AskedVehicle = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """All points, the deepest first, and whether one passes with `vehicle`."""
        hub, language = hub_of(request), choose_language(lang, accept_language)
        mine: Vehicle = next((one for one in VEHICLES if one == vehicle), VEHICLES[0])
        page = await drawn.get(
            (language, mine),
            lambda: portal.drawn(language, flood_html, FloodView(glances(hub).get("flood"), mine)),
            for_s=FIGURES_S,
        )
        return page_answer(request, page)

    return router
