"""Nobody gets the database without end; what comes out of memory everybody gets."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cityhub.config import Settings

KEY = "rates-0123456789abcdef"


@pytest.fixture
def limited(run_api: Any, settings_for: Callable[..., Settings]) -> Iterator[Any]:
    """A server where an address and a key have five requests a minute."""
    with run_api(settings_for(rate_per_minute=5, key_rate_per_minute=5, api_keys=f"partner:{KEY}")) as api:
        yield api


def test_an_address_that_asks_too_much_is_told_when_to_go_on(limited: Any) -> None:
    answers = [limited.client.get("/api/v1/sensors?limit=1") for _ in range(6)]
    assert [one.status_code for one in answers] == [200] * 5 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"address";q=5;w=60'
    assert answers[0].headers["ratelimit"].startswith('"address";r=4;t=')
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == "urn:cityhub:problem:too-many-requests"
    assert 1 <= int(refused.headers["retry-after"]) <= 120
    # Scripts of other sites can read when to go on.
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "RateLimit" in refused.headers["access-control-expose-headers"]


def test_maps_pages_and_the_newest_figures_are_not_counted(limited: Any) -> None:
    for path in ("/", "/maps/air", "/api/v1/latest/air", "/api/v1/kinds", "/healthz"):
        answers = [limited.client.get(path) for _ in range(8)]
        assert {one.status_code for one in answers} == {200}, path
        assert "ratelimit" not in answers[0].headers


def test_a_key_has_a_share_of_its_own_and_guessing_keys_uses_up_the_address(limited: Any) -> None:
    def post(key: str) -> Any:
        return limited.client.post("/api/v1/observations", json=[], headers={"X-API-Key": key})

    assert [post(KEY).status_code for _ in range(6)] == [207] * 5 + [429]
    assert post(KEY).headers["ratelimit-policy"] == '"key";q=5;w=60'
    assert [post("guess-0123456789abcdef").status_code for _ in range(7)] == [401] * 5 + [429] * 2
