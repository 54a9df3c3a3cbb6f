"""The writer against the real database: what is acknowledged is stored, and a state of the server loses nothing."""

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.config import Settings
from cityhub.observing import topics
from cityhub.stopping import Stopping
from cityhub.store import ingest_rates, quarantine
from ingest.inbox import Inbox
from ingest.message import Message
from ingest.readiness import Readiness
from ingest.writer import Writer
from tests.waiting import eventually

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


class Heard(Readiness):
    """Readiness that keeps what it is told of the database."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bool] = []

    def database(self, is_up: bool, worker: int = 0) -> None:
        self.told.append(is_up)
        super().database(is_up, worker)


class Running:
    """A writer on a thread, and what it acknowledged."""

    def __init__(self, settings: Settings) -> None:
        self.inbox = Inbox()
        self.acknowledged: list[int] = []
        self.told: list[str] = []
        self.health = Heard()
        self._topic = topics.telemetry(settings.topic_prefix, "rain", "rain-hoan-kiem")
        self.stopping = Stopping()
        writer = Writer(settings, self.inbox, self._acknowledge, self.health, self.stopping)
        self.thread = threading.Thread(target=writer.run)

    def _acknowledge(self, messages: Sequence[Message]) -> None:
        self.acknowledged += [message.packet_id for message in messages]
        self.told.append("acknowledged")

    def put(self, number: int, value: float, topic: str | None = None) -> None:
        moment = (START + timedelta(seconds=number)).isoformat()
        payload = f'{{"time": "{moment}", "values": {{"rain": {value}}}}}'.encode()
        now = datetime.now(UTC)
        self.inbox.put(Message(topic or self._topic, payload, len(payload), number, 1, now))

    def finish(self) -> None:
        self.inbox.close()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def running(hub_settings: Settings) -> Iterator[Running]:
    running = Running(hub_settings)
    yield running
    running.stopping.set()
    running.inbox.close()
    if running.thread.ident is not None:
        running.thread.join(20)
    with psycopg.connect(hub_settings.require("database_url"), autocommit=True) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


def count(settings: Settings) -> int:
    with psycopg.connect(settings.require("database_url")) as conn:
        [(n,)] = conn.execute("SELECT count(*) FROM observation").fetchall()
    return int(n)


def test_the_database_refuses_one_message_and_the_others_are_stored(
    hub_settings: Settings, running: Running
) -> None:
    with psycopg.connect(hub_settings.require("database_url"), autocommit=True) as conn:
        conn.execute("ALTER TABLE observation ADD CONSTRAINT not_66 CHECK (value <> 66)")
        try:
            for number in range(1, 51):
                running.put(number, 66 if number == 33 else 1)
            running.thread.start()
            running.finish()
            rows = quarantine.list(conn)
            payload = quarantine.get(conn, rows[0].id).payload
        finally:
            conn.execute("ALTER TABLE observation DROP CONSTRAINT not_66")
    assert sorted(running.acknowledged) == list(range(1, 51))
    assert count(hub_settings) == 49
    assert [row.reason for row in rows] == ["refused"]
    assert b"66" in payload


@pytest.mark.parametrize(
    ("break_it", "mend_it"),
    [
        ("ALTER TABLE observation_hourly RENAME TO away", "ALTER TABLE away RENAME TO observation_hourly"),
        (
            "ALTER DATABASE {} SET default_transaction_read_only = on",
            "ALTER DATABASE {} RESET default_transaction_read_only",
        ),
    ],
    ids=["a table is missing", "the server is read-only"],
)
def test_a_state_of_the_server_is_waited_for_and_nothing_is_given_up(
    hub_settings: Settings, running: Running, break_it: str, mend_it: str
) -> None:
    with psycopg.connect(hub_settings.require("database_url"), autocommit=True) as conn:
        name = conn.info.dbname
        conn.execute(break_it.format(name))  # type: ignore[arg-type]
        try:
            for number in range(1, 6):
                running.put(number, 1)
            running.thread.start()
            eventually(lambda: running.health.told.count(False) >= 3)
            assert running.acknowledged == []
            assert running.thread.is_alive()
            assert "database" in running.health.faults()
        finally:
            conn.execute("SET default_transaction_read_only = off")
            conn.execute(mend_it.format(name))  # type: ignore[arg-type]
        eventually(lambda: sorted(running.acknowledged) == [1, 2, 3, 4, 5])
        assert count(hub_settings) == 5
        assert "database" not in running.health.faults()
        assert running.inbox.unanswered() == 0
        assert quarantine.list(conn) == []


def test_the_database_is_told_to_be_back_before_the_last_message_is_acknowledged(
    hub_settings: Settings, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker's supervisor does not listen any more once the batch is acknowledged."""
    told = running.told
    monkeypatch.setattr(running.health, "database", lambda is_up: told.append("up" if is_up else "down"))
    with psycopg.connect(hub_settings.require("database_url"), autocommit=True) as conn:
        conn.execute("ALTER TABLE observation_hourly RENAME TO away")
        try:
            running.put(1, 1)
            running.thread.start()
            eventually(lambda: "down" in told)
        finally:
            conn.execute("ALTER TABLE away RENAME TO observation_hourly")
    running.finish()
    assert told[-2:] == ["up", "acknowledged"]
    assert set(told[:-2]) == {"down"}


def test_what_one_transaction_cannot_hold_is_stored_in_several_and_acknowledged_in_order(
    hub_settings: Settings, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.batch.MOST_ROWS", 7)
    for number in range(1, 51):
        running.put(number, 1)
    running.thread.start()
    running.finish()
    assert running.acknowledged == list(range(1, 51))
    assert count(hub_settings) == 50
    assert running.inbox.unanswered() == 0


def test_stopping_while_the_database_is_away_acknowledges_nothing(
    settings_for: Callable[..., Settings],
) -> None:
    away = Running(settings_for(database_url="postgresql://nobody@127.0.0.1:1/none"))
    away.put(1, 1)
    away.thread.start()
    eventually(lambda: "database" in away.health.faults())
    away.stopping.set()
    away.finish()
    assert away.acknowledged == []


def test_a_message_that_breaks_the_decoder_is_quarantined(
    hub_settings: Settings, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("ingest.batch.decode", fail)
    running.put(1, 1)
    running.thread.start()
    running.finish()
    assert running.acknowledged == [1]
    with psycopg.connect(hub_settings.require("database_url")) as conn:
        assert [row.reason for row in quarantine.list(conn)] == ["schema"]


def test_what_came_is_counted_by_minute_and_kind(
    running: Running, hub_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long this takes: the first batch is written at once, and no other.
    monkeypatch.setattr("ingest.rates.EVERY_S", 1e9)
    with psycopg.connect(hub_settings.require("database_url"), autocommit=True) as conn:
        conn.execute("DELETE FROM ingest_minute")
        for number in range(1, 5):
            running.put(number, 1.0)
        running.put(5, 1.0, topic=f"{hub_settings.topic_prefix}/noise/noise-one/telemetry")
        running.thread.start()
        eventually(lambda: len(running.acknowledged) == 5)
        later = datetime.now(UTC) + timedelta(minutes=1)
        [none, rain] = ingest_rates.recent(conn, later)
        assert (none.kind, none.per_minute, none.refused_per_minute) == ("none", 0.2, 0.2)
        assert (rain.kind, rain.per_minute, rain.refused_per_minute) == ("rain", 0.8, 0.0)
        assert sum(rain.lags) == 4
        assert sum(step.per_minute for step in rain.steps) == pytest.approx(0.4)
        assert len(rain.steps) == 36
        # What comes within the next seconds is written with what comes after them.
        running.put(6, 1.0)
        eventually(lambda: len(running.acknowledged) == 6)
        assert ingest_rates.recent(conn, later)[1].per_minute == 0.8
        # A clock that was ahead for a moment counts in no figure of later, and is not kept for years.
        conn.execute("UPDATE ingest_minute SET minute = minute + INTERVAL '2 days'")
        assert ingest_rates.recent(conn, later) == []
        conn.execute(
            "INSERT INTO ingest_minute SELECT %s, kind, 1, 0, array_fill(0, ARRAY[19]) FROM ingest_minute",
            (later.replace(second=0, microsecond=0) - timedelta(minutes=1),),
        )
        assert [sum(rate.lags) for rate in ingest_rates.recent(conn, later)] == [0, 0]
        assert ingest_rates.forget(conn, later) == 2
        assert ingest_rates.forget(conn, later + ingest_rates.KEPT + timedelta(minutes=1)) == 2
