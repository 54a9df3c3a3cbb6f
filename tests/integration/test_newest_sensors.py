"""The states of sensors that are remembered are those that would be read anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.catalogue import Catalogue, read
from cityhub.model import SensorState
from cityhub.store import batches, connect, latest, newest_sensors, sensors
from cityhub.store import catalogue as store_catalogue
from cityhub.store.newest_sensors import Sensors

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STATION = "air-trung-yen-3"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


def told(states: list[SensorState]) -> list[SensorState]:
    """Without what only other answers show."""
    return [
        replace(one, sensor=replace(one.sensor, last_seen=None, status_online=None, status_time=None))
        for one in states
    ]


def store(conn: psycopg.Connection, minutes: int, value: float) -> None:
    id = sensors.datastream_ids(conn)[STATION, "pm2_5"]
    with conn.transaction():
        batches.add(conn, [(id, NOW + timedelta(minutes=minutes), value, 0)])


@pytest.fixture(params=[0, newest_sensors.MANY], ids=["many", "few"])
def known(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Sensors:
    """What remembers: of many datastreams it reads only what moved."""
    monkeypatch.setattr(newest_sensors, "MANY", request.param)
    return Sensors()


def test_what_is_remembered_is_what_is_stored(conn: psycopg.Connection, known: Sensors) -> None:
    for minutes, value in ((0, 1.0), (5, 2.0), (3, 9.0)):
        store(conn, minutes, value)
        assert told(known.states(conn, "air", NOW)) == told(latest.of_kind(conn, "air"))


def test_a_sensor_that_did_not_report_is_not_made_again(conn: psycopg.Connection, known: Sensors) -> None:
    first = {one.sensor.id: one for one in known.states(conn, "air", NOW)}
    store(conn, 10, 3.0)
    second = {one.sensor.id: one for one in known.states(conn, "air", NOW)}
    assert {id for id in first if first[id] is not second[id]} == {STATION}


def test_a_change_of_the_catalogue_and_a_new_property_show_at_once(
    conn: psycopg.Connection, known: Sensors
) -> None:
    known.states(conn, "air", NOW)
    station = next(one for one in read().sensors if one.id == STATION)
    store_catalogue.save(conn, Catalogue((), (replace(station, name_vi="Tên khác"),)))
    assert {one.sensor.name_vi for one in known.states(conn, "air", NOW) if one.sensor.id == STATION} == {
        "Tên khác"
    }
    id = sensors.ensure_datastream(conn, "air-us-embassy", "air", "co")
    with conn.transaction():
        batches.add(conn, [(id, NOW, 7.0, 0)])
    [embassy] = [one for one in known.states(conn, "air", NOW) if one.sensor.id == "air-us-embassy"]
    assert ("co", 7.0) in {(one.property, one.value) for one in embassy.readings}


def test_a_goodbye_shows_and_passes(conn: psycopg.Connection, known: Sensors) -> None:
    status = (
        "INSERT INTO sensor_status (sensor_id, online, told_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (sensor_id) DO UPDATE SET online = excluded.online, told_at = excluded.told_at"
    )
    for online in (False, True):
        conn.execute(status, (STATION, online, NOW))
        [one] = [one.sensor for one in known.states(conn, "air", NOW) if one.sensor.id == STATION]
        assert (one.status_online, one.status_time) == ((False, NOW) if not online else (None, None))


def test_what_is_stored_by_a_transaction_that_lasts_shows_when_it_ends(
    conn: psycopg.Connection, known: Sensors, database_url: str
) -> None:
    with connect(database_url, "tests") as slow:
        id = sensors.datastream_ids(slow)[STATION, "pm10"]
        with slow.transaction():
            batches.add(slow, [(id, NOW + timedelta(minutes=20), 80.0, 0)])
            # Others begin and end while it goes on, and are seen.
            for minutes in (21, 22):
                store(conn, minutes, float(minutes))
                assert told(known.states(conn, "air", NOW)) == told(latest.of_kind(conn, "air"))
        store(conn, 23, 23.0)
    [station] = [one for one in known.states(conn, "air", NOW) if one.sensor.id == STATION]
    assert {("pm10", 80.0), ("pm2_5", 23.0)} <= {(one.property, one.value) for one in station.readings}


def test_after_a_while_everything_is_read_again(
    conn: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest_sensors, "MANY", 0)
    known = Sensors()
    store(conn, 30, 30.0)
    known.states(conn, "air", NOW)
    # As if the database were another one, in which nothing was written for long.
    for one in known._kinds.values():
        one.readings.clear()
        one.made_of = [None] * len(one.made_of)
    assert told(known.states(conn, "air", NOW + newest_sensors.ABSENT)) == told(latest.of_kind(conn, "air"))


def test_catalogue_read_again_makes_only_what_it_changed(conn: psycopg.Connection, known: Sensors) -> None:
    first = {one.sensor.id: one for one in known.states(conn, "air", NOW)}
    sensors.ensure_datastream(conn, "air-us-embassy", "air", "so2")
    second = {one.sensor.id: one for one in known.states(conn, "air", NOW)}
    assert {id for id in first if first[id] is not second[id]} <= {"air-us-embassy"}


def test_another_unit_shows_at_once(conn: psycopg.Connection, known: Sensors) -> None:
    def unit() -> str:
        [station] = [one for one in known.states(conn, "air", NOW) if one.sensor.id == STATION]
        return next(one.unit for one in station.readings if one.property == "pm2_5")

    store(conn, 40, 40.0)
    station = next(one for one in read().sensors if one.id == STATION)
    store_catalogue.save(conn, Catalogue((), (station,)))
    # As a version of before called it.
    conn.execute(
        "UPDATE datastream SET unit = 'ug/m3' WHERE sensor_id = %s AND property = 'pm2_5'", (STATION,)
    )
    assert unit() == "ug/m3"
    saved = store_catalogue.save(conn, Catalogue((), (station,)))
    assert saved.changed == 1
    assert unit() == "µg/m³"
    assert store_catalogue.save(conn, Catalogue((), (station,))).changed == 0
