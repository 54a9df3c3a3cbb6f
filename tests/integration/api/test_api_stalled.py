"""A database that stands still holds up who asks for its rows, and nobody else."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.kinds import KINDS
from maps.assets import LEAFLET
from portal.assets import SWAGGER_UI
from tests.waiting import eventually

# More than the pool of threads has (40): whenever one gives up, the next is there.
WAITING = 150
SOON_S = 1
# As Chromium asks when somebody opens an address.
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def waits(client: httpx.Client, path: str) -> bool:
    try:
        client.get(path)
    except httpx.ReadTimeout:
        return True
    return False


@pytest.fixture(scope="module")
def stalled_api(
    run_api: Any, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[httpx.Client]:
    """A client of a server whose threads all wait for a locked table."""
    packages = tmp_path_factory.mktemp("packages")
    for name in (*LEAFLET, *SWAGGER_UI):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("stands for a package's file")
    settings = read_settings(database_url=database_url, assets_dir=str(packages))
    with run_api(settings) as api, ExitStack() as held, psycopg.connect(database_url) as conn:
        conn.execute("LOCK TABLE sensor IN ACCESS EXCLUSIVE MODE")
        port = int(api.url.rpartition(":")[2])
        for _ in range(WAITING):
            request = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            request.sendall(b"GET /api/v1/sensors HTTP/1.1\r\nHost: hub\r\n\r\n")
        with httpx.Client(base_url=api.url, timeout=SOON_S) as client:
            # Asked after all of them, so that by then they have every thread.
            eventually(lambda: waits(client, "/readyz"))
            yield client
        conn.rollback()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?lang=en",
        *(f"/{page}/{kind}" for page in ("maps", "embed") for kind in KINDS),
        "/static/live.js",
        "/static/home.css",
        f"/static/vendor/{LEAFLET[0]}",
        "/docs",
        "/openapi.json",
        "/healthz",
        "/api/v1/kinds",
        *(f"/api/v1/latest/{kind}" for kind in KINDS),
    ],
)
def test_pages_and_what_lies_in_memory_are_answered_at_once(stalled_api: httpx.Client, path: str) -> None:
    assert stalled_api.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/nowhere", "/maps/noise", "/static/none.js", "/api/v1/latest/noise"])
@pytest.mark.parametrize("headers", [{}, HTML])
def test_errors_are_told_at_once(stalled_api: httpx.Client, path: str, headers: dict[str, str]) -> None:
    assert stalled_api.get(path, headers=headers).status_code in (400, 404)


def test_who_asks_for_rows_has_to_wait(stalled_api: httpx.Client) -> None:
    assert waits(stalled_api, "/api/v1/sensors")
