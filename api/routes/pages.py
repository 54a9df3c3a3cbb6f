"""Pages for people: the first page, the maps, maps for frames in other sites, and the files they load."""

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import APIRouter, Header, Query, Request, Response
from jinja2 import Environment, PackageLoader, select_autoescape

from api.caching import etag_of, is_known
from api.snapshots import takes_gzip
from cityhub.config import Settings
from cityhub.errors import NotFound, ServiceError
from cityhub.kinds import KINDS
from maps import page, sketch
from maps.assets import LEAFLET, SWAGGER_UI, Assets, own_files, vendor_files
from maps.browser import config, kind_name, script_json
from maps.document import known_kind
from maps.policy import content_security_policy
from maps.words import LANGUAGES, WORDS, Language, choose_language

OWN_FILES = Path(__file__).parent.parent / "static"
A_YEAR = "public, max-age=31536000, immutable"
AN_HOUR = "public, max-age=3600"

_log = structlog.get_logger()
_templates = Environment(
    loader=PackageLoader("api", "templates"),
    autoescape=select_autoescape(),
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["script_json"] = script_json

AskedLanguage = Annotated[str | None, Query(alias="lang", description="vi or en")]
AcceptLanguage = Annotated[str | None, Header()]


@dataclass(frozen=True, slots=True)
class Document:
    """One rendered page, ready to be sent many times."""

    body: bytes
    language: Language
    policy: str
    status: int = 200
    gzipped: bytes = field(init=False)
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "gzipped", gzip.compress(self.body, mtime=0))
        object.__setattr__(self, "etag", etag_of(self.body))

    def answer(self, request: Request) -> Response:
        """The page for this request: 304, gzip or plain."""
        packed = takes_gzip(request.headers.get("accept-encoding", ""))
        headers = {
            "ETag": f"W/{self.etag}",
            "Cache-Control": "public, no-cache",
            "Vary": "Accept-Language, Accept-Encoding",
            "Content-Language": self.language,
            "Content-Security-Policy": self.policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }
        if is_known(request.headers.get("if-none-match"), self.etag):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        body = self.gzipped if packed else self.body
        return Response(body, self.status, headers, "text/html; charset=utf-8")


def create_router(settings: Settings) -> APIRouter:
    """The pages of a hub with these settings. Reads and compresses the files that they load."""
    files = {**own_files(), **own_files(OWN_FILES)}
    missing = ""
    try:
        files.update(vendor_files((*LEAFLET, *SWAGGER_UI), settings.assets_dir))
    except ServiceError as exc:
        missing = str(exc)
        _log.warning("maps cannot be shown", error=missing)
    assets = Assets(files)
    router = APIRouter(include_in_schema=False)

    @cache
    def map_document(kind: str, language: Language, embed: bool) -> Document:
        if missing:
            return _document("missing.html", language, status=503, problem=missing)
        html = page(
            kind,
            language,
            embed=embed,
            tiles_url=settings.tiles_url,
            tiles_attribution=settings.tiles_attribution,
            notice=settings.notice or None,
            asset_url=assets.url,
        )
        policy = content_security_policy(html, tiles_url=settings.tiles_url, embed=embed)
        return Document(html.encode(), language, policy)

    @cache
    def home_document(language: Language) -> Document:
        return _document(
            "home.html",
            language,
            asset_url=assets.url,
            notice=settings.notice,
            kinds=[(name, kind_name(name, language)) for name in KINDS],
            views={name: (view, sketch.shapes(view)) for name, view in sketch.VIEWS.items()},
            width=sketch.WIDTH,
            height=sketch.HEIGHT,
            settings=config(
                language,
                dataUrls={name: f"/api/v1/latest/{name}" for name in KINDS},
                liveUrl=f"/api/v1/live?kinds={','.join(KINDS)}",
            ),
        )

    @router.get("/")
    def home(
        request: Request, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The five kinds at a glance."""
        return home_document(choose_language(lang, accept_language)).answer(request)

    @router.get("/maps/{kind}")
    def map_page(
        request: Request, kind: str, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The live map of one kind."""
        name = known_kind(kind).name
        return map_document(name, choose_language(lang, accept_language), False).answer(request)

    @router.get("/embed/{kind}")
    def embedded_map(
        request: Request, kind: str, lang: AskedLanguage = None, accept_language: AcceptLanguage = None
    ) -> Response:
        """The live map of one kind for a frame in another site."""
        name = known_kind(kind).name
        return map_document(name, choose_language(lang, accept_language), True).answer(request)

    @router.get("/static/{path:path}")
    def static_file(request: Request, path: str, v: str = "") -> Response:
        """A script, style or image from the closed list."""
        asset = assets.get(path)
        if asset is None:
            raise NotFound("file", path)
        headers = {
            "Cache-Control": A_YEAR if v == asset.version else AN_HOUR,
            "ETag": f'W/"{asset.version}"',
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if is_known(request.headers.get("if-none-match"), f'"{asset.version}"'):
            return Response(status_code=304, headers=headers)
        if asset.gzipped is not None and takes_gzip(request.headers.get("accept-encoding", "")):
            headers["Content-Encoding"] = "gzip"
            return Response(asset.gzipped, headers=headers, media_type=asset.media_type)
        return Response(asset.body, headers=headers, media_type=asset.media_type)

    return router


def _document(template: str, language: Language, *, status: int = 200, **values: object) -> Document:
    html = _templates.get_template(template).render(
        language=language, words=WORDS[language], languages=LANGUAGES, **values
    )
    return Document(html.encode(), language, content_security_policy(html), status)
