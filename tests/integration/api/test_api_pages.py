"""Pages, and what lies in memory, are answered at once when the database stands still and no thread is left."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from api.access import public
from cityhub.config import read_settings
from cityhub.kinds import KINDS
from maps.assets import LEAFLET
from portal.assets import SWAGGER_UI
from tests.waiting import eventually

# As many as routes that are no coroutines have; see anyio.to_thread.
THREADS = 40
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
    """A client of a server whose sensors are locked and whose threads all wait."""
    packages = tmp_path_factory.mktemp("packages")
    for name in (*LEAFLET, *SWAGGER_UI):
        (packages / name).parent.mkdir(parents=True, exist_ok=True)
        (packages / name).write_text("stands for a package's file")
    settings = read_settings(database_url=database_url, assets_dir=str(packages))
    released = threading.Event()
    held: list[int] = []

    def install(app: FastAPI) -> None:
        @app.get("/holds-a-thread")
        @public
        def hold() -> None:
            held.append(threading.get_ident())
            released.wait(60)

    with run_api(settings, install) as api, ExitStack() as open_, psycopg.connect(database_url) as conn:
        client = open_.enter_context(httpx.Client(base_url=api.url, timeout=SOON_S))
        # What draws maps is loaded after the start.
        eventually(lambda: not waits(client, "/maps/air"))
        conn.execute("LOCK TABLE sensor IN ACCESS EXCLUSIVE MODE")
        open_.callback(released.set)
        port = int(api.url.rpartition(":")[2])
        for _ in range(THREADS):
            request = open_.enter_context(socket.create_connection(("127.0.0.1", port)))
            request.sendall(b"GET /holds-a-thread HTTP/1.1\r\nHost: hub\r\n\r\n")
        eventually(lambda: len(set(held)) == THREADS)
        yield client
        conn.rollback()


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?lang=en",
        "/air",
        "/air/air-tan-mai",
        "/rain",
        "/flood",
        "/water",
        "/offline",
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
