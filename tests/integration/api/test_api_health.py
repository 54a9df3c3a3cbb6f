"""Alive, ready, measured, described; and what the server does without a database or a port."""

import re
import socket
from typing import Any

import httpx
import pytest
import structlog

from cityhub.config import read_settings
from cityhub.errors import SettingsError
from cityhub.listening import listen
from cityhub.store import connect

PROBLEM = "application/problem+json"


def test_it_is_alive_and_ready(api: Any) -> None:
    assert api.client.get("/healthz").json() == {"status": "ok"}
    assert api.client.get("/readyz").json() == {"status": "ok"}


def test_background_work_that_stands_still_is_a_warning_and_does_not_make_it_unready(
    api: Any, database_url: Any
) -> None:
    with connect(database_url, "tests", autocommit=True) as conn:
        [(worker,)] = conn.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - INTERVAL '50 s') RETURNING id"
        ).fetchall()
        try:
            assert api.client.get("/readyz").json() == {"status": "ok"}
            conn.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - INTERVAL '5 minutes'")
            answer = api.client.get("/readyz")
            assert answer.status_code == 200
            told = "jobs: none were looked after for 5 minutes"
            assert answer.json() == {"status": "ok", "warnings": [told]}
            # One that was stopped on purpose is forgotten; what it last did is not.
            conn.execute("DELETE FROM procrastinate_workers")
            conn.execute(
                "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp)"
                " VALUES ('review', extract(epoch FROM now())::bigint - 600)"
            )
            assert api.client.get("/readyz").json()["warnings"] == [told.replace("5", "10")]
        finally:
            conn.execute("DELETE FROM procrastinate_periodic_defers")
            conn.execute("DELETE FROM procrastinate_workers WHERE id = %s", (worker,))
    assert api.client.get("/readyz").json() == {"status": "ok"}


def test_snapshots_that_grow_old_make_it_unready(api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.updater.STALE_S", -1.0)
    answer = api.client.get("/readyz")
    assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
    assert "snapshots: " in answer.json()["detail"]


def test_a_dead_snapshot_thread_makes_it_unready(run_api: Any, database_url: Any) -> None:
    with run_api(read_settings(database_url=database_url)) as api:
        assert api.client.get("/readyz").status_code == 200
        api.server.config.app.state.hub.updater.stop()
        answer = api.client.get("/readyz")
    assert answer.status_code == 503
    assert "snapshots: their thread has ended" in answer.json()["detail"]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Does not wait long for a database that will not come."""
    monkeypatch.setattr("cityhub.store.connection.CONNECT_TIMEOUT_S", 1)
    monkeypatch.setattr("api.app.FIRST_SNAPSHOTS_S", 0.2)


PUBLIC = [
    "/",
    "/maps/air",
    "/embed/rain",
    "/docs",
    "/readyz",
    "/nowhere",
    "/api/v1/latest/air",
    "/api/v1/sensors",
    "/api/v1/sensors/air-trung-yen-3",
    "/api/v1/areas",
    "/api/v1/areas/outlines",
]
# Folders, modules, SQL, servers, and advice that only operators can follow.
INSIDE = re.compile(
    r"/(?:app|home|opt|root|srv|tmp|usr|var|work)/|node_modules|\.py\b|\bnpm\b|\./hub|CITYHUB_|docker"
    r"|\bSELECT\b|relation \"|psycopg|postgres|127\.0\.0\.1"
)


def tell_nothing_of_the_inside(api: Any) -> None:
    for path in PUBLIC:
        for accept in ("*/*", "text/html"):
            found = INSIDE.search(api.client.get(path, headers={"Accept": accept}).text)
            assert found is None, (path, found)


@pytest.mark.usefixtures("impatient")
def test_a_database_that_was_not_migrated_is_named_and_the_log_says_what_to_do(
    run_api: Any, empty_database_url: Any
) -> None:
    with run_api(read_settings(database_url=empty_database_url)) as api:
        with structlog.testing.capture_logs() as logged:
            answer = api.client.get("/readyz")
        assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
        assert "migrations: the database is at 0" in answer.json()["detail"]
        assert any("./hub migrate" in line["event"] for line in logged)
        tell_nothing_of_the_inside(api)


@pytest.mark.usefixtures("impatient")
def test_without_a_database_it_starts_and_says_what_is_down(run_api: Any) -> None:
    # Nobody listens on this port: it was free a moment ago.
    with listen("127.0.0.1", 0, "") as unused:
        port = unused.getsockname()[1]
    with run_api(read_settings(database_url=f"postgresql://nobody@127.0.0.1:{port}/none")) as api:
        assert api.client.get("/healthz").status_code == 200
        ready = api.client.get("/readyz")
        assert (ready.status_code, ready.headers["content-type"]) == (503, PROBLEM)
        assert "database: it does not answer" in ready.json()["detail"]
        for path in ("/api/v1/latest/air", "/api/v1/sensors"):
            answer = api.client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (503, PROBLEM)
            assert int(answer.headers["retry-after"]) > 0
            assert "nobody" not in answer.text
        tell_nothing_of_the_inside(api)


def test_no_database_setting_is_named(run_api: Any) -> None:
    with pytest.raises(SettingsError, match="CITYHUB_DATABASE_URL"), run_api(read_settings()):
        pass


def test_metrics_count_requests_by_route_template(api: Any) -> None:
    api.client.get("/api/v1/sensors/air-trung-yen-3")
    api.client.get("/api/v1/sensors/air-nowhere")
    api.client.get("/api/v1/latest/rain")
    api.client.get("/wp-login.php")
    text = api.client.get("/metrics").text
    assert re.search(
        r'cityhub_http_requests_total\{route="/api/v1/sensors/\{sensor_id\}",status="2xx"\} \d', text
    )
    assert re.search(
        r'cityhub_http_requests_total\{route="/api/v1/sensors/\{sensor_id\}",status="4xx"\} \d', text
    )
    assert re.search(r'cityhub_http_requests_total\{route="/api/v1/latest/\{kind\}",status="2xx"\} \d', text)
    assert 'cityhub_snapshot_age_seconds{kind="parking"}' in text
    assert "cityhub_live_clients" in text
    assert "wp-login" not in text


def test_errors_of_every_sort_are_problem_documents(api: Any) -> None:
    for method, path, status in (
        ("GET", "/api/v2", 404),
        ("GET", "/maps/noise", 404),
        ("GET", "/maps/air/", 404),
        ("GET", "/api/v1/sensors/", 404),
        ("GET", "/api/v1/kinds/", 404),
        ("POST", "/api/v1/kinds", 405),
        ("DELETE", "/api/v1/latest/air", 405),
        ("GET", "/api/v1/latest/noise", 400),
        ("GET", "/api/v1/sensors?limit=0", 400),
        ("GET", "/api/v1/sensors/air-nowhere", 404),
    ):
        answer = api.client.request(method, path)
        problem = answer.json()
        assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), path
        assert problem["status"] == status
        assert problem["type"]
        assert problem["title"]
        assert problem["detail"]
        if status == 405:
            assert "GET" in answer.headers["allow"]


def test_an_error_of_our_own_tells_nothing_of_the_inside(api: Any, monkeypatch: Any) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("cityhub.store.sensors.get", fail)
    with structlog.testing.capture_logs() as logged:
        answer = api.client.get("/api/v1/sensors/air-trung-yen-3")
    # The template: a path may hold a token or a plate.
    assert [line["route"] for line in logged if line.get("exc_info")] == ["/api/v1/sensors/{sensor_id}"]
    assert (answer.status_code, answer.headers["content-type"]) == (500, PROBLEM)
    assert "secret" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


def test_any_site_may_read_the_api(api: Any) -> None:
    assert api.client.get("/api/v1/kinds").headers["access-control-allow-origin"] == "*"
    preflight = api.client.options(
        "/api/v1/latest/air",
        headers={
            "Origin": "https://portal.example",
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": "If-None-Match",
        },
    )
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]


def test_only_embedded_maps_may_stand_in_frames_of_other_sites(api: Any) -> None:
    def ancestors(path: str) -> str:
        policy = str(api.client.get(path).headers["content-security-policy"])
        return policy.partition("frame-ancestors ")[2].partition(";")[0]

    assert ancestors("/embed/air") == "*"
    assert ancestors("/maps/air") == ancestors("/") == ancestors("/docs") == "'self'"


@pytest.mark.parametrize(
    "path",
    [
        "/healthz",
        "/api/v1/kinds",
        "/api/v1/latest/air",
        "/api/v1/sensors",
        "/openapi.json",
        "/docs",
        "/api/v1/live",
    ],
)
def test_head_answers_like_get_without_a_body(api: Any, path: str) -> None:
    answer = api.client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_openapi_document_is_3_1_and_kept_by_caches(api: Any) -> None:
    answer = api.client.get("/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    # Not FastAPI's own answer to a wrong parameter, which is 400 here.
    assert "HTTPValidationError" not in str(document["paths"])
    again = api.client.get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_the_documentation_asks_no_foreign_host(api: Any) -> None:
    page = api.client.get("/docs").text
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
    assert "https://" not in page
    for address in addresses:
        assert api.client.get(address).status_code == 200, address


def test_kinds_tell_units_ranges_and_colours(api: Any) -> None:
    kinds = {row["kind"]: row for row in api.client.get("/api/v1/kinds").json()["kinds"]}
    assert list(kinds) == ["air", "rain", "flood", "water", "parking"]
    pm2_5 = next(row for row in kinds["air"]["properties"] if row["property"] == "pm2_5")
    assert (pm2_5["unit"], pm2_5["low"], pm2_5["high"]) == ("µg/m³", 0, 1000)
    assert pm2_5["change"] == {"jump": 100, "per_hour": 300}
    assert pm2_5["unchanged"] == {"hours": 3, "above": 5, "below": None}
    assert kinds["parking"]["properties"][0]["change"] is None
    assert kinds["air"]["marker"]["bands"][1]["start"] == 51


def test_a_strange_host_header_is_no_fault_of_ours(api: Any) -> None:
    for host in ("", "[", "a b", "x" * 300, "exa_mple:99999"):
        with socket.create_connection(("127.0.0.1", int(api.url.rpartition(":")[2])), timeout=5) as raw:
            raw.sendall(
                f"GET /api/v1/sensors?limit=1 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            )
            status = raw.recv(100).split(b" ")[1]
        assert status in (b"200", b"400"), host


def test_it_stops_quickly_even_with_open_streams(run_api: Any, database_url: Any) -> None:
    with run_api(read_settings(database_url=database_url)) as api:
        with httpx.stream("GET", f"{api.url}/api/v1/live", timeout=10) as stream:
            chunks = stream.iter_text()
            assert next(chunks).startswith(":")
            api.server.should_exit = True
            # Cut off it would raise.
            assert list(chunks) is not None
        api.stop()
