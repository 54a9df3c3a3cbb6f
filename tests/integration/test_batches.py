"""Batches of any kind, alone and several at once, against a simple model of what must be stored, summed and judged."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import astuple
from psycopg.errors import CheckViolation

from cityhub.catalogue import Catalogue, Sensor
from cityhub.kinds.model import Change, Flat
from cityhub.observing.continuity import Limits, Memory, Row, judge
from cityhub.observing.quality import FAULT, FLATLINE, LATE, RANGE, RATE, REJECTED
from cityhub.store import batches, connect, retention, sensors
from cityhub.store import catalogue as store_catalogue
from tools import proof

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STREAMS = 5
LIMITS = Limits(Change(jump=10, per_hour=60), Flat(hours=1, above=0), amount=False)


def make_streams(conn: psycopg.Connection, name: str, count: int = STREAMS) -> list[int]:
    catalogue = Catalogue(
        (),
        tuple(
            Sensor(
                id=f"air-{name}-{number}",
                kind="air",
                name_vi="Trạm thử",
                name_en="Test station",
                lon=105.85,
                lat=21.03,
                basis="illustrative",
                basis_note="",
                interval_s=60,
                properties=("pm2_5",),
                listed=False,
            )
            for number in range(count)
        ),
    )
    store_catalogue.save(conn, catalogue)
    return [sensors.ensure_datastream(conn, sensor.id, "air", "pm2_5") for sensor in catalogue.sensors]


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests") as conn:
        yield conn
        conn.rollback()


class Model:
    """What a database must hold after batches, kept in dictionaries."""

    def __init__(self, limits: Mapping[int, Limits]) -> None:
        self.rows: dict[tuple[int, datetime], tuple[float, int]] = {}
        self.memories: dict[int, Memory] = {}
        self._limits = limits

    def add(self, rows: Sequence[Row]) -> int:
        """How many were new."""
        new: dict[tuple[int, datetime], Row] = {}
        for row in rows:
            if row[:2] not in self.rows:
                new.setdefault(row[:2], row)
        ordered = [new[key] for key in sorted(new)]
        for id, time, value, quality in ordered:
            self.rows[id, time] = value, quality
        for found in judge(ordered, self._limits, self.memories).found:
            value, quality = self.rows[found.datastream_id, found.time]
            self.rows[found.datastream_id, found.time] = value, quality | found.flags
        return len(new)

    def observations(self) -> list[tuple[object, ...]]:
        return [(*key, *self.rows[key]) for key in sorted(self.rows)]

    def latest(self) -> list[tuple[object, ...]]:
        newest = {key[0]: (*key, *self.rows[key]) for key in sorted(self.rows)}
        return [newest[id] for id in sorted(newest)]

    def hours(self) -> list[tuple[object, ...]]:
        hours: dict[tuple[int, datetime], list[tuple[float, int]]] = {}
        for (id, time), row in self.rows.items():
            hours.setdefault((id, time.replace(minute=0, second=0)), []).append(row)
        found: list[tuple[object, ...]] = []
        for key in sorted(hours):
            good = [value for value, quality in hours[key] if not quality & REJECTED]
            figures = (len(good), sum(good), min(good, default=None), max(good, default=None))
            found.append((*key, *figures, len(hours[key]) - len(good)))
        return found


def observations(conn: psycopg.Connection, ids: Sequence[int]) -> list[tuple[object, ...]]:
    return conn.execute(
        "SELECT datastream_id, time, value, quality FROM observation WHERE datastream_id = ANY(%s) ORDER BY 1, 2",
        (list(ids),),
    ).fetchall()


def latest(conn: psycopg.Connection, ids: Sequence[int]) -> list[tuple[object, ...]]:
    return conn.execute(
        "SELECT datastream_id, time, value, quality FROM latest WHERE datastream_id = ANY(%s) ORDER BY 1",
        (list(ids),),
    ).fetchall()


def hours(conn: psycopg.Connection, ids: Sequence[int]) -> list[tuple[object, ...]]:
    return conn.execute(
        "SELECT datastream_id, hour, n, sum, min, max, n_rejected FROM observation_hourly"
        " WHERE datastream_id = ANY(%s) ORDER BY 1, 2",
        (list(ids),),
    ).fetchall()


def memories(conn: psycopg.Connection, ids: Sequence[int]) -> dict[int, tuple[object, ...]]:
    rows = conn.execute(
        "SELECT datastream_id, judged_time, judged_value, since, readings, believed_time, believed_value FROM latest"
        " WHERE datastream_id = ANY(%s) AND judged_time IS NOT NULL",
        (list(ids),),
    )
    return {id: memory for id, *memory in map(list, rows)}  # type: ignore[misc]


# Few streams and times, so that repetitions, late readings and jumps are common; whole numbers, so that sums are exact.
READINGS = st.tuples(
    st.integers(0, STREAMS - 1),
    st.integers(-90, 90),
    st.sampled_from([0.0, 1, 5.0, 5, 5.0, 30, 300]),
    st.sampled_from([0, 0, 0, LATE, RANGE, FAULT]),
)
BATCHES = st.lists(st.lists(READINGS, max_size=40), max_size=6)


def test_batches_leave_what_the_model_says(conn: psycopg.Connection) -> None:
    streams = make_streams(conn, "model")
    conn.commit()
    # The last has no limits: it is not judged.
    limits = dict.fromkeys(streams[:-1], LIMITS)

    @settings(max_examples=60, deadline=None)
    @given(BATCHES)
    def hold(given_batches: list[list[tuple[int, int, float, int]]]) -> None:
        model = Model(limits)
        with conn.transaction(force_rollback=True):
            for batch in given_batches:
                rows = [(streams[at], NOON + m * MINUTE, value, q) for at, m, value, q in batch]
                added = batches.add(conn, rows, limits)
                assert added.stored == model.add(rows)
                assert added.stored + added.duplicates == len(rows)
            assert observations(conn, streams) == model.observations()
            assert hours(conn, streams) == model.hours()
            assert latest(conn, streams) == model.latest()
            assert memories(conn, streams) == {
                id: list(astuple(memory)) for id, memory in model.memories.items()
            }

    hold()


def test_batches_of_several_at_once_are_stored_once_summed_and_never_deadlock(database_url: str) -> None:
    """Four ingestors that share all datastreams, none of which was begun, and get some readings twice."""
    with connect(database_url, "tests", autocommit=True) as conn:
        streams = make_streams(conn, "shared", 40)
        limits = dict.fromkeys(streams, LIMITS)
        [(before,)] = conn.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchall()

        def run(number: int) -> int:
            stored = 0
            with connect(database_url, "tests", autocommit=True) as own:
                for turn in range(25):
                    # Each in an order of its own; minutes overlap with those of the others, and go back now and then.
                    first = turn * 3 - (40 if turn % 7 == number else 0)
                    ids = streams if number % 2 else streams[::-1]
                    rows = [
                        (id, NOON + (first + m) * MINUTE, float(id % 7 + m), 0)
                        for id in ids[number * 5 :]
                        for m in range(5)
                    ]
                    with own.transaction():
                        stored += batches.add(own, rows, limits).stored
            return stored

        with ThreadPoolExecutor(4) as pool:
            stored = sum(pool.map(run, range(4), timeout=100))
        [(rows,)] = conn.execute(
            "SELECT count(*) FROM observation WHERE datastream_id = ANY(%s)", (streams,)
        ).fetchall()
        assert rows == stored
        assert proof.hours_apart(conn) == 0
        assert proof.latest_apart(conn) == 0
        conn.execute("SELECT pg_stat_force_next_flush()")
        [(after,)] = conn.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchall()
        assert after == before


def test_a_first_batch_that_fails_leaves_no_trace(conn: psycopg.Connection) -> None:
    [stream] = make_streams(conn, "trace", 1)
    conn.execute("ALTER TABLE observation ADD CONSTRAINT not_66 CHECK (value <> 66)")
    with pytest.raises(CheckViolation), conn.transaction():
        batches.add(conn, [(stream, NOON, 66.0, 0)])
    assert latest(conn, [stream]) == []
    assert batches.add(conn, [(stream, NOON, 1.0, 0)]).stored == 1


def test_rows_put_there_past_the_hub_are_found_out(conn: psycopg.Connection) -> None:
    """As by a restore of a part: `latest` is behind, or is not there."""
    behind, absent = streams = make_streams(conn, "past", 2)
    batches.add(conn, [(behind, NOON, 1.0, 0)])
    for id in streams:
        for minutes in (5, 9):
            conn.execute(
                "INSERT INTO observation (datastream_id, time, value, quality) VALUES (%s, %s, 7, 0)",
                (id, NOON + minutes * MINUTE),
            )
    rows = [(id, NOON + minutes * MINUTE, 2.0, 0) for id in streams for minutes in (4, 5)]
    added = batches.add(conn, rows)
    assert (added.stored, added.duplicates) == (2, 2)
    assert latest(conn, streams) == [(id, NOON + 9 * MINUTE, 7.0, 0) for id in (behind, absent)]
    assert [row[2] for row in observations(conn, [absent])] == [2.0, 7.0, 7.0]


def test_a_late_reading_goes_on_from_what_was_judged_although_something_rejected_is_newer(
    conn: psycopg.Connection,
) -> None:
    [stream] = make_streams(conn, "rejected", 1)
    limits = {stream: LIMITS}
    batches.add(conn, [(stream, NOON, 5.0, 0), (stream, NOON + 9 * MINUTE, 999.0, RANGE)], limits)
    batches.add(conn, [(stream, NOON + 5 * MINUTE, 6.0, 0)], limits)
    assert memories(conn, [stream])[stream][:2] == [NOON + 5 * MINUTE, 6.0]
    assert latest(conn, [stream]) == [(stream, NOON + 9 * MINUTE, 999.0, RANGE)]


def test_flags_found_are_where_the_reading_is_stored_and_where_it_is_latest(conn: psycopg.Connection) -> None:
    [stream] = make_streams(conn, "flags", 1)
    rows = [(stream, NOON + 20 * m * MINUTE, 5.0, 0) for m in range(7)]
    added = batches.add(conn, [*rows, (stream, NOON + 121 * MINUTE, 900.0, LATE)], {stream: LIMITS})
    assert [(one.time, one.flags) for one in added.found] == [
        (NOON + 100 * MINUTE, FLATLINE),
        (NOON + 120 * MINUTE, FLATLINE),
        (NOON + 121 * MINUTE, RATE),
    ]
    assert latest(conn, [stream])[0][3] == LATE | RATE
    assert [row[3] for row in observations(conn, [stream])] == [
        0,
        0,
        0,
        0,
        0,
        FLATLINE,
        FLATLINE,
        LATE | RATE,
    ]


def test_hours_are_those_of_the_moment_whatever_the_offset(conn: psycopg.Connection) -> None:
    [stream] = make_streams(conn, "offset", 1)
    india = timedelta(hours=5, minutes=30)
    batches.add(conn, [(stream, (NOON + 59 * MINUTE).astimezone(timezone(india)), 1.0, 0)])
    assert hours(conn, [stream])[0][:3] == (stream, NOON, 1)


def test_a_batch_may_reach_over_many_years_and_come_again(conn: psycopg.Connection) -> None:
    [stream] = make_streams(conn, "years", 1)
    weeks = [NOON - week * timedelta(days=7) for week in range(150)]
    rows = [(stream, time, 1.0, 0) for time in weeks]
    assert batches.add(conn, rows[::2]).stored == 75
    again = batches.add(conn, rows)
    assert (again.stored, again.duplicates) == (75, 75)
    assert len(hours(conn, [stream])) == 150


def test_a_closed_hour_keeps_its_sums(database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        [stream] = make_streams(conn, "closed", 1)
        old = NOON - timedelta(days=500)
        batches.add(conn, [(stream, old, 1.0, 0), (stream, NOON, 1.0, 0)])
        conn.commit()
        retention.apply(conn, 400, NOON)
        assert batches.add(conn, [(stream, old, 1.0, 0), (stream, old + MINUTE, 1.0, 0)]).stored == 2
        assert [row[2] for row in hours(conn, [stream])] == [1, 1]
