"""Every answer carries the id of its request, the caller's where it is one, and so does what the log says meanwhile."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from structlog.contextvars import get_contextvars

from api import problems
from api.access import public
from api.edge import Edge
from api.keys import Keys
from api.metrics import Metrics
from api.rates import Rates
from tests.unit.test_api_access import ask

MADE = r"[0-9a-f]{16}"
OWN = "1f0c9b1e-8c1a-4a53-9a53-7c2f6b0c5e11"


@pytest.fixture
def app() -> FastAPI:
    """An application of the test's own behind the edge."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(Edge, metrics=Metrics(), keys=Keys.of(""), rates=Rates(0, 0))
    problems.install(app)
    return app


def serve(app: FastAPI) -> list[Any]:
    """What log lines would carry, of each request to `/seen`."""
    seen: list[Any] = []

    @app.get("/seen")
    @public
    def look() -> str:
        # On a thread of the pool, as most routes are.
        seen.append(get_contextvars().get("request"))
        return "yes"

    return seen


def test_an_id_that_the_caller_brings_is_kept(app: FastAPI) -> None:
    seen = serve(app)
    assert ask(app, "GET", "/seen", headers={"X-Request-Id": OWN}).headers["x-request-id"] == OWN
    assert seen == [OWN]


@pytest.mark.parametrize(
    "brought", [None, "", "30A12345", "0912345678", "a" * 65, "two words of many signs", "x" * 15 + "\t"]
)
def test_any_other_is_replaced_by_a_new_one(app: FastAPI, brought: str | None) -> None:
    seen = serve(app)
    headers = {} if brought is None else {"X-Request-Id": brought}
    told = [ask(app, "GET", "/seen", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert all(re.fullmatch(MADE, one) for one in told)
    assert told[0] != told[1]
    assert seen == told


def test_what_is_refused_or_not_there_has_one_too(app: FastAPI) -> None:
    serve(app)
    for method, path in (("GET", "/nothing"), ("DELETE", "/seen"), ("HEAD", "/seen")):
        assert re.fullmatch(MADE, ask(app, method, path).headers["x-request-id"]), (method, path)
