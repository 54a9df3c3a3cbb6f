"""A request is one span, in which nothing of what people sent is found."""

import pytest

from cityhub.config import read_settings
from tests.collector import collecting
from tests.integration.api.conftest import running

PLATE, TOKEN, NAME = "30A12345", "secret-token-of-a-session", "request-of-a-test"


def test_a_request_is_told_by_its_route_and_its_name_alone(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever sets FastAPI's own traces up by the environment does not get them: they would tell paths and queries.
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    with collecting() as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
        with running(read_settings(database_url=database_url, otlp_url=collector.url)) as api:
            headers = {
                "X-Request-Id": NAME,
                "Authorization": f"Bearer {TOKEN}",
                "User-Agent": PLATE,
                "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01",
            }
            assert api.client.get(f"/api/v1/enforcement/plates/{PLATE}", headers=headers).status_code == 401
            api.client.get("/api/v1/sensors", params={"kind": PLATE}, headers=headers)
            api.client.get(f"/nowhere/{PLATE}")
            api.client.request("PROPFIND", "/air")
    told = dict(collector.spans)
    assert set(told) == {
        "GET /api/v1/enforcement/plates/{plate}",
        "GET /api/v1/sensors",
        "GET (none)",
        "OTHER /air",
    }
    assert told["GET /api/v1/enforcement/plates/{plate}"] == {
        "http.request.method": "GET",
        "http.route": "/api/v1/enforcement/plates/{plate}",
        "http.response.status_code": 401,
        "cityhub.request_id": NAME,
    }
    for secret in (PLATE, TOKEN):
        assert not any(secret.encode() in body for body in collector.bodies)
    assert not any(bytes.fromhex("ab" * 16) in body for body in collector.bodies)
