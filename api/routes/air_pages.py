"""The residents' pages of the air: all stations, and one."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.access import from_memory, public
from api.hub import glances, hub_of
from api.routes.pages import FIGURES_S, AcceptLanguage, AskedLanguage, DrawnPages, page_answer
from api.routes.sensors import SensorId
from cityhub.air.vn_aqi import Completeness
from cityhub.errors import NotFound
from cityhub.words import choose_language
from portal import Portal
from portal.residents import AirView, StationView, air_html, station_html


def create_router(portal: Portal) -> APIRouter:
    """The routes to the pages."""
    router = APIRouter(include_in_schema=False)
    drawn = DrawnPages()

    @router.get("/air")
    @from_memory
    @public
    async def air(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """All stations, worst first."""
        hub, language = hub_of(request), choose_language(lang, accept_language)
        changes = hub.changes.found(datetime.now(UTC))
        page = await drawn.get(
            language,
            lambda: portal.drawn(language, air_html, AirView(glances(hub).get("air"), changes)),
            for_s=FIGURES_S,
        )
        return page_answer(request, page)

    @router.get("/air/{station_id}")
    @from_memory
    @public
    async def station(
        request: Request,
        station_id: SensorId,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """One station: now, its last hours and days."""
        hub, language = hub_of(request), choose_language(lang, accept_language)
        snapshot = hub.snapshot("air")
        feature = snapshot.features.get(station_id)
        if feature is None:
            raise NotFound("station", station_id)
        rule = Completeness(hub.settings.aqi_day_hours, hub.settings.aqi_eight_hours)
        history = await hub.recent_air.known(hub.pools.reads, station_id, rule)
        view = StationView(snapshot.built_at, feature, history)
        page = await drawn.get(
            (station_id, language), lambda: portal.drawn(language, station_html, view), for_s=FIGURES_S
        )
        return page_answer(request, page)

    return router
