"""What each operator chose to be told of, and pages that renew themselves: in a browser that is signed in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.store import connect, people, sensors
from tests.integration.api.conftest import RunningApi, running

PASSWORD = "bốn từ không liên quan"
KEY = "viewer-0123456789abcdef"


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        key_rate_per_minute=0,
        sign_in_rate_per_minute=0,
        second_factor="optional",
        api_keys=f"viewer:{KEY}:ops:read",
    )
    with running(settings) as api:
        yield api


@pytest.fixture(scope="module")
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


@contextmanager
def browser_of(api: RunningApi, conn: psycopg.Connection, name: str) -> Iterator[httpx.Client]:
    """A browser in which an operator is signed in."""
    with conn.transaction():
        people.add(conn, name, "operator", PASSWORD, datetime.now(UTC))
        people.set_password(conn, people.by_name(conn, name), PASSWORD, must_change=False)
    with httpx.Client(base_url=api.url, headers={"Accept": "text/html"}, timeout=60) as browser:
        assert browser.post("/login", data={"name": name, "password": PASSWORD}).status_code == 303
        yield browser


def console(browser: httpx.Client, **asked: str) -> str:
    page = browser.get("/ops", params={"lang": "en", **asked})
    assert page.status_code == 200, page.text
    return page.text


def open_troubles(page: str) -> int:
    [found] = re.findall(r"[Aa]?l?l? ?([\d,]+) troubles? of this filter", page)
    return int(found.replace(",", ""))


def test_what_an_operator_chose_is_their_console_and_the_rest_is_counted(
    api: RunningApi, conn: psycopg.Connection
) -> None:
    with browser_of(api, conn, "lan") as browser, browser_of(api, conn, "minh") as other:
        everything = open_troubles(console(browser))
        air = open_troubles(console(browser, kind="air"))
        assert 0 < air < everything
        sent = browser.post("/ops/reach", data={"lang": "en", "kind": ["air"], "back": "/ops?lang=en"})
        assert (sent.status_code, sent.headers["location"]) == (303, "/ops?lang=en&said=reach")
        page = console(browser)
        assert open_troubles(page) == air
        hidden = everything - air
        assert f"{hidden:,} more here do not reach you ({hidden:,} grave)" in page
        assert 'value="air" checked' in browser.get("/ops/reach?lang=en").text
        assert open_troubles(console(browser, reach="all")) == everything
        assert open_troubles(console(other)) == everything
        browser.post("/ops/reach", data={"code": ["weak_signal", "low_battery"]})
        assert f"{everything:,} more here do not reach you" in console(browser)
        browser.post("/ops/reach", data={"reset": "1", "kind": ["air"]})
        assert "Everything is shown." in console(browser)
        assert conn.execute("SELECT count(*) FROM console_reach").fetchall() == [(0,)]


def test_areas_can_be_chosen_and_nothing_else(api: RunningApi, conn: psycopg.Connection) -> None:
    [(set_id,)] = conn.execute(
        "INSERT INTO area_set (level, source) VALUES ('ward', 'test') RETURNING id"
    ).fetchall()
    conn.execute(
        "INSERT INTO area VALUES (%s, 'ward-one', NULL, 'Một', 'One', 'Phường Một', 'One Ward', '{}', '{}')",
        (set_id,),
    )
    sensor = sensors.of_kind(conn, "water")[0].id
    conn.execute("INSERT INTO sensor_area VALUES (%s, %s, 'ward-one')", (sensor, set_id))
    with browser_of(api, conn, "hoa") as browser:
        assert browser.post("/ops/reach", data={"area": ["ward-one"]}).status_code == 303
        assert set(re.findall(r'href="/ops/devices/([a-z0-9-]+)\?', console(browser))) == {sensor}
        for wrong in ({"area": "nowhere"}, {"kind": "snow"}, {"code": "tired"}):
            assert browser.post("/ops/reach", data=wrong).status_code == 400
    conn.execute("DELETE FROM area_set WHERE id = %s", (set_id,))


def test_a_program_chooses_nothing(api: RunningApi) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    assert api.client.get("/ops/reach", headers=headers).status_code == 403
    assert api.client.post("/ops/reach", headers=headers, data={"kind": "air"}).status_code == 403
    assert "/ops/reach" not in api.client.get("/ops", headers=headers).text


def test_a_page_that_renews_itself_keeps_nobody_signed_in(api: RunningApi, conn: psycopg.Connection) -> None:
    with browser_of(api, conn, "dung") as browser:
        before = datetime.now(UTC) - timedelta(minutes=90)
        seen = "UPDATE sign_in SET last_seen_at = %s WHERE person_id = (SELECT id FROM person WHERE name = 'dung')"
        conn.execute(seen, (before,))
        assert browser.get("/ops", headers={"Cityhub-By-Itself": "1"}).status_code == 200
        told = (
            "SELECT last_seen_at FROM sign_in WHERE person_id = (SELECT id FROM person WHERE name = 'dung')"
        )
        assert conn.execute(told).fetchall() == [(before,)]
        assert browser.get("/ops").status_code == 200
        assert conn.execute(told).fetchone() != (before,)
