"""What every answer gets at the outermost layer: CORS, security headers, HEAD, metrics.

Plain ASGI and few steps, because the hot answers pass through it.
"""

import time

import structlog
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems
from api.metrics import Metrics

_log = structlog.get_logger()

Headers = list[tuple[bytes, bytes]]

# A shared cache keeps answers for everybody, so the header does not depend on who asks.
_OPEN: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Retry-After"),
    (b"x-content-type-options", b"nosniff"),
]
_PAGE: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (b"content-security-policy", b"frame-ancestors 'self'"),
]
_PREFLIGHT: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
    (b"vary", b"Access-Control-Request-Method"),
]
# Endless answers tell HEAD from GET themselves.
_KEEPS_HEAD = frozenset({"/api/v1/live"})
_WAS_HEAD = "cityhub.head"


class Edge:
    """Wraps the application; HEAD is answered as GET whose body the server leaves out."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        public = path.startswith("/api/")
        if scope["method"] == "OPTIONS" and public and _is_preflight(scope):
            await send({"type": "http.response.start", "status": 204, "headers": _PREFLIGHT})
            await send({"type": "http.response.body"})
            return
        if scope["method"] == "HEAD" and path not in _KEEPS_HEAD:
            scope = {**scope, "method": "GET", _WAS_HEAD: True}
        began = time.perf_counter()
        status = 0

        async def start(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message["headers"]
                # A new list: prepared answers share theirs between requests.
                message["headers"] = [*own, *(_OPEN if public else _missing(own))]
            await send(message)

        try:
            await self._app(scope, receive, start)
        except Exception:
            if status:
                # Too late for an error document: breaking off tells the client that the answer is not whole.
                raise
            _log.exception("request failed", path=path)
            await problems.internal()(scope, receive, start)
        finally:
            route = getattr(scope.get("route"), "path", "(none)")
            self._metrics.request(route, status, time.perf_counter() - began)


def is_head(request: HTTPConnection) -> bool:
    """Was the request, now a GET, a HEAD? Then a route may leave out what makes the body dear."""
    return bool(request.scope.get(_WAS_HEAD))


def _is_preflight(scope: Scope) -> bool:
    return any(name == b"access-control-request-method" for name, _ in scope["headers"])


def _missing(own: Headers) -> Headers:
    """A page that brings a stricter header of its own keeps it; maps for other sites' frames do."""
    names = {name for name, _ in own}
    return [header for header in _PAGE if header[0] not in names]
