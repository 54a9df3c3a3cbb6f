"""The states of sensors that are remembered are those that would be read anew."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.catalogue import Catalogue, read
from cityhub.model import SensorState
from cityhub.store import batches, connect, latest, sensors
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


def test_what_is_remembered_is_what_is_stored(conn: psycopg.Connection) -> None:
    known = Sensors()
    for minutes, value in ((0, 1.0), (5, 2.0), (3, 9.0)):
        store(conn, minutes, value)
        assert told(known.states(conn, "air")) == told(latest.of_kind(conn, "air"))


def test_a_sensor_that_did_not_report_is_not_made_again(conn: psycopg.Connection) -> None:
    known = Sensors()
    first = {one.sensor.id: one for one in known.states(conn, "air")}
    store(conn, 10, 3.0)
    second = {one.sensor.id: one for one in known.states(conn, "air")}
    assert {id for id in first if first[id] is not second[id]} == {STATION}


def test_a_change_of_the_catalogue_and_a_new_property_show_at_once(conn: psycopg.Connection) -> None:
    known = Sensors()
    known.states(conn, "air")
    station = next(one for one in read().sensors if one.id == STATION)
    store_catalogue.save(conn, Catalogue((), (replace(station, name_vi="Tên khác"),)))
    assert {one.sensor.name_vi for one in known.states(conn, "air") if one.sensor.id == STATION} == {
        "Tên khác"
    }
    id = sensors.ensure_datastream(conn, "air-us-embassy", "air", "co")
    with conn.transaction():
        batches.add(conn, [(id, NOW, 7.0, 0)])
    [embassy] = [one for one in known.states(conn, "air") if one.sensor.id == "air-us-embassy"]
    assert ("co", 7.0) in {(one.property, one.value) for one in embassy.readings}


def test_a_goodbye_shows_and_passes(conn: psycopg.Connection) -> None:
    known = Sensors()
    status = (
        "INSERT INTO sensor_status (sensor_id, online, told_at) VALUES (%s, %s, %s)"
        " ON CONFLICT (sensor_id) DO UPDATE SET online = excluded.online, told_at = excluded.told_at"
    )
    for online in (False, True):
        conn.execute(status, (STATION, online, NOW))
        [one] = [one.sensor for one in known.states(conn, "air") if one.sensor.id == STATION]
        assert (one.status_online, one.status_time) == ((False, NOW) if not online else (None, None))
