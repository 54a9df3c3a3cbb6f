"""Quarantined messages read once more while ingest goes on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.observing.decoded import Rejected
from cityhub.store import connect, quarantine, statuses
from cityhub.store.quarantine import Entry
from cityhub.store.statuses import Report
from jobs.quarantine import Replayed, replay
from tests.waiting import eventually

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SENSOR = "air-trung-yen-3"
GOODBYE = Entry(
    f"hanoi/air/{SENSOR}/status", b'{"online": false}', 17, Rejected("unknown_sensor", "x", SENSOR), NOW
)
TIMELESS = Entry(
    f"hanoi/air/{SENSOR}/telemetry",
    b'{"values": {"pm2_5": 1}, "time": 5}',
    35,
    Rejected("time", "x", SENSOR),
    NOW,
)


def _replay(url: str) -> Replayed:
    with connect(url, "replay", autocommit=True) as conn:
        return replay(conn, "hanoi", 1000)


def _until_replay_waits(conn: psycopg.Connection) -> None:
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'replay'"
        " AND wait_event_type = 'Lock'"
    )
    eventually(lambda: conn.execute(query).fetchone(), told=lambda: "replay does not wait")


def test_replay_and_ingest_do_not_wait_for_each_other(database_url: str) -> None:
    with connect(database_url, "tests", autocommit=True) as conn, ThreadPoolExecutor(1) as other:
        quarantine.add(conn, [GOODBYE, TIMELESS])
        with connect(database_url, "ingest", autocommit=True) as ingest, ingest.transaction():
            # A batch as ingest stores it: what it cannot use, then what devices say of being connected.
            quarantine.add(ingest, [TIMELESS])
            replayed = other.submit(_replay, database_url)
            _until_replay_waits(conn)
            assert statuses.record(ingest, [Report(SENSOR, True, NOW + timedelta(minutes=1), None)]) == [
                SENSOR
            ]
        assert replayed.result(10) == Replayed(messages=2, stored=0, still_bad=1, cut=0)
        # The newer word stands, and what came again meanwhile is still in quarantine.
        assert conn.execute("SELECT online FROM sensor_status").fetchall() == [(True,)]
        assert [(row.topic, row.n) for row in quarantine.list(conn)] == [(TIMELESS.topic, 2)]
