"""Browsers tell what a page's policy kept from it: counted, told in a bounded log, never stored."""

from typing import Any

import pytest

from api.policy_reports import MANY, ONE
from api.routes.policy_reports import PER_MINUTE
from tests.unit.test_policy_reports import NEW, OLD, encoded

PATH = "/policy-reports"


@pytest.fixture(autouse=True)
def address(request: pytest.FixtureRequest) -> dict[str, str]:
    """Every test comes from an address of its own, as the proxy would tell it."""
    return {"X-Forwarded-For": f"10.1.{len(request.node.name) % 250}.{hash(request.node.name) % 250}"}


def counted(api: Any, directive: str) -> float:
    name = f'cityhub_http_policy_reports_total{{directive="{directive}"}} '
    lines = api.client.get("/metrics").text.splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)


def send(api: Any, body: bytes, kind: str, address: dict[str, str]) -> Any:
    return api.client.post(PATH, content=body, headers={"Content-Type": kind} | address)


def test_reports_of_both_shapes_are_counted(api: Any, address: dict[str, str]) -> None:
    before = {name: counted(api, name) for name in ("script-src-elem", "style-src-attr")}
    assert send(api, encoded(OLD), ONE, address).status_code == 204
    answer = send(api, encoded([NEW, NEW]), f"{MANY}; charset=utf-8", address)
    assert (answer.status_code, answer.content) == (204, b"")
    assert counted(api, "script-src-elem") == before["script-src-elem"] + 1
    assert counted(api, "style-src-attr") == before["style-src-attr"] + 2


def test_garbage_is_refused_and_counts_nothing(api: Any, address: dict[str, str]) -> None:
    before = api.client.get("/metrics").text.count("cityhub_http_policy_reports_total{")
    assert send(api, b"{", ONE, address).status_code == 400
    assert send(api, encoded(OLD), MANY, address).status_code == 400
    assert send(api, encoded(OLD), "application/json", address).status_code == 415
    assert send(api, encoded(OLD), "text/plain", address).status_code == 415
    assert send(api, b" " * 40_000, ONE, address).status_code == 413
    assert api.client.get(PATH).status_code == 405
    assert api.client.get("/metrics").text.count("cityhub_http_policy_reports_total{") == before


def test_an_address_reports_so_often_a_minute(api: Any, address: dict[str, str]) -> None:
    found = [send(api, encoded(OLD), ONE, address).status_code for _ in range(PER_MINUTE + 1)]
    assert found[:-1] == [204] * PER_MINUTE
    assert found[-1] == 429
    other = {"X-Forwarded-For": "10.9.9.9"}
    assert send(api, encoded(OLD), ONE, other).status_code == 204


@pytest.mark.parametrize("path", ["/", "/login", "/maps/air", "/embed/air", "/docs", "/nothing"])
def test_every_page_names_where_to_report(api: Any, path: str) -> None:
    headers = api.client.get(path, headers={"Accept": "text/html"}).headers
    assert headers["content-security-policy"].endswith("; report-uri /policy-reports")
