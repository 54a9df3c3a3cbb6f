"""VN_AQI out of what is stored: hours called by their ends, late and corrected readings in the hours they belong to."""

import csv
import gzip
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec import structs

from cityhub.air.history import DayRow, HourRow
from cityhub.air.vn_aqi import PROJECT_RULE, Completeness
from cityhub.catalogue.air_stations import AirStation, Correction
from cityhub.observing.quality import FAULT
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import air, air_hours, air_newest, batches, connect, corrections, latest, sensors
from cityhub.store.corrections import Correction as Flags
from tests.unit.test_air_vn_aqi import OZONE, PM25

STATION, OTHER, SMALL = "air-trung-yen-3", "air-minh-khai-bac-tu-liem", "air-hang-dau"
ANY = AirStation(publishes_aqi=True)
DAY = date(2026, 3, 10)
HOUR = timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=HANOI_TIME)
LATER = MIDNIGHT + timedelta(days=40)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute("TRUNCATE observation, observation_hourly, latest, air_day, correction")
        yield conn


def store(
    conn: psycopg.Connection, name: str, *readings: tuple[datetime, float], station: str = STATION
) -> None:
    id = sensors.datastream_ids(conn)[station, name]
    batches.add(conn, [(id, time, value, 0) for time, value in readings])


def hour(conn: psycopg.Connection, end: datetime, station: AirStation = ANY, id: str = STATION) -> HourRow:
    [row] = air_hours.hourly(conn, id, station, end, end)
    return row


def day(conn: psycopg.Connection, station: AirStation = ANY, **more: Any) -> DayRow:
    [row] = air.daily(conn, STATION, station, DAY, DAY, LATER, **more)
    return row


def at(clock: float) -> datetime:
    return MIDNIGHT + clock * HOUR


def test_an_hour_is_called_by_its_end_and_a_reading_on_it_belongs_to_the_next(
    conn: psycopg.Connection,
) -> None:
    store(conn, "pm2_5", (at(18.5), 30.0), (at(19), 10.0), (at(19.99), 20.0), (at(20), 90.0))
    row = hour(conn, at(20))
    assert row.time.isoformat() == "2026-03-10T20:00:00+07:00"
    assert (row.means["pm2_5"], row.observed["pm2_5"]) == (15.0, 2)
    assert hour(conn, at(21)).means["pm2_5"] == 90.0


def test_a_station_that_stamps_the_end_of_its_hour_is_taken_at_its_word(conn: psycopg.Connection) -> None:
    store(conn, "pm2_5", *((at(clock), float(clock)) for clock in range(26)))
    ending = AirStation(publishes_aqi=True, hour_stamp="end")
    assert [row.means["pm2_5"] for row in air_hours.hourly(conn, STATION, ending, at(19), at(20))] == [
        19.0,
        20.0,
    ]
    [whole] = air.daily(conn, STATION, ending, DAY, DAY, LATER)
    figures = whole.pollutants["pm2_5"].figures
    # 01:00 to 00:00 of the next day.
    assert figures is not None
    assert (figures.hours, figures.mean, figures.highest) == (24, 12.5, 24.0)


def test_the_hour_of_the_decision_comes_out_of_readings(conn: psycopg.Connection) -> None:
    for clock, mean in enumerate(PM25, start=9):
        store(
            conn,
            "pm2_5",
            *((at(clock - 1 + minute / 60), mean + offset) for minute, offset in ((5, -1), (35, 1))),
        )
    store(conn, "o3", (at(19.5), 136.1))
    row = hour(conn, at(20))
    assert round(row.hour.nowcast["pm2_5"], 1) == 20.3
    assert (row.hour.index.value, row.hour.index.driver) == (43, "o3")
    assert row.hour.index.sub_indices == {"pm2_5": 41, "o3": 43}


def test_the_hours_of_a_real_station_have_the_nowcast_that_was_published(
    conn: psycopg.Connection, shared_data: Path
) -> None:
    with gzip.open(shared_data / "hanoi_usembassy_pm25_2017_06.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    published = {}
    for row in rows:
        # What begins then lasted an hour.
        begins = datetime.strptime(row["Date (LT)"], "%Y-%m-%d %I:%M %p").replace(tzinfo=HANOI_TIME)
        published[begins + HOUR] = float(row["NowCast Conc."])
        if row["QC Name"] == "Valid":
            store(conn, "pm2_5", (begins, float(row["Raw Conc."])), station="air-us-embassy")
    ends = sorted(published)[12:]
    found = air_hours.hourly(conn, "air-us-embassy", ANY, ends[0], ends[-1])
    both = [
        (row.hour.nowcast["pm2_5"], published[row.time])
        for row in found
        if "pm2_5" in row.hour.nowcast and published.get(row.time, -1) >= 0
    ]
    assert len(both) > 70
    assert all(abs(ours - theirs) <= 0.11 for ours, theirs in both)


def test_the_eight_hours_of_ozone_reach_back_into_the_day_before(conn: psycopg.Connection) -> None:
    # Of 18:00 of the day before to 00:00 of the next.
    store(conn, "o3", *((at(clock - 0.5), mean) for clock, mean in enumerate(OZONE, start=-6)))
    store(conn, "pm2_5", *((at(clock + 0.5), 10.0) for clock in range(24)))
    found = day(conn)
    assert found.pollutants["o3"].figures is not None
    assert round(found.pollutants["o3"].figures.eight_hours or 0, 2) == 74.39
    assert found.index.sub_indices == {"pm2_5": 20, "o3": 37}


def test_one_pollutant_makes_an_index_of_particles_and_none_of_gases(conn: psycopg.Connection) -> None:
    for clock in range(24):
        store(conn, "pm10", (at(clock + 0.5), 40.0))
    assert (hour(conn, at(12)).hour.index.value, day(conn).index.value) == (40, 40)
    conn.execute("TRUNCATE observation, observation_hourly, latest")
    store(conn, "no2", *((at(clock + 0.5), 40.0) for clock in range(24)))
    assert (hour(conn, at(12)).hour.index.why, day(conn).index.why) == ("no_particles", "no_particles")


def test_a_gap_is_missing_and_not_zero(conn: psycopg.Connection) -> None:
    store(conn, "pm2_5", *((at(clock + 0.5), 40.0) for clock in (0, 1, 2, 6, 7)))
    rows = air_hours.hourly(conn, STATION, ANY, at(1), at(9))
    assert [row.hour.index.value for row in rows] == [None, 80, 80, 80, None, None, None, 80, 80]
    assert {row.hour.index.why for row in rows if row.hour.index.value is None} == {"few_hours"}
    assert [row.observed["pm2_5"] for row in rows] == [1, 1, 1, 0, 0, 0, 1, 1, 0]
    assert (day(conn).index.value, day(conn).index.why) == (None, "few_hours")


def test_a_station_that_may_not_publish_shows_concentrations_only(conn: psycopg.Connection) -> None:
    store(conn, "pm2_5", *((at(clock + 0.5), 40.0) for clock in range(24)))
    silent = AirStation(publishes_aqi=False)
    row = hour(conn, at(20), silent)
    assert (row.hour.index.value, row.hour.index.why, row.hour.index.sub_indices) == (
        None,
        "not_published",
        {},
    )
    assert row.hour.nowcast == {"pm2_5": 40.0}
    assert day(conn, silent).index.why == "not_published"


def test_a_day_that_goes_on_has_no_index_yet(conn: psycopg.Connection) -> None:
    store(conn, "pm2_5", *((at(clock + 0.5), 40.0) for clock in range(23)))
    [going] = air.daily(conn, STATION, ANY, DAY, DAY, at(23.5))
    [over] = air.daily(conn, STATION, ANY, DAY, DAY, at(24))
    assert (going.index.value, going.index.why, over.index.value) == (None, "not_over", 80)


def test_a_correction_makes_the_index_and_the_raw_value_stays(conn: psycopg.Connection) -> None:
    named = Correction(
        name="EPA 2021",
        pm2_5=0.524,
        humidity=-0.0862,
        constant=5.75,
        below=570,
        fitted_from=date(2017, 9, 1),
        fitted_to=date(2020, 1, 1),
        reference_station="US network",
        source="EPA",
    )
    station = AirStation(publishes_aqi=True, station_class="indicative", correction=named)
    for clock in range(24):
        store(conn, "pm2_5", (at(clock + 0.5), 100.0), station=SMALL)
        if clock not in (12, 13):
            store(conn, "humidity", (at(clock + 0.5), 50.0), station=SMALL)
    row = hour(conn, at(5), station, SMALL)
    assert row.means["pm2_5"] == 100.0
    assert row.used["pm2_5"] == pytest.approx(53.84)
    # Without humidity there is nothing to correct by.
    assert hour(conn, at(13), station, SMALL).used["pm2_5"] is None
    # Two hours of it leave no NowCast; that is no want of readings.
    assert hour(conn, at(14), station, SMALL).hour.index.why == "not_corrected"
    low = replace(station, correction=structs.replace(named, below=1.0))
    [lost] = air.daily(conn, SMALL, low, DAY, DAY, LATER)
    assert (lost.index.value, lost.index.why) == (None, "not_corrected")
    assert named.formula == "0.524 × PM2.5 -0.0862 × RH +5.75 (PM2.5 < 570)"
    assert named.corrected(600, 50) is None


def test_a_late_reading_changes_its_own_hours_and_days_only(conn: psycopg.Connection) -> None:
    for clock in range(-24, 72):
        store(conn, "pm2_5", (at(clock + 0.25), 20.0))
    span = (STATION, ANY, at(-23), at(72))
    days = (STATION, ANY, DAY - timedelta(days=1), DAY + timedelta(days=2), LATER)
    air.keep_days(conn, {STATION: ANY}, PROJECT_RULE, LATER)
    hours_before, days_before = air_hours.hourly(conn, *span), air.daily(conn, *days)
    # A day late, and twice.
    for _ in range(2):
        store(conn, "pm2_5", (at(5.5), 80.0))
    changed = [
        row.time for row, old in zip(air_hours.hourly(conn, *span), hours_before, strict=True) if row != old
    ]
    # Its own hour, and the eleven whose NowCast looks back to it.
    assert changed == [at(clock) for clock in range(6, 18)]
    moved = [row.day for row, old in zip(air.daily(conn, *days), days_before, strict=True) if row != old]
    assert moved == [DAY]
    assert day(conn).pollutants["pm2_5"].observed == 25


def test_a_reading_found_wrong_leaves_its_hour(conn: psycopg.Connection) -> None:
    store(conn, "pm2_5", *((at(clock + 0.5), 20.0) for clock in range(24)), (at(12.75), 900.0))
    air.keep_days(conn, {STATION: ANY}, PROJECT_RULE, LATER)
    assert day(conn).index.value == 77
    id = sensors.datastream_ids(conn)[STATION, "pm2_5"]
    corrections.apply(conn, Flags(id, at(12.7), at(12.8), "me", "spike", set_bits=FAULT))
    assert (day(conn).index.value, hour(conn, at(13)).observed["pm2_5"]) == (40, 1)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_kept_and_remembered_is_always_what_the_hours_say(
    conn: psycopg.Connection, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same readings at every run
    ids = sensors.datastream_ids(conn)
    newest = air_newest.Newest()
    stamps = AirStation(publishes_aqi=True, hour_stamp="end" if seed == 2 else "start")
    conn.execute(
        "UPDATE sensor SET attributes = attributes || jsonb_build_object('hour_stamp', %s::text) WHERE id = %s",
        [stamps.hour_stamp, STATION],
    )
    now = at(0)
    for _ in range(25):
        now += timedelta(minutes=chance.choice([5, 50, 400]))
        for _ in range(chance.randrange(4)):
            # Most are new, some late by a little or by days; some fall upon the hour itself.
            age = chance.choice([0, 1, 30, 61, 600, 3000])
            name = chance.choice(["pm2_5", "pm10", "o3", "no2"])
            times = sorted(
                (now - timedelta(minutes=age + at_)).replace(second=0, microsecond=0)
                for at_ in range(0, 90, 15)
            )
            store(conn, name, *((time, chance.uniform(0, 200)) for time in times))
        if chance.random() < 0.3:
            start = now - timedelta(minutes=chance.randrange(2000))
            corrections.apply(
                conn,
                Flags(ids[STATION, "pm2_5"], start, start + HOUR, "me", "try", set_bits=FAULT)
                if chance.random() < 0.5
                else Flags(ids[STATION, "pm2_5"], start, start + HOUR, "me", "try", cleared_bits=FAULT),
            )
        if chance.random() < 0.5:
            air.keep_days(conn, {STATION: stamps}, PROJECT_RULE, now)
        states = latest.of_kind(conn, "air")
        remembered = newest.read(conn, states, now)[STATION]
        assert remembered.hour == hour(conn, remembered.end, stamps).hour
        span = (STATION, stamps, DAY - timedelta(days=3), now.date(), now)
        shown = air.daily(conn, *span)
        kept = conn.execute("DELETE FROM air_day RETURNING *").fetchall()
        assert shown == air.daily(conn, *span)
        for row in kept:
            conn.execute("INSERT INTO air_day VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", row)
    assert conn.execute("SELECT count(*) > 0 FROM air_day").fetchone() == (True,)
    conn.execute("UPDATE sensor SET attributes = attributes - 'hour_stamp' WHERE id = %s", [STATION])


def test_days_kept_under_another_rule_are_not_shown(conn: psycopg.Connection) -> None:
    store(conn, "o3", *((at(clock + 0.5), 100.0) for clock in range(10, 14)), (at(23.5), 1.0))
    store(conn, "pm2_5", *((at(clock + 0.5), 10.0) for clock in range(24)))
    air.keep_days(conn, {STATION: ANY}, PROJECT_RULE, LATER)
    figures = day(conn, completeness=Completeness(eight_hours=4)).pollutants["o3"].figures
    assert figures is not None
    assert figures.eight_hours == 100.0


def test_days_kept_for_another_stamp_of_hours_are_made_anew(conn: psycopg.Connection) -> None:
    [(stream,)] = conn.execute(
        "SELECT d.id FROM datastream d JOIN sensor s ON s.id = d.sensor_id WHERE s.kind = 'air' ORDER BY d.id LIMIT 1"
    ).fetchall()
    with conn.transaction():
        conn.execute(
            "INSERT INTO air_day (datastream_id, day, hours, observed, eight_hours_of)"
            " VALUES (%s, '2020-01-01', 0, 0, 6)",
            (stream,),
        )
        of = "id = (SELECT sensor_id FROM datastream WHERE id = %s)"
        kept = "SELECT FROM air_day WHERE datastream_id = %s AND day = '2020-01-01'"
        conn.execute(f"UPDATE sensor SET name_en = name_en || '.' WHERE {of}", (stream,))  # noqa: S608
        assert conn.execute(kept, (stream,)).rowcount == 1
        stamped = 'attributes || \'{"hour_stamp": "end"}\''
        conn.execute(f"UPDATE sensor SET attributes = {stamped} WHERE {of}", (stream,))  # noqa: S608
        assert conn.execute(kept, (stream,)).rowcount == 0
        raise psycopg.Rollback


def test_the_newest_hours_are_read_once_until_one_changes(conn: psycopg.Connection, monkeypatch: Any) -> None:
    for station in (STATION, OTHER):
        store(conn, "pm2_5", (at(9.2), 10.0), (at(10.2), 20.0), (at(11.2), 30.0), station=station)
    read: list[list[str]] = []
    real = air.hours

    def counted(conn: Any, stations: Any, *rest: Any) -> Any:
        read.append([id for id in stations if id in (STATION, OTHER)])
        return real(conn, stations, *rest)

    monkeypatch.setattr("cityhub.store.air.hours", counted)
    newest = air_newest.Newest()

    def look(now: datetime) -> int | None:
        return newest.read(conn, latest.of_kind(conn, "air"), now)[STATION].hour.index.value

    assert look(at(11.1)) == 33
    store(conn, "pm2_5", (at(11.3), 90.0))
    assert look(at(11.4)) == 33
    assert len(read) == 1, "what the hour that goes on brings, changes none that is over"
    store(conn, "pm2_5", (at(10.4), 60.0))
    assert look(at(11.5)) != 33
    assert read[1:] == [[STATION]]
    look(at(12.1))
    assert len(read[2]) == 2


def test_utc_and_vietnam_time_ask_for_the_same_hours(conn: psycopg.Connection) -> None:
    store(conn, "pm2_5", *((at(clock + 0.5), 40.0) for clock in range(24)))
    assert air_hours.hourly(conn, STATION, ANY, at(20).astimezone(UTC), at(20)) == air_hours.hourly(
        conn, STATION, ANY, at(20), at(20)
    )
