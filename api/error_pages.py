"""Errors for people: who opens a page in a browser reads one in their language; programs get the problem document."""

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.page_headers import PAGE_HEADERS
from cityhub.words import choose_language
from portal import Portal

# What a page brings itself.
_REPLACED = frozenset({"content-type", "content-length", "content-security-policy", *PAGE_HEADERS})


class ErrorPages:
    """Puts a page in place of a problem document where the client asks for HTML, except for the API's own paths."""

    def __init__(self, app: ASGIApp, portal: Portal) -> None:
        self._app, self._portal = app, portal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not for people."""
        if scope["type"] != "http" or scope["path"].startswith("/api/") or not _wants_html(scope):
            await self._app(scope, receive, send)
            return
        page: bytes | None = None

        async def replacing(message: Message) -> None:
            nonlocal page
            if message["type"] == "http.response.start" and _is_problem(message):
                page = self._start(scope, message)
            elif page is not None:
                message = {"type": "http.response.body", "body": page}
            await send(message)

        await self._app(scope, receive, replacing)

    def _start(self, scope: Scope, message: Message) -> bytes:
        """Turns the start of a problem into that of a page; returns the page."""
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [None])[-1]
        language = choose_language(asked, Headers(scope=scope).get("accept-language"))
        # Who framed a map sees why it is not there.
        embed = scope["path"].startswith("/embed/")
        page = self._portal.error(message["status"], language, embed=embed)
        kept = [header for header in message["headers"] if header[0].decode("latin-1") not in _REPLACED]
        own = {
            "content-type": page.content.media_type,
            "content-length": str(len(page.content.body)),
            "content-language": page.language,
            "content-security-policy": page.policy,
            **PAGE_HEADERS,
        }
        message["headers"] = [*kept, *((name.encode(), value.encode()) for name, value in own.items())]
        return page.content.body


def _wants_html(scope: Scope) -> bool:
    return "text/html" in Headers(scope=scope).get("accept", "").lower()


def _is_problem(message: Message) -> bool:
    return Headers(raw=message["headers"]).get("content-type") == problems.MEDIA_TYPE and (
        message["status"] >= HTTPStatus.BAD_REQUEST
    )
