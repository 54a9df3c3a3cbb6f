"""What every request and answer meets at the outermost layer: access, CORS, security headers, caching, HEAD, metrics.

Plain ASGI and few steps, because the hot answers pass through it.
"""

import time

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import problems, request_ids, sign_in
from api.access import Rule, Rules
from api.keys import Keys
from api.metrics import Metrics
from api.page_headers import PAGE_HEADERS
from api.problems import TooManyRequests
from api.rates import Rates, Share, share_of
from api.sign_in import leads_to
from cityhub.errors import CityHubError, Forbidden
from cityhub.logs import get_logger, in_every_line

_log = get_logger()

Headers = list[tuple[bytes, bytes]]

# A shared cache keeps answers for everybody, so the header does not depend on who asks.
_OPEN: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"),
    (b"x-content-type-options", b"nosniff"),
]
_PAGE: Headers = [
    *((name.encode(), value.encode()) for name, value in PAGE_HEADERS.items()),
    (b"content-security-policy", b"frame-ancestors 'self'"),
]
_UNCACHED = (b"cache-control", b"private, no-store")
_PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
    (b"vary", b"Access-Control-Request-Method"),
    _UNCACHED,
]
_PREFLIGHT_GRANTED: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"*"),
    (b"access-control-max-age", b"86400"),
    *_PREFLIGHT,
]
# Endless answers tell HEAD from GET themselves.
_KEEPS_HEAD = frozenset({"/api/v1/live", "/ops/live"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_WAS_HEAD = "cityhub.head"


class Edge:
    """Wraps the application; HEAD is answered as GET whose body the server leaves out."""

    def __init__(self, app: ASGIApp, metrics: Metrics, keys: Keys, rates: Rates) -> None:
        self._app, self._metrics, self._keys, self._rates = app, metrics, keys, rates
        self._rules: Rules | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass on what is not HTTP."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._rules is None:
            # Not at the beginning: routes are added until the first request.
            self._rules = Rules.of(scope["app"])
        path: str = scope["path"]
        if scope["method"] == "OPTIONS" and (asked := _asked_method(scope)) is not None:
            await self._preflight(self._rules.find("GET" if asked == "HEAD" else asked, path), asked, send)
            return
        if scope["method"] == "HEAD" and path not in _KEEPS_HEAD:
            scope = {**scope, "method": "GET", _WAS_HEAD: True}
        method: str = scope["method"]
        rule = self._rules.find(method, path)
        dressing = _Dressing(method, rule)
        name = request_ids.of(scope)
        # Of this request's task and of the threads that work for it: every line of the log says it.
        in_every_line(request=name)
        began, began_ns = time.perf_counter(), time.time_ns()
        status = 0

        async def start(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *dressing.of(message["headers"]),
                    (request_ids.HEADER, name.encode()),
                ]
            await send(message)

        try:
            if rule is None:
                await problems.nothing_at(path)(scope, receive, start)
            elif (refusal := await self._refusal(rule, method, scope, dressing)) is not None:
                await (leads_to(scope, refusal) or problems.of(refusal))(scope, receive, start)
            else:
                await self._app(scope, receive, start)
        except Exception:
            if status:
                # Too late for an error document: breaking off tells the client that the answer is not whole.
                raise
            # Not the path, which may hold a token or a plate.
            _log.exception("request failed", route=_route(scope, rule))
            await problems.internal()(scope, receive, start)
        finally:
            route = _route(scope, rule)
            self._metrics.request(route, status, time.perf_counter() - began)
            if (hub := getattr(scope["app"].state, "hub", None)) is not None and hub.tracing is not None:
                hub.tracing.request(_method(method), route, status, name, began_ns)

    async def _refusal(
        self, rule: Rule, method: str, scope: Scope, dressing: "_Dressing"
    ) -> CityHubError | None:
        """Why this may not be asked, or not now; None when it may. What costs the database work is counted."""
        if sign_in.is_looked_up(scope, self._keys, rule.access) and await self._rates.is_exhausted(
            _address(scope)
        ):
            # Whoever tries keys keeps no connection to the database busy.
            return _exhausted(await self._rates.take(_address(scope)))
        denied = await self._denial(rule, method, scope)
        if denied is not None:
            # Whoever tries keys is counted by the address.
            return _exhausted(await self._rates.take(_address(scope))) or denied
        if rule.access is None or not rule.access.is_counted or not rule.takes(method):
            return None
        dressing.share = await self._rates.take(_address(scope), _caller(scope))
        return _exhausted(dressing.share)

    async def _denial(self, rule: Rule, method: str, scope: Scope) -> CityHubError | None:
        """Why this may not be asked; None when it may. A method that the route does not take is its own affair."""
        access = rule.access
        if not rule.takes(method) or (access is not None and access.is_public):
            return None
        try:
            if access is None:
                raise Forbidden("Nobody may use this: it is not declared who may")
            hub = getattr(scope["app"].state, "hub", None)
            caller = await sign_in.caller(scope, self._keys, hub)
            access.check(caller)
        except CityHubError as error:
            return error
        scope.setdefault("state", {})["caller"] = caller
        return None

    @staticmethod
    async def _preflight(rule: Rule | None, method: str, send: Send) -> None:
        granted = _is_open(rule, method)
        headers = _PREFLIGHT_GRANTED if granted else _PREFLIGHT
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body"})


class _Dressing:
    """The headers that answers to one request are given."""

    def __init__(self, method: str, rule: Rule | None) -> None:
        self._is_open = _is_open(rule, method)
        self._is_public = rule is None or rule.access is None or rule.access.is_public
        self.share: Share | None = None

    def of(self, own: Headers) -> Headers:
        """`own` and what is missing. A new list: prepared answers share theirs between requests."""
        if self.share is not None:
            own = [*own, *self.share.headers()]
        if self._is_open:
            if any(name == b"cache-control" for name, _ in own):
                return [*own, *_OPEN]
            return [*own, *_OPEN, _UNCACHED]
        if not self._is_public:
            own = [header for header in own if header[0] != b"cache-control"]
        names = {name for name, _ in own}
        # A page that brings a stricter header of its own keeps it; maps for other sites' frames do.
        return [*own, *(header for header in (*_PAGE, _UNCACHED) if header[0] not in names)]


def _method(method: str) -> str:
    """A method of HTTP; whoever makes others up writes no names of spans."""
    return method if method in _METHODS else "OTHER"


def is_head(request: HTTPConnection) -> bool:
    """Was the request, now a GET, a HEAD? Then a route may leave out what makes the body dear."""
    return bool(request.scope.get(_WAS_HEAD))


def _is_open(rule: Rule | None, method: str) -> bool:
    """May scripts of other sites read what this method gives?"""
    return (
        rule is not None
        and rule.access is not None
        and rule.access.any_site
        and method in ("GET", "HEAD")
        and rule.takes("GET")
    )


def _asked_method(scope: Scope) -> str | None:
    """The method that a preflight asks for; None for any other request."""
    for name, value in scope["headers"]:
        if name == b"access-control-request-method":
            return bytes(value).decode("latin-1")
    return None


def _route(scope: Scope, rule: Rule | None) -> str:
    """The route's template, for logs and metrics."""
    found = scope.get("route")
    if found is not None:
        return str(found.path)
    return "(none)" if rule is None else rule.path


def _address(scope: Scope) -> str:
    """Whose share a request takes: its client's address, as the proxy tells it."""
    client = scope.get("client")
    return share_of(client[0]) if client else ""


def _caller(scope: Scope) -> str | None:
    """The name that goes with the request's key; None for a route that needs none."""
    caller = scope.get("state", {}).get("caller")
    return None if caller is None else str(caller.name)


def _exhausted(share: Share | None) -> TooManyRequests | None:
    if share is None or not share.is_exhausted:
        return None
    per = "key" if share.name == "key" else "address"
    return TooManyRequests(
        f"More than {share.limit} requests a minute of one {per}; go on in {share.reset_s} s", share.reset_s
    )
