"""Readings judged beside the ones before them, in the database that also remembers them."""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from subprocess import Popen

import psycopg
import pytest
from paho.mqtt import publish

from cityhub.catalogue import Catalogue, Sensor, read
from cityhub.config import Settings
from cityhub.kinds import KINDS
from cityhub.observing import topics
from cityhub.observing.continuity import Limits, limits_of
from cityhub.observing.decoded import Rejected
from cityhub.observing.quality import FAULT, FLATLINE, LATE, RATE, names
from cityhub.store import batches, connect, quarantine, sensors
from cityhub.store import catalogue as store_catalogue
from cityhub.store.registry import Registry
from jobs.quarantine import replay
from tests.waiting import eventually
from tools import proof

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests") as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def stream(conn: psycopg.Connection) -> int:
    return make_stream(conn, "air-continuity-1")


def make_stream(conn: psycopg.Connection, id: str) -> int:
    sensor = Sensor(
        id=id,
        kind="air",
        name_vi="Trạm thử",
        name_en="Test station",
        lon=105.85,
        lat=21.03,
        basis="illustrative",
        basis_note="",
        interval_s=60,
        properties=("pm2_5",),
    )
    store_catalogue.save(conn, Catalogue((), (sensor,)))
    return sensors.ensure_datastream(conn, id, "air", "pm2_5")


def limits(stream: int) -> dict[int, Limits]:
    found = limits_of(KINDS["air"].properties["pm2_5"])
    assert found is not None
    return {stream: found}


def add(conn: psycopg.Connection, stream: int, *readings: tuple[int, float]) -> None:
    """Readings as (minutes after noon, value)."""
    rows = [(stream, NOON + minutes * MINUTE, value, 0) for minutes, value in readings]
    batches.add(conn, rows, limits(stream))


def flags(conn: psycopg.Connection, stream: int) -> dict[int, list[str]]:
    """The flags that stored readings have, by minutes after noon."""
    rows = conn.execute(
        "SELECT time, quality FROM observation WHERE datastream_id = %s AND quality <> 0 ORDER BY time",
        (stream,),
    )
    return {int((time - NOON) / MINUTE): names(quality) for time, quality in rows}


def remembered(conn: psycopg.Connection, stream: int) -> list[tuple[object, ...]]:
    return conn.execute(
        "SELECT judged_time, judged_value, since, readings, believed_time, believed_value FROM latest"
        " WHERE datastream_id = %s AND believed_time IS NOT NULL",
        (stream,),
    ).fetchall()


def test_a_spike_is_marked_where_it_is_stored_and_where_it_is_latest(
    conn: psycopg.Connection, stream: int
) -> None:
    add(conn, stream, (0, 20), (1, 21), (2, 300))
    [latest] = conn.execute("SELECT quality FROM latest WHERE datastream_id = %s", (stream,)).fetchall()
    assert latest == (RATE,)
    add(conn, stream, (3, 22))
    [latest] = conn.execute("SELECT quality FROM latest WHERE datastream_id = %s", (stream,)).fetchall()
    assert latest == (0,)
    assert flags(conn, stream) == {2: ["rate"]}


def test_what_is_only_marked_stays_in_the_sums(conn: psycopg.Connection, stream: int) -> None:
    add(conn, stream, (0, 20), (1, 300))
    [hour] = conn.execute(
        "SELECT n, sum, max, n_rejected FROM observation_hourly WHERE datastream_id = %s", (stream,)
    ).fetchall()
    assert hour == (2, 320, 300, 0)


def test_a_flatline_goes_on_over_batches(conn: psycopg.Connection, stream: int) -> None:
    for hour in range(8):
        add(conn, stream, (60 * hour, 59))
    assert flags(conn, stream) == {60 * hour: ["flatline"] for hour in (5, 6, 7)}


def test_readings_that_come_again_are_not_judged_again(conn: psycopg.Connection, stream: int) -> None:
    add(conn, stream, (0, 20), (1, 300), (2, 21))
    before = remembered(conn, stream)
    add(conn, stream, (0, 20), (1, 300), (2, 21))
    # Another value for a time that is taken is a repetition too: what is stored is not changed by it.
    add(conn, stream, (2, 900))
    assert remembered(conn, stream) == before
    assert flags(conn, stream) == {1: ["rate"]}


def test_a_repetition_with_another_value_is_not_believed(conn: psycopg.Connection, stream: int) -> None:
    """What is stored for that time is a sentinel, which no memory holds."""
    add(conn, stream, (0, 20))
    batches.add(conn, [(stream, NOON + MINUTE, -999, FAULT)], limits(stream))
    before = remembered(conn, stream)
    add(conn, stream, (1, 900))
    assert remembered(conn, stream) == before
    add(conn, stream, (2, 21))
    assert flags(conn, stream) == {1: ["fault"]}


def test_of_a_batch_with_repetitions_the_new_readings_are_judged(
    conn: psycopg.Connection, stream: int
) -> None:
    add(conn, stream, (0, 20), (10, 22))
    add(conn, stream, (0, 20), (10, 22), (5, 300), (11, 400), (11, 23))
    assert flags(conn, stream) == {5: ["rate"], 11: ["rate"]}


def test_readings_from_before_there_was_a_memory_are_not_judged_when_they_come_again(
    conn: psycopg.Connection, stream: int
) -> None:
    rows = [(stream, NOON + minute * MINUTE, value, 0) for minute, value in ((0, 20.0), (1, 300.0))]
    batches.add(conn, rows)
    batches.add(conn, rows, limits(stream))
    assert (flags(conn, stream), remembered(conn, stream)) == ({}, [])


def test_findings_of_many_years_are_marked_at_once(conn: psycopg.Connection, stream: int) -> None:
    """A device may send a list of readings from anywhere in time; a statement each took a minute."""
    weeks = [NOON - week * timedelta(days=7) for week in range(200, 0, -1)]
    rows = [(stream, time, 20.0, 0) for time in weeks] + [(stream, time + MINUTE, 900.0, 0) for time in weeks]
    added = batches.add(conn, rows, limits(stream))
    assert len(added.found) == 200
    assert len(flags(conn, stream)) == 200


def test_a_transaction_that_fails_leaves_the_memory_as_it_was(conn: psycopg.Connection, stream: int) -> None:
    add(conn, stream, (0, 20))
    before = remembered(conn, stream)
    with conn.transaction(force_rollback=True):
        add(conn, stream, (1, 25))
        assert remembered(conn, stream) != before
    assert remembered(conn, stream) == before


def test_a_reading_overtaken_by_a_newer_one_is_judged_by_it(conn: psycopg.Connection, stream: int) -> None:
    add(conn, stream, (10, 20))
    add(conn, stream, (9, 300), (8, 22))
    assert flags(conn, stream) == {9: ["rate"]}


def test_a_datastream_without_limits_leaves_no_memory(conn: psycopg.Connection, stream: int) -> None:
    batches.add(conn, [(stream, NOON, 20, 0)])
    assert remembered(conn, stream) == []


def test_the_registry_knows_the_limits_of_catalogued_and_of_new_datastreams(conn: psycopg.Connection) -> None:
    known = make_stream(conn, "air-continuity-2")
    registry = Registry()
    registry.refresh(conn)
    assert registry.limits[known] == limits(known)[known]
    new = registry.datastream_id(conn, "air-continuity-2", "o3")
    assert registry.limits[new] == limits_of(KINDS["air"].properties["o3"])
    assert registry.datastream_id(conn, "air-continuity-2", "seq") not in registry.limits


def test_two_ingestors_that_share_a_sensor_judge_it_together(database_url: str) -> None:
    """Odd and even minutes by two connections at once: the spike is found, nothing waits for ever, sums are exact."""
    with connect(database_url, "tests") as conn:
        stream = make_stream(conn, "air-continuity-3")
        others = [make_stream(conn, f"air-continuity-3{letter}") for letter in "abcdef"]
        conn.commit()
    every = {id: limits(id)[id] for id in (stream, *others)}
    failures: list[BaseException] = []

    def run(first: int) -> None:
        try:
            with connect(database_url, "tests", autocommit=True) as conn:
                for start in range(first, 200, 20):
                    # Each in another order, as batches come.
                    ids = [stream, *others] if first == 0 else [*reversed(others), stream]
                    rows = [
                        (id, NOON + minute * MINUTE, 700.0 if minute == 101 else float(20 + minute % 3), 0)
                        for id in ids
                        for minute in range(start, start + 10)
                    ]
                    with conn.transaction():
                        batches.add(conn, rows, every)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=run, args=(first,)) for first in (0, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    with connect(database_url, "tests") as conn:
        for id in (stream, *others):
            assert flags(conn, id) == {101: ["rate"]}
        assert proof.hours_apart(conn) == 0
        assert proof.latest_apart(conn) == 0


def publish_all(settings: Settings, sensor_id: str, readings: Sequence[tuple[datetime, float]]) -> None:
    address = settings.broker()
    topic = topics.telemetry(settings.topic_prefix, "air", sensor_id)
    payloads = [
        json.dumps({"time": time.isoformat(), "values": {"pm2_5": value}}) for time, value in readings
    ]
    messages = [{"topic": topic, "payload": payload, "qos": 1} for payload in payloads]
    publish.multiple(messages, hostname=address.host, port=address.port)  # type: ignore[arg-type]


def wait_for(settings: Settings, sensor_id: str, expected: int) -> list[tuple[datetime, int]]:
    def rows() -> list[tuple[datetime, int]]:
        with psycopg.connect(settings.require("database_url")) as conn:
            return conn.execute(
                "SELECT o.time, o.quality FROM observation o JOIN datastream d ON d.id = o.datastream_id"
                " WHERE d.sensor_id = %s AND d.property = 'pm2_5' ORDER BY 1",
                (sensor_id,),
            ).fetchall()

    eventually(lambda: len(rows()) == expected, told=lambda: f"{len(rows())} readings of {expected}")
    return rows()


def test_what_ingest_remembers_survives_its_being_killed(
    hub_settings: Settings, start_ingest: Callable[[Settings], "Popen[bytes]"]
) -> None:
    """A stuck sensor, half of it before the kill; and a spike against a reading from before."""
    with connect(hub_settings.require("database_url"), "tests") as conn:
        store_catalogue.save(conn, read())
        conn.commit()
    stuck, jumping = "air-hoan-kiem", "air-my-dinh"
    now = datetime.now(UTC).replace(microsecond=0)
    hours = [(now - timedelta(hours=hour), 59.0) for hour in range(7, 0, -1)]
    first = start_ingest(hub_settings)
    publish_all(hub_settings, stuck, hours[:4])
    publish_all(hub_settings, jumping, [(now - 2 * MINUTE, 20.0)])
    wait_for(hub_settings, stuck, 4)
    wait_for(hub_settings, jumping, 1)
    first.kill()
    first.wait()
    publish_all(hub_settings, stuck, hours[4:])
    publish_all(hub_settings, jumping, [(now - MINUTE, 400.0), (now, 21.0)])
    start_ingest(hub_settings)
    assert [quality for _, quality in wait_for(hub_settings, stuck, 7)] == [
        *[LATE] * 5,
        *[LATE | FLATLINE] * 2,
    ]
    assert [quality for _, quality in wait_for(hub_settings, jumping, 3)] == [0, RATE, 0]


def test_what_is_replayed_from_quarantine_is_judged_as_well(database_url: str) -> None:
    sensor = "air-continuity-4"
    now = datetime.now(UTC).replace(microsecond=0)
    entries = []
    for minutes, value in ((3, 20), (2, 400), (1, 21)):
        message = {"time": (now - minutes * MINUTE).isoformat(), "values": {"pm2_5": value}}
        payload = json.dumps(message).encode()
        rejected = Rejected("unknown_sensor", "not in the catalogue yet", sensor)
        topic = topics.telemetry("hanoi", "air", sensor)
        entries.append(quarantine.Entry(topic, payload, len(payload), rejected, now))
    with connect(database_url, "tests", autocommit=True) as conn:
        stream = make_stream(conn, sensor)
        quarantine.add(conn, entries)
        assert replay(conn, "hanoi", 262_144).stored == 3
        rows = conn.execute(
            "SELECT time FROM observation WHERE datastream_id = %s AND quality & %s <> 0", (stream, RATE)
        ).fetchall()
    assert rows == [(now - 2 * MINUTE,)]
