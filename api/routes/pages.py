"""Pages for people: the first page, the maps, maps for frames in other sites, and the files they load.

No request waits for the database or for a thread of the pool, whose threads may all be waiting for it.
"""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request, Response

from api.access import from_memory, public
from api.caching import is_known
from api.problems import NotReady
from api.snapshots import takes_gzip
from cityhub.errors import NotFound
from cityhub.words import choose_language
from maps.browser import known_kind
from portal import HomeView, Page, Portal
from portal.content import Content
from portal.residents import EmbedView

# The figures in the first page are as old as this at most, besides their own age.
FIGURES_S = 1.0
A_YEAR = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"

AskedLanguage = Annotated[str | None, Query(alias="lang", description="vi or en")]
AcceptLanguage = Annotated[str | None, Header()]


class DrawnPages:
    """Pages drawn at their first request, in a thread of their own, and kept."""

    def __init__(self) -> None:
        self._pages: dict[object, tuple[float, Page]] = {}
        self._thread = ThreadPoolExecutor(1, "pages")
        self._drawing = asyncio.Lock()

    async def get(self, key: object, draw: Callable[[], Page], *, for_s: float = math.inf) -> Page:
        """The page kept under `key` for at most `for_s` seconds, or what `draw` makes."""
        page = self._kept(key, for_s)
        if page is None:
            # Who waited finds what the one before made.
            async with self._drawing:
                page = self._kept(key, for_s)
                if page is None:
                    page = await asyncio.get_running_loop().run_in_executor(self._thread, draw)
                    self._pages[key] = (time.monotonic(), page)
        return page

    def _kept(self, key: object, for_s: float) -> Page | None:
        drawn_at, page = self._pages.get(key, (-math.inf, None))
        return page if time.monotonic() - drawn_at < for_s else None


def create_router(portal: Portal, home_view: Callable[[], HomeView]) -> APIRouter:
    """The routes to the pages and files of `portal`; `home_view` tells how things are now."""
    router = APIRouter(include_in_schema=False)
    drawn = DrawnPages()

    @router.get("/")
    @from_memory
    @public
    async def home(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The five kinds at a glance."""
        language = choose_language(lang, accept_language)
        page = await drawn.get(
            ("home", language), lambda: portal.home(language, home_view()), for_s=FIGURES_S
        )
        return page_answer(request, page)

    @router.get("/maps/{kind}")
    @from_memory
    @public
    async def map_page(
        request: Request, kind: str, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The live map of one kind."""
        return await map_answer(request, kind, lang, accept_language, embed=False)

    @router.get("/embed/{kind}")
    @from_memory
    @public
    async def embedded(
        request: Request,
        kind: str,
        view: Annotated[Literal["map", "list"], Query()] = "map",
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
        lang: AskedLanguage = None,
        accept_language: AcceptLanguage = None,
    ) -> Response:
        """The live map of one kind, or its worst sites as a list, for a frame in another site."""
        if view == "map":
            return await map_answer(request, kind, lang, accept_language, embed=True)
        name, language = known_kind(kind).name, choose_language(lang, accept_language)
        page = await drawn.get(
            ("list", name, language, limit),
            lambda: portal.embed(language, EmbedView(name, home_view().glances.get(name), limit)),
            for_s=FIGURES_S,
        )
        return page_answer(request, page)

    async def map_answer(
        request: Request, kind: str, lang: str | None, accept_language: str | None, *, embed: bool
    ) -> Response:
        name, language = known_kind(kind).name, choose_language(lang, accept_language)
        if not portal.has_packages:
            raise NotReady("The maps cannot be shown at the moment.")
        key = ("map", name, language, embed)
        page = await drawn.get(key, lambda: portal.map(name, language, embed=embed))
        return page_answer(request, page)

    @router.get("/static/{path:path}")
    @from_memory
    @public
    async def static_file(request: Request, path: str, v: str = "") -> Response:
        """A script, style or image from the closed list."""
        file = portal.assets.get(path)
        if file is None:
            raise NotFound("file", path)
        headers = {
            "Cache-Control": A_YEAR if v == file.version else AN_HOUR,
            "Vary": "Accept-Encoding",
        }
        return content_answer(request, file, headers)

    return router


def page_answer(request: Request, page: Page) -> Response:
    """The page for this request: 304, gzip or plain."""
    headers = {
        "Cache-Control": "public, no-cache",
        "Vary": "Accept-Language, Accept-Encoding",
        "Content-Language": page.language,
        "Content-Security-Policy": page.policy,
    }
    return content_answer(request, page.content, headers)


def content_answer(request: Request, content: Content, headers: Mapping[str, str]) -> Response:
    """A file or page for this request: 304, gzip or plain."""
    given = {**headers, "ETag": f'W/"{content.version}"'}
    if is_known(request.headers.get("if-none-match"), f'"{content.version}"'):
        return Response(status_code=304, headers=given)
    if content.gzipped is not None and takes_gzip(request.headers.get("accept-encoding", "")):
        given["Content-Encoding"] = "gzip"
        return Response(content.gzipped, headers=given, media_type=content.media_type)
    return Response(content.body, headers=given, media_type=content.media_type)
