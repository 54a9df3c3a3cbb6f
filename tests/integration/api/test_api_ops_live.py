"""Open consoles hear that something changed, as long as who opened them may."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from api import console_feed
from cityhub.config import read_settings
from cityhub.devices import trouble as rules
from cityhub.store import acknowledgements, batches, maintenance, people, sensors
from tests.integration.api.conftest import RunningApi, running
from tests.signing_in import FIRST, HTML, sign_in
from tests.waiting import eventually

SENSOR = "air-us-embassy"
KEY = "viewer-0123456789abcdef"


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        sign_in_rate_per_minute=0,
        second_factor="optional",
        api_keys=f"viewer:{KEY}:ops:read",
    )
    with running(settings) as api:
        yield api


@pytest.fixture
def operator(browser: httpx.Client, conn: psycopg.Connection, name: str) -> str:
    """Somebody who signed in with `browser`, and may acknowledge."""
    person = people.by_name(conn, name)
    people.set_role(conn, person, "operator")
    people.set_password(conn, person, FIRST, must_change=False)
    assert sign_in(browser, name).status_code == 303
    return name


@contextmanager
def listening(browser: httpx.Client) -> Iterator[Callable[[], str]]:
    """Reads the next event's name, "" at the stream's end; opens with the one that comes at once read."""
    headers = {"Accept": "text/event-stream"}
    with browser.stream("GET", "/ops/live", headers=headers, timeout=20) as stream:
        assert stream.status_code == 200, stream.read()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "private, no-store"
        lines = stream.iter_lines()

        def event() -> str:
            return next((line.removeprefix("event: ") for line in lines if line.startswith("event: ")), "")

        assert event() == "changed"
        yield event


@pytest.fixture
def hear(browser: httpx.Client, operator: str) -> Iterator[Callable[[], str]]:
    del operator
    with listening(browser) as event:
        yield event


def test_a_colleagues_word_and_a_new_trouble_are_heard(
    browser: httpx.Client, conn: psycopg.Connection, hear: Callable[[], str]
) -> None:
    now = datetime.now(UTC)
    subject, due_at = f"sensor:{SENSOR}", now + timedelta(hours=1)
    note = acknowledgements.acknowledge(conn, subject, "silent", "minh", "called", now, due_at)
    assert hear() == "changed"
    assert "minh" in browser.get("/ops?state=acknowledged&lang=en").text
    acknowledgements.undo(conn, note, "minh", now)
    assert hear() == "changed"
    maintenance.begin(conn, SENSOR, "minh", "a car is under way", now, due_at)
    assert hear() == "changed"
    id = sensors.datastream_ids(conn)["air-my-dinh", "battery"]
    with conn.transaction():
        batches.add(conn, [(id, datetime.now(UTC), rules.LOW_BATTERY - 1.0, 0)])

    def is_told() -> bool:
        # What came before may be heard of twice: of what people know, and of what is wrong.
        assert hear() == "changed"
        page = browser.get("/ops?kind=air&code=low_battery&lang=en").text
        return re.search(r'<h3>Low battery · <a href="/ops/devices/air-my-dinh\?', page) is not None

    eventually(is_told, 20)


ENDS: dict[str, Callable[[httpx.Client, psycopg.Connection, str], Any]] = {
    "signs out": lambda browser, _conn, _name: browser.post("/logout"),
    "gets another role": lambda _browser, conn, name: people.set_role(
        conn, people.by_name(conn, name), "viewer"
    ),
    "is shut out": lambda _browser, conn, name: people.disable(
        conn, people.by_name(conn, name), datetime.now(UTC)
    ),
    "is signed out by the clock": lambda _browser, conn, _name: conn.execute(
        "UPDATE sign_in SET last_seen_at = last_seen_at - INTERVAL '3 hours'"
    ),
    "gets a new password": lambda browser, _conn, _name: browser.post(
        "/account/password", data={"password": FIRST, "new_password": "bốn từ không liên quan"}
    ),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_stream_ends_when_who_listens(
    browser: httpx.Client,
    conn: psycopg.Connection,
    operator: str,
    hear: Callable[[], str],
    end: Callable[[httpx.Client, psycopg.Connection, str], object],
) -> None:
    end(browser, conn, operator)
    assert hear() in ("", "changed")
    assert hear() == ""


def test_streams_end_where_nobody_is_asked_any_more_who_may_listen(
    hear: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_of: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(console_feed, "_asked", broken)
    assert hear() in ("", "changed")
    assert hear() == ""


def test_listening_keeps_nobody_signed_in(
    browser: httpx.Client, conn: psycopg.Connection, operator: str
) -> None:
    person, earlier = people.by_name(conn, operator), datetime.now(UTC) - timedelta(hours=1)
    conn.execute("UPDATE sign_in SET last_seen_at = %s WHERE person_id = %s", (earlier, person.id))
    with listening(browser):
        seen = conn.execute("SELECT last_seen_at FROM sign_in WHERE person_id = %s", (person.id,)).fetchall()
    assert seen == [(earlier,)]


def test_strangers_and_keys_hear_nothing(api: RunningApi, browser: httpx.Client) -> None:
    headers = {"Accept": "text/event-stream"}
    assert browser.get("/ops/live", headers=headers).status_code == 401
    assert browser.get("/ops/live", headers=HTML).status_code == 303
    answer = api.client.get("/ops/live", headers={"Authorization": f"Bearer {KEY}", **headers})
    assert (answer.status_code, answer.json()["detail"]) == (
        403,
        "This is for people who signed in, not for keys",
    )


def test_streams_are_bounded_and_given_back(
    api: RunningApi, browser: httpx.Client, operator: str, conn: psycopg.Connection
) -> None:
    del operator, conn
    console = api.server.config.app.state.hub.console  # type: ignore[union-attr]
    with ExitStack() as stack:
        for _ in range(console_feed.PER_PERSON):
            stack.enter_context(listening(browser))
        refused = browser.get("/ops/live", headers={"Accept": "text/event-stream"})
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        head = browser.head("/ops/live")
        assert (head.status_code, head.content) == (200, b"")
    eventually(lambda: console.clients == 0)
