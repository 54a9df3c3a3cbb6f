"""The page of open data."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response

from api.access import public
from api.answers.data import Data
from api.hub import Hub, hub_of
from api.routes.data import held
from api.routes.pages import AcceptLanguage, AskedLanguage, DrawnPages, page_answer
from cityhub.words import choose_language
from portal import Portal
from portal.residents import DataView, FileLink, KindData, MonthFiles, data_html

# As long as what it shows is counted for.
KEPT_S = 60.0


def create_router(portal: Portal) -> APIRouter:
    """The routes to the page."""
    router = APIRouter(include_in_schema=False)
    drawn = DrawnPages()

    @router.get("/data")
    @public
    async def data(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """What data there is, what it means, and how to get it."""
        hub, language = hub_of(request), choose_language(lang, accept_language)
        view = _view(hub, await held(hub, datetime.now(UTC)))
        page = await drawn.get(language, lambda: portal.drawn(language, data_html, view), for_s=KEPT_S)
        return page_answer(request, page)

    return router


def _view(hub: Hub, found: Data) -> DataView:
    return DataView(
        hub.settings.public_url.get_secret_value().rstrip("/"),
        found.licence,
        found.licence_url,
        found.publisher,
        found.counted_at,
        [
            KindData(
                kind.kind,
                kind.sensors,
                kind.rows,
                kind.first,
                kind.last,
                kind.illustrative,
                [
                    MonthFiles(
                        month.month,
                        month.rows_kept if month.files else month.rows,
                        month.is_over,
                        [FileLink(file.format, file.url, file.bytes) for file in month.files],
                    )
                    for month in kind.months
                ],
            )
            for kind in found.kinds
        ],
    )
