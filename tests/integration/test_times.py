"""From when on a sensor can have measured: when it was registered, or what the catalogue says."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import psycopg
import pytest

from cityhub.catalogue import HANOI_CATALOGUE, REPLAY_CATALOGUE, Catalogue, read
from cityhub.observing.decode import decode
from cityhub.observing.decoded import Rejected
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, quarantine, sensors
from cityhub.store import migrations as store_migrations
from cityhub.store.migrations import migrate
from jobs.quarantine import replay
from tests.conftest import Services

BEFORE = timedelta(days=400)
STATION = next(sensor for sensor in read().sensors if sensor.id == "air-kim-lien")
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        conn.execute("TRUNCATE observation, observation_hourly, latest, quarantine")


def save(conn: psycopg.Connection, id: str, observed_since: datetime | None = None) -> datetime | None:
    sensor = replace(STATION, id=id, observed_since=observed_since)
    store_catalogue.save(conn, Catalogue((), (sensor,)))
    return sensors.known(conn)[id].earliest


def test_a_sensor_may_have_measured_for_some_time_before_it_was_registered(conn: psycopg.Connection) -> None:
    now = datetime.now(UTC)
    earliest = save(conn, "air-new")
    assert earliest is not None
    assert abs(now - BEFORE - earliest) < timedelta(minutes=1)
    assert save(conn, "air-new") == earliest


def test_the_catalogue_may_know_better_and_change_its_mind(conn: psycopg.Connection) -> None:
    registered = save(conn, "air-known")
    since = datetime(2019, 5, 1, tzinfo=UTC)
    assert save(conn, "air-known", since) == since
    assert save(conn, "air-known", since + timedelta(days=9)) == since + timedelta(days=9)
    assert save(conn, "air-known") == registered


def test_nothing_older_than_readings_are_kept_is_taken_where_nobody_replays_the_past(
    conn: psycopg.Connection,
) -> None:
    since = datetime(2019, 5, 1, tzinfo=UTC)
    save(conn, "air-known", since)
    save(conn, "air-unknown")
    kept = datetime.now(UTC) - timedelta(days=30)

    def earliest(id: str, *, replays: bool) -> datetime:
        found = sensors.known(conn, 30, replays=replays)[id].earliest
        assert found is not None
        return found

    for id, replays in (("air-known", False), ("air-unknown", False), ("air-unknown", True)):
        assert abs(earliest(id, replays=replays) - kept) < timedelta(minutes=1)
    # Development may be filled with the past of a station that is known to have measured then.
    assert earliest("air-known", replays=True) == since
    # Readings that are kept for longer than the sensor is there do not make it older.
    assert sensors.known(conn, 36_500)["air-unknown"].earliest == sensors.known(conn)["air-unknown"].earliest


def test_a_message_about_a_quarter_of_a_century_makes_no_more_chunks_than_are_kept(
    conn: psycopg.Connection, services: Services
) -> None:
    save(conn, "air-historian")
    now = datetime.now(UTC)
    weeks = [BEGINNING + timedelta(weeks=week) for week in range(1 + (now - BEGINNING) // timedelta(weeks=1))]
    body = json.dumps([{"time": week.isoformat(), "values": {"pm2_5": 20}} for week in weeks]).encode()
    quarantine.add(
        conn,
        [
            quarantine.Entry(
                "hanoi/air/air-historian/telemetry", body, len(body), Rejected("unknown_sensor", ""), now
            )
        ],
    )
    assert replay(conn, "hanoi", 262_144, keep_days=70).stored == 10
    [(refused,)] = conn.execute("SELECT reason FROM quarantine").fetchall()
    assert refused == "time"
    if services.edition != "plain":
        [(chunks,)] = conn.execute(
            "SELECT count(*) FROM timescaledb_information.chunks WHERE hypertable_name = 'observation'"
        ).fetchall()
        assert chunks <= 11


def test_sensors_of_before_that_was_written_down_may_be_as_old_as_any(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = store_migrations.migrations()
    before = list(takewhile(lambda migration: migration.name != "times", every))
    with monkeypatch.context() as then:
        then.setattr(store_migrations, "migrations", lambda: before)
        migrate(empty_database_url)
    with connect(empty_database_url, "tests", autocommit=True) as conn:
        conn.execute(
            "INSERT INTO sensor (id, kind, name_vi, name_en, lon, lat, basis, basis_note, interval_s, illustrative,"
            " listed, attributes) VALUES ('air-old', 'air', 'a', 'a', 105.8, 21, 'official', '', 60, false, true, '{}')"
        )
    migrate(empty_database_url)
    with connect(empty_database_url, "tests", autocommit=True) as conn:
        earliest = sensors.known(conn)["air-old"].earliest
        assert earliest is not None
        assert earliest <= BEGINNING


def test_what_real_files_are_replayed_to_was_there_at_the_time(conn: psycopg.Connection) -> None:
    replayed = read(REPLAY_CATALOGUE)
    store_catalogue.save(conn, replayed)
    known = sensors.known(conn)
    first = {"prsa": datetime(2013, 3, 1), "ea": datetime(2025, 1, 1), "bhm": datetime(2016, 10, 4)}  # noqa: DTZ001
    for sensor in replayed.sensors:
        earliest = known[sensor.id].earliest
        assert earliest is not None
        assert earliest <= first[sensor.id.partition("-")[0]].replace(tzinfo=UTC)
    embassy = known["air-us-embassy"].earliest
    assert embassy is not None
    assert embassy < datetime(2016, 1, 1, tzinfo=UTC)


def test_hanois_other_sensors_are_as_old_as_their_registration() -> None:
    said = {sensor.id for sensor in read(HANOI_CATALOGUE).sensors if sensor.observed_since is not None}
    assert said == {"air-us-embassy"}


def test_a_message_of_before_its_sensor_is_stored_once_the_catalogue_knows_it(
    conn: psycopg.Connection,
) -> None:
    save(conn, "air-late")
    topic, payload = (
        "hanoi/air/air-late/telemetry",
        b'{"time": "2024-05-01T00:00:00Z", "values": {"pm2_5": 20}}',
    )
    now = datetime.now(UTC)
    decoded = decode("hanoi", topic, payload, now, sensors.known(conn))
    quarantine.add(
        conn, [quarantine.Entry(topic, payload, len(payload), one, now) for one in decoded.rejected]
    )
    assert replay(conn, "hanoi", 262_144, reason="time").still_bad == 1
    save(conn, "air-late", datetime(2024, 1, 1, tzinfo=UTC))
    done = replay(conn, "hanoi", 262_144, reason="time")
    assert (done.stored, done.still_bad) == (1, 0)
    assert quarantine.size(conn).rows == 0


@pytest.mark.parametrize(("replays", "stored"), [(True, 1), (False, 0)])
def test_quarantined_replays_are_taken_where_replays_are(
    conn: psycopg.Connection, replays: bool, stored: int
) -> None:
    save(conn, "air-replayed")
    body = {"time": "2024-05-01T00:00:00Z", "replay": True, "values": {"pm2_5": 20}}
    topic, payload, now = "hanoi/air/air-replayed/telemetry", json.dumps(body).encode(), datetime.now(UTC)
    decoded = decode("hanoi", topic, payload, now, sensors.known(conn), replays=False)
    [rejected] = decoded.rejected
    assert "replays are not taken here" in rejected.detail
    quarantine.add(conn, [quarantine.Entry(topic, payload, len(payload), rejected, now)])
    assert replay(conn, "hanoi", 262_144, replays=replays).stored == stored


def test_the_column_of_a_catalogue_is_a_date(tmp_path: Path) -> None:
    header = "id,name_vi,name_en,lat,lon,basis,observed_since\n"
    row = "air-new,Trạm,Station,21.02,105.85,official,2019-05-01\n"
    (tmp_path / "air.csv").write_text(header + row, encoding="utf-8")
    assert read(tmp_path).sensors[0].observed_since == datetime(2019, 4, 30, 17, tzinfo=UTC)
