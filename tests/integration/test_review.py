"""The second look: who stands apart from the neighbours is marked, on record, and unmarked when that was wrong."""

import csv
import gzip
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from cityhub.catalogue import REPLAY_CATALOGUE, Catalogue, read
from cityhub.config import read_settings
from cityhub.errors import StoreRefused
from cityhub.observing.quality import FAULT, NEIGHBOUR
from cityhub.store import batches, connect, corrections, health, neighbours, notices, retention
from cityhub.store import catalogue as store_catalogue
from cityhub.store.corrections import Correction
from jobs.review import MADE_BY, Reviewed, review, run
from tools import proof

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
TEN = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # 10:00 in Hanoi
# Four stations in the middle of the city, at most 4.4 km apart.
HIGH = "air-kim-lien"
OTHERS = ("air-hoan-kiem", "air-thanh-cong", "air-hang-dau")
# Listed stations measure PM2.5 and PM10 in so many places, every one with neighbours enough.
PER_HOUR = 21


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """The module's database in autocommit; no observation is left afterwards."""
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        conn.execute("TRUNCATE observation, observation_hourly, latest, correction, sensor_day")


def _id(conn: psycopg.Connection, sensor: str, name: str = "pm2_5") -> int:
    return corrections.datastream_id(conn, sensor, name)


def _report(
    conn: psycopg.Connection, values: Mapping[str, float], hour: datetime = TEN, name: str = "pm2_5"
) -> None:
    """A whole hour of the sensors, a reading every two minutes; fewer would be too few to be asked."""
    rows = [
        (_id(conn, sensor, name), hour + minute * MINUTE, value, 0)
        for sensor, value in values.items()
        for minute in range(0, 60, 2)
    ]
    batches.add(conn, rows)


def _flags(conn: psycopg.Connection, sensor: str, name: str = "pm2_5") -> set[int]:
    rows = conn.execute(
        "SELECT quality FROM observation WHERE datastream_id = %s", (_id(conn, sensor, name),)
    )
    return {quality for (quality,) in rows}


def test_a_sensor_that_stands_apart_is_marked_with_its_figures_on_record(
    conn: psycopg.Connection, database_url: str
) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    listener = notices.Listener(database_url, "tests")
    try:
        assert review(conn, TEN + HOUR + MINUTE) == Reviewed(compared=4, marked=30, cleared=0)
        assert listener.wait(5) == {"air"}
    finally:
        listener.close()
    assert _flags(conn, HIGH) == {NEIGHBOUR}
    assert all(_flags(conn, other) == {0} for other in OTHERS)
    [row] = corrections.history(conn)
    assert (row.made_by, row.sensor_id, row.property, row.start) == (MADE_BY, HIGH, "pm2_5", TEN)
    assert row.end == TEN + HOUR
    assert (row.set_bits, row.cleared_bits, row.observations) == (NEIGHBOUR, 0, 30)
    assert row.reason == "PM2.5, hourly mean 300.0 µg/m³; median of 3 neighbours within 10 km 30.0 µg/m³"
    # Shown and summed up as before, but marked wherever it is shown.
    assert (proof.hours_apart(conn), proof.latest_apart(conn)) == (0, 0)
    [(total,)] = conn.execute(
        "SELECT sum FROM observation_hourly WHERE datastream_id = %s", (_id(conn, HIGH),)
    ).fetchall()
    assert total == 9000


def test_a_review_counts_how_each_device_did_by_the_day(conn: psycopg.Connection) -> None:
    _report(conn, {HIGH: 30})
    review(conn, TEN + HOUR)
    [row] = [row for row in health.of_day(conn, TEN.date()) if row.sensor_id == HIGH]
    assert (row.expected, row.reports, row.completeness) == (60, 30, 0.5)


def test_a_second_review_changes_nothing_and_leaves_no_record(conn: psycopg.Connection) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    review(conn, TEN + HOUR)
    assert review(conn, TEN + HOUR) == Reviewed(compared=4, marked=0, cleared=0)
    assert len(corrections.history(conn)) == 1


def test_a_reading_that_comes_late_into_a_marked_hour_is_marked_too(conn: psycopg.Connection) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    review(conn, TEN + HOUR)
    batches.add(conn, [(_id(conn, HIGH), TEN + 59 * MINUTE, 310, 0)])
    assert review(conn, TEN + 2 * HOUR) == Reviewed(compared=4, marked=1, cleared=0)
    assert _flags(conn, HIGH) == {NEIGHBOUR}


def test_late_readings_of_the_neighbours_clear_the_mark(conn: psycopg.Connection) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    review(conn, TEN + HOUR)
    # Three more stations were cut off, and saw the same smoke.
    _report(conn, dict.fromkeys(("air-tan-mai", "air-trung-yen-3", "air-us-embassy"), 280))
    assert review(conn, TEN + 2 * HOUR) == Reviewed(compared=7, marked=0, cleared=30)
    assert _flags(conn, HIGH) == {0}
    newest = corrections.history(conn)[0]
    assert (newest.set_bits, newest.cleared_bits, newest.observations) == (0, NEIGHBOUR, 30)
    assert newest.reason == "PM2.5, hourly mean 300.0 µg/m³; median of 6 neighbours within 10 km 155.0 µg/m³"


def test_without_neighbours_left_the_mark_goes(conn: psycopg.Connection) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    review(conn, TEN + HOUR)
    by_hand = Correction(_id(conn, OTHERS[0]), TEN, TEN + HOUR, "An", "being calibrated", FAULT)
    corrections.apply(conn, by_hand)
    assert review(conn, TEN + HOUR) == Reviewed(compared=0, marked=0, cleared=30)
    [last, *_] = corrections.history(conn)
    assert last.reason == "the sensor or its neighbours have too few good readings left to compare"


def test_a_gauge_that_is_dry_in_a_storm_is_marked(conn: psycopg.Connection) -> None:
    wet = {"rain-hoan-kiem": 0.4, "rain-ba-dinh": 0.5, "rain-tay-ho": 0.6, "rain-hoang-cau": 0.7}
    _report(conn, {"rain-dong-da": 0} | wet, name="rain")
    done = review(conn, TEN + HOUR)
    assert done is not None
    assert (done.marked, done.cleared) == (30, 0)
    assert _flags(conn, "rain-dong-da", "rain") == {NEIGHBOUR}


def test_only_finished_hours_of_the_span_are_looked_at(conn: psycopg.Connection) -> None:
    for hour in (TEN, TEN + HOUR, TEN + 6 * HOUR):
        _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30), hour)
    assert review(conn, TEN + 6 * HOUR + 59 * MINUTE) == Reviewed(compared=8, marked=60, cleared=0)
    assert review(conn, TEN + 7 * HOUR, hours=1) == Reviewed(compared=4, marked=30, cleared=0)
    assert review(conn, TEN + 7 * HOUR, hours=7) == Reviewed(compared=12, marked=0, cleared=0)


def test_a_person_s_word_about_the_mark_stands(conn: psycopg.Connection) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    review(conn, TEN + HOUR)
    span = (TEN, TEN + HOUR, "An", "there was a fire in the next street")
    corrections.apply(conn, Correction(_id(conn, HIGH), *span, cleared_bits=NEIGHBOUR))
    corrections.apply(conn, Correction(_id(conn, OTHERS[0]), *span, set_bits=NEIGHBOUR))
    assert review(conn, TEN + HOUR) == Reviewed(compared=4, marked=0, cleared=0)
    assert (_flags(conn, HIGH), _flags(conn, OTHERS[0])) == ({0}, {NEIGHBOUR})


def test_sensors_on_and_off_the_public_list_are_not_compared_with_each_other(
    conn: psycopg.Connection,
) -> None:
    models = {one.id: one for one in read().sensors}
    unlisted = [replace(models[one], id=f"{one}-replayed", listed=False) for one in OTHERS]
    store_catalogue.save(conn, Catalogue((), tuple(unlisted)))
    _report(conn, {HIGH: 300} | {one.id: 30.0 for one in unlisted})
    assert review(conn, TEN + HOUR) == Reviewed(compared=0, marked=0, cleared=0)


def test_an_hour_that_retention_closed_is_not_compared_whatever_comes_again(conn: psycopg.Connection) -> None:
    old = TEN - timedelta(days=60)
    values = {HIGH: 300} | dict.fromkeys(OTHERS, 30)
    _report(conn, values, old)
    retention.apply(conn, 40, TEN)
    assert _flags(conn, HIGH) == set()
    _report(conn, values, old)
    assert review(conn, old + HOUR) == Reviewed(compared=0, marked=0, cleared=0)
    assert _flags(conn, HIGH) == {0}


def test_a_look_back_over_days_finds_what_each_day_holds_and_needs_no_more_memory(
    conn: psycopg.Connection,
) -> None:
    # As if each sensor had reported every minute for ten days; one stood apart three days ago.
    begin = TEN - timedelta(days=10)
    conn.execute(
        "INSERT INTO observation_hourly (datastream_id, hour, n, sum, min, max, n_rejected)"
        " SELECT d.id, hour, 60, 60 * 30, 30, 30, 0 FROM datastream d JOIN sensor s ON s.id = d.sensor_id"
        " CROSS JOIN generate_series(%s, %s, INTERVAL '1 hour') AS hour"
        " WHERE s.kind = 'air' AND s.listed AND d.property IN ('pm2_5', 'pm10')",
        (begin, TEN - HOUR),
    )
    apart = TEN - timedelta(days=3)
    conn.execute("DELETE FROM observation_hourly WHERE hour = %s", (apart,))
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30), apart)

    def peak(hours: int) -> tuple[Reviewed | None, int]:
        tracemalloc.start()
        try:
            return review(conn, TEN, hours), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    of_a_day, day_bytes = peak(24)
    of_all, all_bytes = peak(240)
    assert (of_a_day, of_all) == (Reviewed(24 * PER_HOUR, 0, 0), Reviewed(239 * PER_HOUR + 4, 30, 0))
    assert _flags(conn, HIGH) == {NEIGHBOUR}
    assert all_bytes < 2 * day_bytes


def test_a_person_s_word_counts_however_far_the_look_back_goes(conn: psycopg.Connection) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    said = Correction(_id(conn, HIGH), TEN, TEN + MINUTE, "An", "seen", NEIGHBOUR)
    corrections.apply(conn, replace(said, end=TEN + 60 * MINUTE))
    corrections.apply(conn, replace(said, end=TEN + HOUR, set_bits=0, cleared_bits=NEIGHBOUR))
    assert review(conn, TEN + 30 * HOUR, 72) == Reviewed(compared=4, marked=0, cleared=0)


def test_many_corrections_of_the_past_are_not_read_to_find_those_of_the_last_hours(
    conn: psycopg.Connection,
) -> None:
    conn.execute(
        "INSERT INTO correction (made_by, reason, datastream_id, start_time, end_time, set_bits, cleared_bits,"
        " observations) SELECT 'review', 'apart', %s, %s - n * INTERVAL '2 hours', %s - n * INTERVAL '1 hour',"
        " 32, 0, 1 FROM generate_series(1, 20000) AS n",
        (_id(conn, HIGH), TEN, TEN),
    )
    conn.execute("ANALYZE correction")
    with conn.transaction():
        found = neighbours.past_flags(conn, TEN - 6 * HOUR, TEN, MADE_BY)
        [(scans,)] = conn.execute(
            "SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'correction'"
        ).fetchall()
    assert (len(found), scans) == (5, 0)


@contextmanager
def _refused(conn: psycopg.Connection, table: str, check: LiteralString) -> Iterator[None]:
    """The database refuses new rows of the table that do not meet the check."""
    name = sql.Identifier(table)
    conn.execute(
        sql.SQL("ALTER TABLE {} ADD CONSTRAINT refused CHECK ({}) NOT VALID").format(name, sql.SQL(check))
    )
    try:
        yield
    finally:
        conn.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT refused").format(name))


def test_a_count_of_devices_that_fails_does_not_keep_the_neighbours_from_being_compared(
    conn: psycopg.Connection,
) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    with _refused(conn, "sensor_day", "reports < 0"), pytest.raises(psycopg.IntegrityError):
        review(conn, TEN + HOUR)
    assert _flags(conn, HIGH) == {NEIGHBOUR}
    assert health.of_day(conn, TEN.date()) == []


def test_a_comparison_that_fails_does_not_keep_the_devices_from_being_counted(
    conn: psycopg.Connection,
) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    with _refused(conn, "correction", "made_by <> 'review'"), pytest.raises(psycopg.IntegrityError):
        review(conn, TEN + HOUR)
    assert _flags(conn, HIGH) == {0}
    assert [row.reports for row in health.of_day(conn, TEN.date()) if row.sensor_id == HIGH] == [30]


def test_the_task_looks_at_the_last_hours_and_tells_what_it_marked(
    conn: psycopg.Connection, database_url: str
) -> None:
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - 2 * HOUR
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30), hour)
    with capture_logs() as told:
        run(read_settings(database_url=database_url))
        run(read_settings(database_url=database_url))
    assert _flags(conn, HIGH) == {NEIGHBOUR}
    first, second = told
    assert (first["log_level"], first["marked"], first["cleared"]) == ("info", 30, 0)
    assert (second["log_level"], second["event"]) == ("debug", "reviewed, nothing to change")


def test_a_review_that_the_database_refuses_has_failed(conn: psycopg.Connection, database_url: str) -> None:
    # In the first hour of a day that is yesterday, which a review counts too.
    hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30), hour)
    with _refused(conn, "sensor_day", "reports < 0"), pytest.raises(StoreRefused):
        run(read_settings(database_url=database_url))


def test_two_reviews_never_run_at_once(conn: psycopg.Connection, database_url: str) -> None:
    _report(conn, {HIGH: 300} | dict.fromkeys(OTHERS, 30))
    with connect(database_url, "tests", autocommit=True) as other, neighbours.only_one(other) as mine:
        assert mine
        assert review(conn, TEN + HOUR) is None
    assert review(conn, TEN + HOUR) is not None


def test_real_stations_that_are_replayed_are_each_other_s_neighbours(
    conn: psycopg.Connection, shared_data: Path
) -> None:
    store_catalogue.save(conn, read(REPLAY_CATALOGUE))
    names = {
        one.attributes["source_name"]: one.id
        for one in read(REPLAY_CATALOGUE).sensors
        if one.id.startswith("prsa")
    }
    beijing = timezone(timedelta(hours=8))
    ids = {name: _id(conn, id.removesuffix("-rain")) for name, id in names.items()}
    with gzip.open(shared_data / "prsa_beijing_12st_2016JJA.csv.gz", "rt") as file:
        rows = [
            (
                ids[row["station"]],
                datetime(2016, 7, 26, int(row["hour"]), tzinfo=beijing),
                float(row["PM2.5"]),
                0,
            )
            for row in csv.DictReader(file)
            if (row["month"], row["day"]) == ("7", "26") and row["PM2.5"] != "NA"
        ]
    batches.add(conn, rows)
    assert review(conn, datetime(2016, 7, 26, 9, 10, tzinfo=beijing)) == Reviewed(23, marked=3, cleared=0)
    marked = [(row.sensor_id, row.start.astimezone(beijing).hour) for row in corrections.history(conn)]
    assert marked == [("prsa-wanshouxigong", 8), ("prsa-wanshouxigong", 6), ("prsa-wanshouxigong", 5)]
    assert [row.reason for row in corrections.history(conn)][-1] == (
        "PM2.5, hourly mean 247.0 µg/m³; median of 3 neighbours within 10 km 9.0 µg/m³"
    )
