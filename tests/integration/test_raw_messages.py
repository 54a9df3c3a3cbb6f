"""Somebody listens to a sensor: what comes is kept as it came, bounded, for a day."""

import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from cityhub.config import Settings, read_settings
from cityhub.errors import InvalidInput, RuleBroken
from cityhub.observing import topics
from cityhub.stopping import Stopping
from cityhub.store import connect, raw_messages, sensors
from cityhub.store.raw_messages import MOST, MOST_BYTES, RawMessage
from ingest.inbox import Inbox
from ingest.message import Message
from ingest.readiness import Readiness
from ingest.writer import Writer
from tests import role_keys
from tests.integration.api.conftest import RunningApi, running
from tests.waiting import eventually

SENSOR, OTHER = "air-kim-lien", "air-my-dinh"
PREFIX = "hanoi"
SCOPES = {
    "operator": "ops:read+ops:write+enforcement:read",
    "viewer": "ops:read",
    "gateway": "ops:read+ops:write",
}
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def api(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        key_rate_per_minute=0,
        api_keys=role_keys.in_settings(SCOPES),
    )
    with running(settings) as api:
        yield api


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        conn.execute("DELETE FROM raw_message; DELETE FROM sensor_listening")


@pytest.fixture
def put(hub_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Has a writer store a message of a sensor, and waits until it did."""
    monkeypatch.setattr("ingest.raw_messages.ASKED_EVERY_S", 0)
    # As the API has it.
    settings = hub_settings.model_copy(update={"topic_prefix": PREFIX})
    inbox, stopping = Inbox(), Stopping()
    done: list[Message] = []
    writer = Writer(settings, inbox, done.extend, Readiness(), stopping)
    thread = threading.Thread(target=writer.run)
    thread.start()

    def one(sensor_id: str, *payloads: bytes) -> None:
        topic, now, before = (
            topics.telemetry(PREFIX, "air", sensor_id),
            datetime.now(UTC),
            len(done),
        )
        inbox.put(
            *(Message(topic, text, len(text), number, 1, now) for number, text in enumerate(payloads, 1))
        )
        eventually(lambda: len(done) == before + len(payloads))

    yield one
    stopping.set()
    inbox.close()
    thread.join(20)


def reading(value: float, **more: str) -> bytes:
    extra = "".join(f', "{name}": "{text}"' for name, text in more.items())
    return f'{{"time": "{datetime.now(UTC).isoformat()}", "values": {{"pm2_5": {value}}}{extra}}}'.encode()


def ask(api: RunningApi, path: str = "", who: str = "operator", **asked: str) -> httpx.Response:
    headers = role_keys.headers(who)
    return api.client.get(f"/ops/devices/{SENSOR}{path}", params={"lang": "en", **asked}, headers=headers)


def send(api: RunningApi, path: str, who: str = "operator", **form: str) -> httpx.Response:
    headers = role_keys.headers(who)
    return api.client.post(f"/ops/devices/{SENSOR}/{path}", data={"lang": "en", **form}, headers=headers)


def test_what_comes_while_somebody_listens_is_seen_as_it_came(
    api: RunningApi, put: Callable[..., None], conn: psycopg.Connection
) -> None:
    put(SENSOR, reading(11))
    assert "None in the last day." in ask(api, "/messages").text
    assert "Listen for 10 minutes" in ask(api).text
    assert send(api, "listen", why="").status_code == 400
    done = send(api, "listen", why="sends nonsense <b>at night</b>")
    assert (done.status_code, done.headers["location"]) == (
        303,
        f"/ops/devices/{SENSOR}/messages?said=listening",
    )
    put(SENSOR, reading(12.5, plate="<i>30A-12345</i>"), b'{"values": {"pm2_5": "ERR"}}', b"\xff\x00")
    put(OTHER, reading(99))
    page = ask(api, "/messages", said="listening").text
    assert "Listening for 10 minutes." in page
    assert "key:operator listens until" in page
    assert "sends nonsense &lt;b&gt;at night&lt;/b&gt;" in page
    assert "&#34;plate&#34;: &#34;&lt;i&gt;30A-12345&lt;/i&gt;&#34;" in page
    assert '<strong class="figure">12.5</strong>' in page
    assert "\\xff" in page
    assert page.count('<pre class="raw"') == 3
    assert [one.topic.split("/")[2] for one in raw_messages.newest(conn, OTHER, datetime.now(UTC))] == []
    assert send(api, "listen/end").status_code == 303
    put(SENSOR, reading(13))
    assert ask(api, "/messages").text.count('<pre class="raw"') == 3
    assert send(api, "listen/end").status_code == 404
    trail = conn.execute(
        "SELECT action, why FROM audit_entry WHERE object = %s ORDER BY id", (f"sensor:{SENSOR}",)
    ).fetchall()
    assert trail == [("listening begun", "sends nonsense <b>at night</b>"), ("listening ended", "")]


def test_who_only_looks_reads_nothing_of_it(api: RunningApi, conn: psycopg.Connection) -> None:
    raw_messages.begin(conn, SENSOR, "lan", "why", datetime.now(UTC))
    assert ask(api, "/messages", "viewer").status_code == 403
    assert send(api, "listen", "viewer", why="x").status_code == 403
    page = ask(api, who="viewer").text
    assert "lan listens until" in page
    assert "/listen" not in page
    assert "/messages" not in page
    # Who may listen and reads no plates.
    assert ask(api, "/messages", "gateway").status_code == 403
    assert f"/ops/devices/{SENSOR}/messages?" not in re.sub(
        'name="back".*?>', "", ask(api, who="gateway").text
    )


def test_listening_ends_by_itself_and_what_was_kept_after_a_day(conn: psycopg.Connection) -> None:
    now = datetime.now(UTC)
    raw_messages.begin(conn, SENSOR, "lan", "why", now)
    # Once more: from then on.
    until = raw_messages.begin(conn, SENSOR, "minh", "why", now + MINUTE)
    assert until == now + 11 * MINUTE
    assert raw_messages.listened(conn, now + 10 * MINUTE) == {SENSOR}
    assert raw_messages.listened(conn, until) == frozenset()
    raw_messages.keep(conn, [message(b"x", now)])
    assert len(raw_messages.newest(conn, SENSOR, now)) == 1
    assert raw_messages.newest(conn, SENSOR, now + raw_messages.KEPT) == []
    assert raw_messages.forget(conn, now + raw_messages.KEPT) == 1
    # A clock that was ahead keeps nothing for longer.
    raw_messages.keep(conn, [message(b"x", now), message(b"y", now + raw_messages.KEPT + MINUTE)])
    assert raw_messages.forget(conn, now) == 1
    with pytest.raises(InvalidInput):
        raw_messages.begin(conn, SENSOR, "lan", "  ", now)


def message(payload: bytes, at: datetime) -> RawMessage:
    return RawMessage(SENSOR, f"hanoi/air/{SENSOR}/telemetry", payload, len(payload), False, at)


def test_it_is_bounded_in_messages_in_bytes_and_in_sensors(conn: psycopg.Connection) -> None:
    now = datetime.now(UTC)
    raw_messages.keep(conn, [message(b"%d" % number, now) for number in range(MOST)])
    raw_messages.keep(conn, [message(b"y" * (MOST_BYTES + 1), now), message(b"z", now)])
    kept = raw_messages.newest(conn, SENSOR, now)
    assert [one.payload for one in kept[::19]] == [b"z", b"2"]
    assert (kept[1].is_cut, len(kept[1].payload), kept[1].payload_bytes) == (True, MOST_BYTES, MOST_BYTES + 1)
    assert conn.execute("SELECT count(*) FROM raw_message").fetchall() == [(MOST,)]
    ids = [id for id in sorted(sensors.known(conn)) if id != SENSOR][: raw_messages.MOST_SENSORS]
    for id in ids:
        raw_messages.begin(conn, id, "lan", "why", now)
    with pytest.raises(RuleBroken):
        raw_messages.begin(conn, SENSOR, "lan", "why", now)
    # One of those again is no more than there were.
    raw_messages.begin(conn, ids[0], "lan", "why", now)
