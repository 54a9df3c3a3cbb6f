"""`./hub quarantine`: what devices sent is shown, never obeyed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.catalogue import Catalogue, read
from cityhub.config import read_settings
from cityhub.observing.decode import decode
from cityhub.observing.decoded import Reason, Rejected
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, quarantine
from cityhub.store.registry import Registry
from jobs.tasks import tasks

_NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
_EVIL = b"\x1b[2J[/red]{not json\n"


def _reject(url: str, topic: str) -> None:
    entry = quarantine.Entry(topic, _EVIL, len(_EVIL), Rejected("json", "not JSON [bold]", "air-1"), _NOW)
    with connect(url, "tests") as conn:
        quarantine.add(conn, [entry])


def test_what_a_device_sent_is_listed_and_shown_as_it_is_but_harmless(hub, database_url: str) -> None:
    _reject(database_url, "hanoi/air/[/x]\x1b/telemetry")
    code, out, _ = hub("quarantine", "list", "--reason", "json")
    assert code == 0
    assert "hanoi/air/[/x]\\x1b/telemetry" in out
    assert "not JSON [bold]" in out
    assert "2026-11-22 10:00:00+07:00" in out
    with connect(database_url, "tests") as conn:
        (row,) = quarantine.list(conn)
    code, out, _ = hub("quarantine", "show", str(row.id))
    assert code == 0
    assert "\\x1b[2J[/red]{not json\\n" in out
    assert "\x1b" not in out


def test_an_unknown_number_is_one_clear_line(hub) -> None:
    assert hub("quarantine", "show", "999999") == (1, "", "hub: no quarantined message with id '999999'\n")


def test_nothing_found_is_said(hub) -> None:
    assert hub("quarantine", "list", "--sensor", "none-such") == (0, "nothing in quarantine\n", "")


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The module's database in autocommit, with nothing in quarantine before and no observation after."""
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute("TRUNCATE quarantine")
        yield conn
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


def _receive(conn: psycopg.Connection, topic: str, payload: bytes, at: datetime = _NOW) -> None:
    """What ingest does with the bad parts of a message, with the catalogue of this moment."""
    registry = Registry()
    registry.refresh(conn)
    decoded = decode("hanoi", topic, payload, at, registry.known)
    quarantine.add(
        conn, [quarantine.Entry(topic, payload, len(payload), one, at) for one in decoded.rejected]
    )


def _add_sensor(conn: psycopg.Connection, id: str) -> None:
    (model,) = (sensor for sensor in read().sensors if sensor.id == "air-us-embassy")
    store_catalogue.save(conn, Catalogue((), (replace(model, id=id),)))


def _stored(conn: psycopg.Connection, sensor_id: str) -> list[tuple[str, datetime, float]]:
    return conn.execute(
        "SELECT d.property, o.time, o.value FROM observation o JOIN datastream d ON d.id = o.datastream_id"
        " WHERE d.sensor_id = %s ORDER BY 1, 2",
        (sensor_id,),
    ).fetchall()


def _everything(conn: psycopg.Connection) -> list[object]:
    tables = ("quarantine", "observation", "observation_hourly", "latest")
    # When the newest was told last, and how often the past of it, is no part of what is stored.
    rows = "SELECT to_jsonb(t) - 'stored_at' - 'revision' FROM {} t ORDER BY 1"
    return [conn.execute(rows.format(table)).fetchall() for table in tables]  # type: ignore[call-overload]


def test_messages_of_a_sensor_that_was_added_later_are_stored_once_with_their_own_times(
    hub, conn: psycopg.Connection
) -> None:
    topic = "hanoi/air/air-added-later/telemetry"
    measured = _NOW - timedelta(hours=3)
    _receive(conn, topic, f'{{"time": "{measured.isoformat()}", "values": {{"pm2_5": 7}}}}'.encode())
    _receive(conn, topic, b'{"values": {"pm2_5": 8, "radon": 1}}')
    _receive(conn, topic, b'{"values": {"pm2_5": 8, "radon": 1}}', _NOW + timedelta(minutes=9))
    _receive(conn, "hanoi/air/air-nobody/telemetry", b'{"values": {"pm2_5": 9}}')
    assert hub("quarantine", "replay") == (
        0,
        "replayed 3 messages: stored 0 observations, 3 still bad\n",
        "",
    )
    _add_sensor(conn, "air-added-later")
    replay = ("quarantine", "replay", "--reason", "unknown_sensor")
    assert hub(*replay) == (0, "replayed 3 messages: stored 2 observations, 2 still bad\n", "")
    assert _stored(conn, "air-added-later") == [("pm2_5", measured, 7), ("pm2_5", _NOW, 8)]
    assert [(row.reason, row.detail, row.n) for row in quarantine.list(conn)] == [
        ("unknown_sensor", "air/air-nobody", 1),
        ("unknown_property", "radon", 2),
    ]
    before = _everything(conn)
    assert hub(*replay) == (0, "replayed 1 messages: stored 0 observations, 1 still bad\n", "")
    assert hub("quarantine", "replay")[1] == "replayed 2 messages: stored 0 observations, 2 still bad\n"
    assert _everything(conn) == before


def test_a_replay_of_one_sensor_leaves_the_others(hub, conn: psycopg.Connection) -> None:
    for id in ("air-left", "air-right"):
        _receive(conn, f"hanoi/air/{id}/telemetry", b'{"values": {"pm2_5": 1}}')
        _add_sensor(conn, id)
    assert "stored 1 observations, 0 still bad" in hub("quarantine", "replay", "--sensor", "air-left")[1]
    assert [row.sensor_id for row in quarantine.list(conn)] == ["air-right"]


def test_a_message_that_is_bad_in_two_ways_has_a_row_for_each(hub, conn: psycopg.Connection) -> None:
    topic, payload = "hanoi/air/air-twice-bad/telemetry", b'{"values": {"pm2_5": "x", "radon": 1}}'
    _receive(conn, topic, payload)
    _add_sensor(conn, "air-twice-bad")
    hub("quarantine", "replay")
    reasons = [(row.reason, row.n) for row in quarantine.list(conn)]
    assert sorted(reasons) == [("not_a_number", 1), ("unknown_property", 1)]
    # The same as if it had been received after the fix: coming again, it counts up.
    _receive(conn, topic, payload, _NOW + timedelta(minutes=1))
    assert sorted((row.reason, row.n) for row in quarantine.list(conn)) == [
        ("not_a_number", 2),
        ("unknown_property", 2),
    ]


def test_a_row_whose_reason_changed_joins_the_row_that_is_there(hub, conn: psycopg.Connection) -> None:
    topic, payload = "hanoi/air/air-joined/telemetry", b'{"values": {"radon": 1}}'
    _receive(conn, topic, payload)
    _add_sensor(conn, "air-joined")
    _receive(conn, topic, payload, _NOW + timedelta(hours=1))
    hub("quarantine", "replay", "--reason", "unknown_sensor")
    (row,) = quarantine.list(conn)
    assert (row.reason, row.n) == ("unknown_property", 2)
    assert (row.first_received_at, row.last_received_at) == (_NOW, _NOW + timedelta(hours=1))


def test_a_message_that_the_database_refuses_stays_and_the_others_are_stored(
    hub, conn: psycopg.Connection
) -> None:
    for number in range(20):
        moment = (_NOW - timedelta(seconds=number)).isoformat()
        value = 66 if number == 13 else 1
        payload = f'{{"time": "{moment}", "values": {{"pm2_5": {value}}}}}'.encode()
        _receive(conn, "hanoi/air/air-refused/telemetry", payload)
    _add_sensor(conn, "air-refused")
    conn.execute("ALTER TABLE observation ADD CONSTRAINT not_66 CHECK (value <> 66)")
    try:
        out = hub("quarantine", "replay")[1]
    finally:
        conn.execute("ALTER TABLE observation DROP CONSTRAINT not_66")
    assert out == "replayed 20 messages: stored 19 observations, 1 still bad\n"
    assert [row.reason for row in quarantine.list(conn)] == ["refused"]
    assert hub("quarantine", "replay")[1] == "replayed 1 messages: stored 1 observations, 0 still bad\n"
    assert len(_stored(conn, "air-refused")) == 20


def test_a_replay_can_be_left_to_background_work(hub, conn: psycopg.Connection, database_url: str) -> None:
    _receive(conn, "hanoi/air/air-for-later/telemetry", b'{"values": {"pm2_5": 1}}')
    _receive(conn, "hanoi/air/air-for-later/telemetry", b"{not json")
    _add_sensor(conn, "air-for-later")
    code, out, _ = hub("quarantine", "replay", "--background", "--reason", "unknown_sensor")
    assert (code, out.split()[2:]) == (0, ["waits", "for", "./hub", "jobs"])
    assert len(quarantine.list(conn)) == 2
    [(task, arguments)] = conn.execute("SELECT task_name, args FROM procrastinate_jobs").fetchall()
    settings = read_settings(database_url=database_url)
    (found,) = (one for one in tasks(settings) if one.name == task)
    found.run(settings, **arguments)
    assert _stored(conn, "air-for-later") == [("pm2_5", _NOW, 1)]
    assert [row.reason for row in quarantine.list(conn)] == ["json"]


def test_more_than_one_portion_is_replayed(
    hub, conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = quarantine.portion
    sizes = []

    def small(conn: psycopg.Connection, **bounds: object) -> list[quarantine.QuarantineRow]:
        rows = whole(conn, **bounds, limit=6, max_bytes=360)  # type: ignore[arg-type]
        sizes.append(len(rows))
        return rows

    monkeypatch.setattr("jobs.quarantine.quarantine.portion", small)
    for number in range(20):
        payload = f'{{"time": {1_790_000_000 + number}, "values": {{"pm2_5": 1}}}}'.encode()
        # With its topic and detail 93 bytes.
        _receive(conn, "hanoi/air/air-portions/telemetry", payload)
    _add_sensor(conn, "air-portions")
    assert "replayed 20 messages: stored 20 observations" in hub("quarantine", "replay")[1]
    assert sizes == [4, 4, 4, 4, 4, 0]


def test_a_message_that_was_cut_cannot_be_replayed_and_is_counted(hub, conn: psycopg.Connection) -> None:
    entry = quarantine.Entry("hanoi/x", b"cut", 300_000, Rejected("too_large", "300000 bytes"), _NOW)
    quarantine.add(conn, [entry])
    code, out, _ = hub("quarantine", "replay")
    assert code == 0
    assert out.startswith("replayed 0 messages: stored 0 observations, 0 still bad\n1 messages cannot")
    assert len(quarantine.list(conn)) == 1


def test_purge_removes_by_age_and_reason(hub, conn: psycopg.Connection) -> None:
    now = datetime.now(UTC)

    def reject(reason: Reason, days: int) -> None:
        entry = quarantine.Entry("hanoi/x", b"x", 1, Rejected(reason, f"{days}"), now - timedelta(days=days))
        quarantine.add(conn, [entry])

    for days in (1, 29, 31, 100):
        reject("json", days)
    reject("topic", 50)
    code, out, _ = hub("quarantine", "purge", "--older-than", "30", "--reason", "json")
    assert code == 0
    assert out.startswith("removed 2 rows last received before ")
    assert sorted(row.detail for row in quarantine.list(conn)) == ["1", "29", "50"]
    assert hub("quarantine", "purge")[1].startswith("removed 1 rows ")  # older than 30 days
    assert hub("quarantine", "purge", "--older-than", "0")[1].startswith("removed 2 rows ")
    assert quarantine.list(conn) == []
