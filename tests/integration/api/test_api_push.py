"""A browser asks over HTTP to be told before the end of a stay."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.store import connect, sessions
from tests.integration.api.conftest import RunningApi
from tests.prices import save_flat

# RFC 8291, section 5.
PRIVATE = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
PUBLIC = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
ASKED: dict[str, Any] = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
    "expirationTime": None,
    "keys": {
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
    "lang": "en",
}


@pytest.fixture(scope="module")
def hub(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        vapid_private_key=PRIVATE,
        vapid_subject="mailto:o@example.vn",
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with run_api(settings) as api:
        yield api


def begun(api: RunningApi, conn: psycopg.Connection, *, is_paid: bool = True) -> str:
    body = {"place_id": "ltk-01", "plate": "30A-123.45", "vehicle": "car", "minutes": 60}
    found = api.client.post("/api/v1/parking/sessions", json=body).json()
    if is_paid:
        with conn.transaction():
            sessions.paid(conn, found["id"], 1, datetime.now(UTC))
    return str(found["token"])


def test_a_paid_stay_offers_it_and_takes_a_browser_once(hub: RunningApi, conn: psycopg.Connection) -> None:
    token = begun(hub, conn)
    page = hub.client.get(f"/p/{token}?lang=en").text
    assert f'data-key="{PUBLIC}" data-path="/p/{token}/push" hidden>' in page
    for _ in range(2):
        assert hub.client.post(f"/p/{token}/push", json=ASKED).status_code == 204
    assert conn.execute(
        "SELECT endpoint, language FROM push_subscription JOIN parking_session s ON s.id = session_id WHERE token = %s",
        (token,),
    ).fetchall() == [(ASKED["endpoint"], "en")]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"endpoint": "https://127.0.0.1/x"}, 400), ({"endpoint": "http://push.example.net/x"}, 400), ({"keys": {}}, 400),
     ({"keys": {"p256dh": "AAAA", "auth": "AAAA"}}, 400), ({"lang": "fr"}, 400), ({"endpoint": "x" * 2000}, 400)],
)  # fmt: skip
def test_what_is_no_subscription_is_refused(
    hub: RunningApi, conn: psycopg.Connection, changes: dict[str, Any], status: int
) -> None:
    token = begun(hub, conn)
    assert hub.client.post(f"/p/{token}/push", json=ASKED | changes).status_code == status
    assert hub.client.post(f"/p/{token}/push", data={"endpoint": "x"}).status_code == 415


def test_a_stay_that_is_not_paid_for_and_one_that_nobody_knows_take_none(
    hub: RunningApi, conn: psycopg.Connection
) -> None:
    waiting = begun(hub, conn, is_paid=False)
    assert 'id="push"' not in hub.client.get(f"/p/{waiting}").text
    assert hub.client.post(f"/p/{waiting}/push", json=ASKED).status_code == 422
    assert hub.client.post(f"/p/{'x' * 22}/push", json=ASKED).status_code == 404


def test_a_hub_without_keys_offers_nothing(api: RunningApi, conn: psycopg.Connection) -> None:
    token = begun(api, conn)
    assert 'id="push"' not in api.client.get(f"/p/{token}").text
    assert api.client.post(f"/p/{token}/push", json=ASKED).status_code == 404


def test_the_worker_of_the_pages_loads_the_part_that_shows_messages(hub: RunningApi) -> None:
    found = re.search(r'importScripts\("([^"]+)"\)', hub.client.get("/worker.js").text)
    assert found is not None
    part = hub.client.get(found[1])
    assert part.status_code == 200
    assert part.headers["content-type"].startswith("text/javascript")
