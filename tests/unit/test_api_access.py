"""Who may use which route: declared public, protected by a key, or denied."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.routing import Mount, Route

from api import problems
from api.access import Access, Caller, Rules, caller_of, open_data, protected, public
from api.app import create_app
from api.edge import Edge
from api.keys import Keys, sent
from api.metrics import Metrics
from api.problems import WrongKey
from api.rates import Rates
from cityhub.config import read_settings
from cityhub.errors import Forbidden, NotFound, Unauthenticated

KEYS = "ward-7:0123456789abcdef,lake.watch:fedcba9876543210"
KEY = {"Authorization": "Bearer fedcba9876543210"}
ORIGIN = {"Origin": "https://portal.example"}


@pytest.fixture(scope="module")
def hub_app() -> FastAPI:
    """The hub's application, which is not started: nothing asked of it here needs a database."""
    return create_app(read_settings(database_url="postgresql://nobody@127.0.0.1:1/none", api_keys=KEYS))


@pytest.fixture
def app() -> FastAPI:
    """An application of the test's own behind the same edge."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(Edge, metrics=Metrics(), keys=Keys.of(KEYS), rates=Rates(0, 0))
    problems.install(app)
    return app


def ask(app: Any, method: str, path: str, **options: Any) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            return await client.request(method, path, **options)

    return asyncio.run(once())


def declared(app: FastAPI) -> Iterator[tuple[str, str, Access | None]]:
    for rule in Rules.of(app).rules:
        for method in sorted(rule.methods or {"every method"}):
            yield method, rule.path, rule.access


def test_every_route_is_declared_public_or_protected(hub_app: FastAPI) -> None:
    routes = list(declared(hub_app))
    assert ("GET", "/api/v1/sensors", Access(any_site=True)) in routes
    assert ("GET", "/", Access(is_counted=False)) in routes
    assert len(routes) > 25
    assert [(method, path) for method, path, access in routes if access is None] == []


# Drivers have no account: who has the token of a session or wallet may change it. Providers sign what they say.
OF_DRIVERS = {
    "/api/v1/parking/quote",
    "/api/v1/parking/sessions",
    "/api/v1/parking/sessions/{token}/extend",
    "/api/v1/parking/sessions/{token}/stop",
    "/api/v1/parking/sessions/{token}/correct",
    "/api/v1/parking/sessions/{token}/reopen",
    "/api/v1/parking/permits",
    "/api/v1/parking/permits/{token}/renew",
    "/api/v1/parking/permits/{token}/withdraw",
    "/api/v1/payments",
    "/api/v1/wallets",
    "/parking/permits/{permit_id}",
    "/parking/{place_id}",
    "/r/{token}/pay",
    "/r/{token}/renew",
    "/r/{token}/withdraw",
    "/p/{token}/pay",
    "/p/{token}/extend",
    "/p/{token}/stop",
    "/p/{token}/correct",
    "/p/{token}/reopen",
    "/p/{token}/push",
}
OF_PROVIDERS = {
    "/payments/momo/ipn",
    "/payments/vietqr/webhook",
    "/payments/vietqr/{teller}",
    "/payments/vietqr/vietqr_vn/api/token_generate",
    "/payments/vietqr/vietqr_vn/bank/api/transaction-sync",
}
OF_GATEWAYS = {"/api/v1/sms"}
# Who signed in changes their own account; who wants to sign in is not known yet.
OF_PEOPLE = {
    "/account/password",
    "/account/second-factor",
    "/account/second-factor/remove",
    "/account/sign-ins/end",
    "/logout",
}
OF_OPERATIONS = {
    ("GET", "/ops"),
    ("GET", "/ops/devices/{sensor_id}"),
    ("POST", "/ops/devices/{sensor_id}/maintenance"),
    ("POST", "/ops/devices/{sensor_id}/maintenance/end"),
    ("GET", "/ops/devices/{sensor_id}/messages"),
    ("POST", "/ops/devices/{sensor_id}/listen"),
    ("POST", "/ops/devices/{sensor_id}/listen/end"),
    ("GET", "/ops/devices/{sensor_id}/names"),
    ("POST", "/ops/devices/{sensor_id}/names"),
    ("POST", "/ops/devices/{sensor_id}/names/preview"),
    ("GET", "/ops/new"),
    ("GET", "/ops/new/list"),
    ("GET", "/ops/new/place"),
    ("POST", "/ops/new/place"),
    ("POST", "/ops/new/place/preview"),
    ("POST", "/ops/new/list"),
    ("POST", "/ops/new/list/preview"),
    ("GET", "/ops/new/{kind}/{sensor_id}"),
    ("POST", "/ops/new/{kind}/{sensor_id}"),
    ("POST", "/ops/new/{kind}/{sensor_id}/preview"),
    ("GET", "/ops/quarantine"),
    ("GET", "/ops/quarantine/{id}"),
    ("POST", "/ops/quarantine/replay"),
    ("GET", "/ops/money"),
    ("GET", "/ops/revenue"),
    ("GET", "/ops/revenue.csv"),
    ("GET", "/ops/sessions"),
    ("POST", "/ops/sessions"),
    ("GET", "/ops/sessions/{id}"),
    ("POST", "/ops/sessions/{id}/correct"),
    ("POST", "/ops/money/parked/{id}/returned"),
    ("POST", "/ops/money/parked/{id}/wallet"),
    ("POST", "/ops/money/refunds/{id}/done"),
    ("GET", "/ops/jobs"),
    ("GET", "/ops/audit"),
    ("POST", "/ops/troubles/acknowledge"),
    ("POST", "/ops/troubles/undo"),
    ("POST", "/ops/troubles/bulk"),
    ("POST", "/ops/troubles/bulk/undo"),
    ("GET", "/ops/live"),
    ("HEAD", "/ops/live"),
    ("GET", "/ops/reach"),
    ("GET", "/ops/completeness"),
    ("POST", "/ops/reach"),
}
# Browsers tell what a page may not load; nothing of it is kept.
OF_BROWSERS = {"/policy-reports"}
AT_THE_DOOR = {"/login", "/login/code"}
# A form that brings its key along, or comes from who signed in; it says why not on its own page.
OF_LABORATORIES = {"/water/samples/new"}


def test_what_changes_something_is_protected(hub_app: FastAPI) -> None:
    routes = list(declared(hub_app))
    changing = {(method, path) for method, path, _ in routes if method not in ("GET", "HEAD")}
    guarded = {(method, path) for method, path, access in routes if access and not access.is_public}
    assert guarded == {
        ("POST", "/api/v1/observations"),
        ("POST", "/api/v1/parking/rights"),
        ("GET", "/api/v1/parking/rights/{right_id}"),
        ("POST", "/api/v1/parking/rights/{right_id}/withdraw"),
        ("POST", "/api/v1/water/{station_id}/samples"),
        ("POST", "/api/v1/water/samples/{sample_id}/corrections"),
        ("GET", "/api/v1/enforcement/plates/{plate}"),
        ("GET", "/api/v1/enforcement/unpaid"),
        ("GET", "/api/v1/revenue"),
        ("GET", "/account"),
        ("GET", "/inspect"),
        ("POST", "/inspect"),
        *OF_OPERATIONS,
        ("POST", "/api/v1/flood/{point_id}/reports"),
        ("PUT", "/api/v1/flood/reports/{report_id}/photo"),
        *(("POST", path) for path in OF_PEOPLE),
    }
    others = OF_DRIVERS | OF_PROVIDERS | OF_GATEWAYS | OF_LABORATORIES | AT_THE_DOOR | OF_BROWSERS
    assert changing - guarded == {("POST", path) for path in others}


def test_what_a_provider_signs_is_never_refused_for_coming_often(hub_app: FastAPI) -> None:
    uncounted = {
        (method, path)
        for method, path, access in declared(hub_app)
        if path.startswith(("/payments/", "/api/v1/sms")) and access is not None and not access.is_counted
    }
    assert uncounted == {
        ("GET", "/payments/vnpay/ipn"),
        *(("POST", path) for path in OF_PROVIDERS | OF_GATEWAYS),
    }


def test_a_rule_is_found_as_the_router_finds_its_route(hub_app: FastAPI) -> None:
    rules = Rules.of(hub_app)

    def found(method: str, path: str) -> str | None:
        rule = rules.find(method, path)
        return None if rule is None else rule.path

    assert found("GET", "/api/v1/latest/air") == "/api/v1/latest/air"
    assert found("GET", "/api/v1/latest/noise") == "/api/v1/latest/{kind}"
    assert found("GET", "/api/v1/sensors/air-1/health") == "/api/v1/sensors/{sensor_id}/health"
    assert found("GET", "/static/vendor/leaflet/leaflet.js") == "/static/{path:path}"
    assert found("POST", "/api/v1/kinds") == "/api/v1/kinds"
    assert found("GET", "/api/v1/kinds/") is None


ADDITIONS: list[Callable[[FastAPI], None]] = [
    lambda app: app.add_api_route("/forgotten", lambda: {}, methods=["GET", "POST"]),
    lambda app: app.router.routes.append(Route("/forgotten", lambda _request: Response("secret"))),
    lambda app: app.router.routes.append(
        Mount("/forgotten", routes=[Route("/", lambda _request: Response("secret"))])
    ),
]


@pytest.mark.parametrize("add", ADDITIONS, ids=["api route", "route", "mount"])
@pytest.mark.parametrize("headers", [{}, KEY], ids=["nobody", "partner"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_nobody_declared_is_denied_to_everybody(
    app: FastAPI, add: Callable[[FastAPI], None], headers: dict[str, str], method: str
) -> None:
    add(app)
    answer = ask(app, method, "/forgotten/" if add is ADDITIONS[2] else "/forgotten", headers=headers)
    assert answer.status_code == 403
    assert "secret" not in answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in answer.headers


def test_a_path_that_nobody_has_is_not_found(hub_app: FastAPI) -> None:
    for path in ("/wp-login.php", "/api/v2", "/api/v1/sensors/", "/Docs"):
        answer = ask(hub_app, "GET", path, headers=KEY)
        assert (answer.status_code, answer.json()["detail"]) == (404, f"There is nothing at {path}")


def test_a_protected_route_asks_before_it_reads_or_does_anything(app: FastAPI) -> None:
    done: list[str] = []

    @app.post("/rights")
    @protected("observations:write")
    def rights(body: dict[str, int]) -> dict[str, int]:
        done.append("it")
        return body

    for headers, status in (({}, 401), ({"X-API-Key": "wrong" * 5}, 401), (KEY, 400)):
        answer = ask(app, "POST", "/rights", content=b"{", headers=headers)
        assert answer.status_code == status, headers
        assert ("www-authenticate" in answer.headers) == (status == 401)
    assert done == []
    assert ask(app, "POST", "/rights", json={"a": 1}, headers=KEY).json() == {"a": 1}
    assert ask(app, "GET", "/rights").status_code == 405


def test_a_key_is_good_for_its_scopes_only(app: FastAPI) -> None:
    @app.get("/sold")
    @protected("parking:write")
    def sold() -> dict[str, str]:
        raise AssertionError

    answer = ask(app, "GET", "/sold", headers=KEY)
    assert (answer.status_code, answer.json()["detail"]) == (403, "This key is not good for parking:write")


def test_a_protected_route_knows_who_asks_and_is_never_cached(app: FastAPI) -> None:
    async def endpoint(request: Any) -> Response:
        return Response(caller_of(request).name, headers={"Cache-Control": "public, max-age=60"})

    app.router.routes.append(Route("/mine", protected("observations:write")(endpoint)))
    answer = ask(app, "GET", "/mine", headers=KEY | ORIGIN)
    assert (answer.status_code, answer.text) == (200, "lake.watch")
    assert answer.headers.get_list("cache-control") == ["private, no-store"]
    assert "access-control-allow-origin" not in answer.headers


def shared(app: FastAPI) -> None:
    """Routes of every sort below one path."""

    @app.get("/thing/{name}")
    @open_data
    def read(name: str) -> Response:
        if name == "none":
            raise NotFound("thing", name)
        if name == "broken":
            raise RuntimeError(name)
        return Response("ok")

    @app.post("/thing/{name}")
    @protected("observations:write")
    def write(name: str) -> Response:
        return Response(name)

    @app.get("/page")
    @public
    def page() -> Response:
        return Response("ok")


@pytest.mark.parametrize(
    ("path", "status"), [("/thing/a", 200), ("/thing/none", 404), ("/thing/broken", 500)]
)
def test_other_sites_may_read_open_data_and_its_errors(app: FastAPI, path: str, status: int) -> None:
    shared(app)
    for method in ("GET", "HEAD"):
        answer = ask(app, method, path, headers=ORIGIN)
        assert answer.status_code == status
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/thing/a"), ("DELETE", "/thing/a"), ("GET", "/page"), ("GET", "/nothing")],
)
def test_other_sites_may_read_nothing_else(app: FastAPI, method: str, path: str) -> None:
    shared(app)
    answer = ask(app, method, path, headers=ORIGIN | KEY)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("method", "path", "granted"),
    [
        ("GET", "/thing/a", True),
        ("HEAD", "/thing/a", True),
        ("POST", "/thing/a", False),
        ("DELETE", "/thing/a", False),
        ("get", "/thing/a", False),
        ("GET", "/page", False),
        ("GET", "/nothing", False),
    ],
)
def test_a_preflight_is_granted_for_reading_open_data(
    app: FastAPI, method: str, path: str, granted: bool
) -> None:
    shared(app)
    asked = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "If-None-Match"}
    answer = ask(app, "OPTIONS", path, headers=ORIGIN | asked)
    assert answer.status_code == 204
    assert answer.headers.get("access-control-allow-origin") == ("*" if granted else None)
    assert ("access-control-allow-headers" in answer.headers) == granted


@pytest.mark.parametrize(
    ("method", "path", "granted"),
    [
        ("GET", "/api/v1/latest/air", True),
        ("GET", "/openapi.json", True),
        ("HEAD", "/api/v1/live", True),
        ("POST", "/api/v1/observations", False),
        ("GET", "/metrics", False),
        ("GET", "/", False),
    ],
)
def test_preflights_of_the_hub(hub_app: FastAPI, method: str, path: str, granted: bool) -> None:
    answer = ask(hub_app, "OPTIONS", path, headers=ORIGIN | {"Access-Control-Request-Method": method})
    assert answer.headers.get("access-control-allow-origin") == ("*" if granted else None)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer fedcba9876543210"},
        {"authorization": "bearer  fedcba9876543210 "},
        {"X-API-Key": "fedcba9876543210"},
        {"Authorization": "Basic eDp5", "X-API-Key": "fedcba9876543210"},
    ],
)
def test_a_key_names_its_partner(headers: dict[str, str]) -> None:
    caller = Keys.of(KEYS).caller(Headers(headers))
    assert caller == Caller("lake.watch", frozenset({"observations:write"}))


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}])
def test_without_a_key_one_is_asked_for(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated, match="Authorization: Bearer KEY"):
        Keys.of(KEYS).caller(Headers(headers))


@pytest.mark.parametrize(
    "key",
    ["0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF", "ward-7", "ward-7:0123456789abcdef", "é"],
)
def test_a_wrong_key_is_refused(key: str) -> None:
    with pytest.raises(WrongKey):
        Keys.of(KEYS).caller(Headers({"x-api-key": key}))


@given(st.binary(max_size=40))
def test_any_header_is_a_key_or_none(raw: bytes) -> None:
    headers = Headers(raw=[(b"x-api-key", raw)])
    assert sent(headers) == (raw.decode("latin-1") or None)
    with pytest.raises(Unauthenticated):
        Keys.of(KEYS).caller(headers)


def test_without_configured_keys_nobody_is_let_in() -> None:
    with pytest.raises(Forbidden, match="No keys are configured"):
        Keys.of("").caller(Headers({"authorization": "Bearer 0123456789abcdef"}))
