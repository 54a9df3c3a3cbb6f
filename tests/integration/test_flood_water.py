"""Trend and begin of a flood out of the database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import psycopg
import pytest

from cityhub.catalogue import Catalogue, read
from cityhub.observing.quality import FAULT
from cityhub.store import batches, connect, corrections, flood, latest
from cityhub.store import catalogue as store_catalogue
from cityhub.store.corrections import Correction
from cityhub.store.flood_newest import Waters
from cityhub.store.newest_sensors import Sensors
from cityhub.store.registry import Registry

NOW = datetime(2026, 3, 2, 5, 25, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POINT = next(sensor for sensor in read().sensors if sensor.kind == "flood")
_numbers = iter(range(1, 1000))


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn


class Point:
    """A point of its own."""

    def __init__(self, conn: psycopg.Connection, property: str = "depth", interval_s: int = 60) -> None:
        self.conn, self.id = conn, f"flood-water-{next(_numbers)}"
        sensor = replace(POINT, id=self.id, interval_s=interval_s, properties=(property,))
        store_catalogue.save(conn, Catalogue((), (sensor,)))
        registry = Registry()
        registry.refresh(conn)
        self.stream = registry.datastream_id(conn, self.id, property)

    def report(self, *reports: tuple[float, float] | tuple[float, float, int]) -> None:
        rows = [(self.stream, NOW - ago * MINUTE, value, *(rest or [0])) for ago, value, *rest in reports]
        with self.conn.transaction():
            batches.add(self.conn, rows)  # type: ignore[arg-type]

    def shown(self, at: datetime = NOW) -> dict[str, Any]:
        [feature] = [one for one in latest.Reader().state(self.conn, "flood", at)(at) if one.id == self.id]
        return dict(msgspec.to_builtins(feature.properties))


def test_the_trend_is_that_of_the_last_half_hour(conn: psycopg.Connection) -> None:
    point = Point(conn)
    point.report(*((ago, 30.0) for ago in range(120, 30, -1)))
    point.report(*((ago, 40.0 - ago / 3) for ago in range(30, -1, -1)))
    assert (point.shown()["trend"], point.shown()["trend_word"]) == (20.0, "rising")


def test_a_bad_value_bends_no_trend_and_few_readings_make_none(conn: psycopg.Connection) -> None:
    point = Point(conn)
    point.report((25, 10.0), (15, 12.0), (10, 300.0, FAULT), (5, 14.0))
    assert point.shown()["trend"] == pytest.approx(12.0)
    point.report((0, 15.0))
    assert point.shown()["trend"] == pytest.approx(12.0)
    lonely = Point(conn)
    lonely.report((1, 10.0), (0, 12.0))
    assert (lonely.shown()["trend"], lonely.shown()["why"]["trend"]) == (None, "few_readings")


def test_a_level_in_metres_has_a_trend_in_centimetres(conn: psycopg.Connection) -> None:
    river = Point(conn, "level", 900)
    river.report((45, 9.0), (30, 1.0), (15, 1.1), (0, 1.2))
    assert (river.shown()["trend"], river.shown()["depth"]) == (40.0, None)


def test_since_when_it_is_flooded(conn: psycopg.Connection) -> None:
    point = Point(conn)
    point.report((200, 30.0), (100, 9.0), (60, 12.0), (30, 90.0, FAULT), (20, 9.5, FAULT), (0, 11.0))
    assert point.shown()["since"] == "2026-03-02T11:25:00+07:00"
    # What comes late tells of a break.
    point.report((40, 8.0))
    assert point.shown()["since"] == "2026-03-02T12:25:00+07:00"
    point.report((-1, 9.0))
    assert (point.shown(NOW + MINUTE)["since"], point.shown(NOW + MINUTE)["class_level"]) == (None, 0)


def test_a_flood_of_which_nobody_saw_the_beginning(conn: psycopg.Connection) -> None:
    point = Point(conn)
    point.report((50, 30.0), (0, 20.0))
    assert point.shown()["since"] == "2026-03-02T11:35:00+07:00"


def test_water_remembered_is_water_read_anew(conn: psycopg.Connection) -> None:
    """Late and corrected readings, and time that passes: a point at a time, or all of them."""
    points = [Point(conn), Point(conn, interval_s=4 * 3600), Point(conn, "level", 900)]
    sensors, waters = Sensors(), Waters()

    def look(at: datetime) -> None:
        with conn.transaction():
            found = waters.read(conn, sensors.states(conn, "flood", at), at)
            assert found == flood.water(conn, at)

    look(NOW)
    for point, *reports in (
        (points[0], (50, 30.0), (40, 31.0), (20, 33.0), (0, 35.0)),
        (points[2], (45, 1.0), (30, 1.1), (15, 1.3), (0, 1.2)),
        (points[1], (1500, 12.0), (960, 14.0), (480, 16.0), (20, 18.0)),
        # What comes late breaks the flood, and another bends the trend.
        (points[0], (30, 4.0)),
        (points[0], (10, 90.0), (5, 34.0)),
    ):
        point.report(*reports)
        look(NOW)
    doubted = points[0].stream, NOW - 5 * MINUTE, NOW, "tests", "a test"
    for bits in ((FAULT, 0), (0, FAULT)):
        assert corrections.apply(conn, Correction(*doubted, *bits)) == 1
        look(NOW)
    # The bounds of what is looked at pass readings.
    for hours in (1, 23, 24, 25, 30, 47, 48, 160, 168, 169):
        look(NOW + timedelta(hours=hours))
    look(NOW)
