"""How devices did, counted by the database, held against the rules and against plain counting."""

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import psycopg
import pytest

from cityhub.catalogue import read
from cityhub.devices.health import BELIEVED_JUMP, BELIEVED_PER_INTERVAL, HOUR, Gaps
from cityhub.observing.quality import FAULT
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import batches, connect, corrections, health, retention, sensors
from cityhub.store import catalogue as store_catalogue
from cityhub.store.corrections import Correction
from cityhub.store.health import DayRow
from cityhub.store.migrations import migrate

AIR, OTHER, SILENT = "air-trung-yen-3", "air-kim-lien", "air-my-dinh"
DAY = date(2026, 11, 20)
MIDNIGHT = datetime(2026, 11, 20, tzinfo=HANOI_TIME)
NEXT = MIDNIGHT + timedelta(days=1)
AFTER = NEXT + timedelta(days=1)
INTERVAL_S = 300
STEP = timedelta(seconds=INTERVAL_S)
MOMENT = timedelta(seconds=1)

Values = dict[str, float]


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    """A transaction that is rolled back."""
    with connect(database_url, "tests") as conn:
        conn.execute("UPDATE sensor SET interval_s = %s", (INTERVAL_S,))
        yield conn
        conn.rollback()


def store(conn: psycopg.Connection, sensor_id: str, readings: list[tuple[datetime, Values]]) -> None:
    ids = sensors.datastream_ids(conn)
    rows = [
        (ids[sensor_id, name], time, float(value), 0)
        for time, values in readings
        for name, value in values.items()
    ]
    batches.add(conn, rows)


def numbered(start: datetime, count: int, first: int = 0) -> list[tuple[datetime, Values]]:
    return [(start + n * STEP, {"pm2_5": 20.0, "seq": first + n}) for n in range(count)]


def counted(conn: psycopg.Connection, sensor_id: str = AIR, day: date = DAY, now: datetime = AFTER) -> DayRow:
    health.refresh_day(conn, day, now)
    [row] = [row for row in health.of_day(conn, day) if row.sensor_id == sensor_id]
    return row


def test_a_whole_day_is_complete_and_each_lost_message_is_missing_whatever_the_order_of_arrival(
    conn: psycopg.Connection,
) -> None:
    store(conn, AIR, numbered(MIDNIGHT - 2 * STEP, 2))
    whole = numbered(MIDNIGHT, 288, first=2)
    lost = {5, 6, 40, 287}
    arrived = [one for n, one in enumerate(whole) if n not in lost]
    random.Random(3).shuffle(arrived)  # noqa: S311 - an order
    for part in (arrived[:100], arrived[50:]):
        store(conn, AIR, part)
    row = counted(conn)
    assert (row.expected, row.reports, row.missing, row.restarts) == (288, 284, 3, 0)
    assert row.completeness == 284 / 288
    assert (row.first_time, row.last_time) == (MIDNIGHT, MIDNIGHT + 286 * STEP)
    # The day's last message is known to be lost only when the next day begins, and then it is that day's.
    store(conn, AIR, numbered(NEXT, 3, first=290))
    assert counted(conn, day=DAY + timedelta(days=1)).missing == 1
    store(conn, AIR, [whole[5], whole[287]])
    assert counted(conn).missing == 2
    assert counted(conn, day=DAY + timedelta(days=1)).missing == 0


def gaps(series: Iterable[tuple[datetime, int]]) -> Gaps:
    """Plain counting, as the rules say it."""
    missing = restarts = 0
    for (before, low), (after, high) in pairwise(series):
        believed = max(BELIEVED_JUMP, BELIEVED_PER_INTERVAL * (after - before).total_seconds() / INTERVAL_S)
        if 0 <= high - low - 1 <= believed:
            missing += high - low - 1
        else:
            restarts += 1
    return Gaps(missing, restarts)


@pytest.mark.parametrize("seed", range(6))
def test_gaps_are_counted_as_the_rules_say_whatever_the_order_of_arrival(
    conn: psycopg.Connection, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    series, number, time = [], 0, MIDNIGHT - timedelta(hours=2)
    while time < NEXT:
        series.append((time, number))
        time += timedelta(seconds=rng.choice((30, 300, 300, 300, 4000)))
        leap = rng.choice((2, 7, 1001, 1002, 1500, 60_000, -number, 0))
        number += 1 if rng.random() < 0.8 else leap
    first = max(n for n, (when, _) in enumerate(series) if when < MIDNIGHT)
    expected = gaps(series[first:])
    rng.shuffle(series)
    store(conn, AIR, [(when, {"seq": float(n)}) for when, n in series])
    row = counted(conn)
    assert (row.missing, row.restarts) == expected == current_gaps(conn, now=NEXT - MOMENT)
    assert row.restarts
    assert row.missing


@pytest.mark.parametrize("seed", range(4))
def test_hours_that_were_counted_change_with_whatever_comes_late_or_is_corrected(
    conn: psycopg.Connection, seed: int
) -> None:
    rng = random.Random(seed)  # noqa: S311 - no secret
    times = [MIDNIGHT - timedelta(hours=30) + n * STEP for n in range(12 * 54)]
    series = {time: n + 70_000 * (n > 300) for n, time in enumerate(times) if rng.random() < 0.9}
    late = set(rng.sample(sorted(series), 60))
    id = sensors.datastream_ids(conn)[AIR, "seq"]

    def expected(numbers: dict[datetime, int], now: datetime) -> Gaps:
        start = now - timedelta(days=1)
        first = max(time for time in numbers if time < start)
        return gaps((time, numbers[time]) for time in sorted(numbers) if first <= time < now)

    held = {time: number for time, number in series.items() if time not in late}
    store(conn, AIR, [(time, {"seq": number}) for time, number in held.items()])
    for step in range(3):
        health.refresh(conn, NEXT)
        for now in (NEXT, NEXT - timedelta(minutes=rng.randrange(1, 600))):
            assert current_gaps(conn, now) == expected(held, now)
        assert Gaps(counted(conn).missing or 0, counted(conn).restarts or 0) == expected(held, NEXT)
        if step == 0:
            store(conn, AIR, [(time, {"seq": series[time]}) for time in late])
            held = series
        if step == 1:
            span = (MIDNIGHT + timedelta(hours=3), MIDNIGHT + timedelta(hours=5, minutes=20))
            corrections.apply(conn, Correction(id, *span, "somebody", "wrong numbers", set_bits=FAULT))
            held = {time: number for time, number in series.items() if not span[0] <= time < span[1]}
        # Before the next count too.
        assert current_gaps(conn) == expected(held, NEXT)


def test_an_hour_that_was_counted_is_not_read_again(conn: psycopg.Connection) -> None:
    store(conn, AIR, numbered(MIDNIGHT, 288))
    health.refresh(conn, NEXT)
    assert current_gaps(conn) == Gaps(0, 0)
    conn.execute("UPDATE sequence_hour SET missing = 1")
    assert current_gaps(conn) == Gaps(24, 0)
    assert counted(conn).missing == 24
    # Of another interval other jumps are believed.
    conn.execute("UPDATE sensor SET interval_s = 60 WHERE id = %s", [AIR])
    assert health.current(conn, AIR, 60, NEXT).gaps == Gaps(0, 0)


def test_counted_hours_are_forgotten_when_no_day_needs_them_any_more(conn: psycopg.Connection) -> None:
    store(conn, AIR, numbered(MIDNIGHT, 288))
    health.refresh(conn, NEXT)
    health.refresh(conn, NEXT + timedelta(days=20))
    assert conn.execute("SELECT count(*) FROM sequence_hour").fetchone() == (24,)
    health.refresh(conn, NEXT + timedelta(days=60))
    assert conn.execute("SELECT count(*) FROM sequence_hour").fetchone() == (0,)


def current_gaps(conn: psycopg.Connection, now: datetime = NEXT) -> Gaps | None:
    return health.current(conn, AIR, INTERVAL_S, now).gaps


@pytest.mark.parametrize(
    ("numbers", "elapsed", "expected"),
    [
        ([7, 9], STEP, Gaps(1, 0)),
        ([7, 7 + BELIEVED_JUMP + 1], STEP, Gaps(BELIEVED_JUMP, 0)),
        ([7, 7 + BELIEVED_JUMP + 2], STEP, Gaps(0, 1)),
        # Six days of 300 s are 1,728 reports; ten times as many could have been sent.
        ([0, 17_281], timedelta(days=6), Gaps(17_280, 0)),
        ([0, 17_282], timedelta(days=6), Gaps(0, 1)),
        ([7, 7], STEP, Gaps(0, 1)),
        ([65_534, 65_535, 0, 1], STEP, Gaps(0, 1)),
        ([5], STEP, Gaps(0, 0)),
        ([0, 2**53], STEP, Gaps(0, 1)),
    ],
)
def test_a_jump_is_believed_as_far_as_messages_could_have_been_sent_and_else_a_restart(
    conn: psycopg.Connection, numbers: list[int], elapsed: timedelta, expected: Gaps
) -> None:
    end = NEXT - MOMENT
    times = [end - n * elapsed for n in reversed(range(len(numbers)))]
    store(conn, AIR, [(when, {"seq": n}) for when, n in zip(times, numbers, strict=True)])
    row = counted(conn)
    assert (row.missing, row.restarts) == expected == current_gaps(conn)


def test_a_number_older_than_a_week_is_not_the_one_before(conn: psycopg.Connection) -> None:
    store(conn, AIR, [(MIDNIGHT - timedelta(days=7) - MOMENT, {"seq": 0}), (MIDNIGHT, {"seq": 500})])
    assert (counted(conn).missing, current_gaps(conn)) == (0, Gaps(0, 0))
    store(conn, AIR, [(MIDNIGHT - timedelta(days=7), {"seq": 100})])
    assert (counted(conn).missing, current_gaps(conn)) == (399, Gaps(399, 0))


def test_a_number_out_of_range_counts_for_nothing_though_its_flag_was_cleared(
    conn: psycopg.Connection,
) -> None:
    id = sensors.datastream_ids(conn)[AIR, "seq"]
    wrong = {-1: 1.7e308, 1: -1.7e308, 2: -1.0, 3: 2.0**53 + 2}
    store(
        conn, AIR, [(MIDNIGHT - 2 * STEP, {"seq": 3}), (MIDNIGHT, {"seq": 5}), (MIDNIGHT + STEP, {"seq": 7})]
    )
    batches.add(conn, [(id, MIDNIGHT + n * MOMENT, value, 0) for n, value in wrong.items()])
    row = counted(conn)
    assert (row.missing, row.restarts) == (2, 0)
    assert current_gaps(conn) == Gaps(2, 0)


def test_today_expects_only_what_could_have_come_and_a_first_day_begins_with_its_first_report(
    conn: psycopg.Connection,
) -> None:
    store(conn, OTHER, numbered(MIDNIGHT - 3 * STEP, 20))
    store(conn, AIR, numbered(MIDNIGHT + timedelta(hours=6), 13))
    now = MIDNIGHT + timedelta(hours=7, seconds=20)
    first, older = counted(conn, now=now), counted(conn, OTHER, now=now)
    assert (first.expected, first.reports, first.completeness) == (12, 13, 1)
    assert (older.expected, older.reports, older.completeness) == (84, 17, 17 / 84)
    next_day = counted(conn, day=DAY + timedelta(days=1))
    assert (next_day.expected, next_day.reports, next_day.completeness) == (288, 0, 0)


def test_a_sensor_that_never_reported_has_nothing_expected_of_it_and_a_day_before_all_data_has_no_rows(
    conn: psycopg.Connection,
) -> None:
    store(conn, AIR, numbered(MIDNIGHT, 3))
    row = counted(conn, SILENT)
    assert (row.expected, row.reports, row.completeness, row.missing, row.last_time) == (
        0,
        0,
        None,
        None,
        None,
    )
    assert health.refresh_day(conn, DAY - timedelta(days=1), AFTER) == 0


def test_the_fullest_datastream_counts_and_rejected_values_are_reports(conn: psycopg.Connection) -> None:
    ids = sensors.datastream_ids(conn)
    times = [MIDNIGHT + n * STEP for n in range(12)]
    rows = [(ids[AIR, "pm2_5"], time, -999.0, 2) for time in times]
    rows += [(ids[AIR, "pm10"], time, 12.0, 0) for time in times[:5]]
    rows += [(ids[AIR, "battery"], times[0], 80.0, 0), (ids[AIR, "battery"], times[1], 79.0, 0)]
    rows += [(ids[AIR, "rssi"], times[1], -999.0, 2), (ids[AIR, "seq"], times[1], 0.5, 1)]
    batches.add(conn, rows)
    row = counted(conn)
    assert (row.reports, row.n_rejected, row.battery, row.rssi) == (12, 14, 79, None)
    assert (row.missing, row.restarts) == (None, None)


def test_counting_again_changes_nothing_but_the_time_of_counting(conn: psycopg.Connection) -> None:
    store(conn, AIR, numbered(MIDNIGHT, 200))
    query = "SELECT sensor_id, day, expected, reports, completeness, missing, restarts FROM sensor_day ORDER BY 1, 2"
    assert health.refresh(conn, NEXT + timedelta(hours=1)) > 0
    once = conn.execute(query).fetchall()
    health.refresh(conn, NEXT + timedelta(hours=1))
    assert conn.execute(query).fetchall() == once
    assert {day for _, day, *_ in once} == {DAY, DAY + timedelta(days=1)}


def days_of(conn: psycopg.Connection) -> dict[date, tuple[int, int]]:
    rows = health.of_sensor(
        conn, AIR, DAY - timedelta(days=40), DAY + timedelta(days=40), after=None, limit=100
    )
    return {row.day: (row.reports, row.expected) for row in rows}


def test_days_that_an_outage_left_out_or_unfinished_are_counted_when_the_hub_is_back(
    conn: psycopg.Connection,
) -> None:
    store(conn, AIR, numbered(MIDNIGHT - timedelta(days=1), 288 + 72))
    health.refresh(conn, MIDNIGHT + timedelta(hours=6))
    assert days_of(conn) == {DAY - timedelta(days=1): (288, 288), DAY: (72, 72)}
    store(conn, AIR, numbered(MIDNIGHT + 72 * STEP, 216 + 2 * 288, first=360))
    back = MIDNIGHT + timedelta(days=4, hours=1)
    health.refresh(conn, back)
    assert list(days_of(conn).values()) == [(288, 288), (288, 288), (288, 288), (288, 288), (0, 288), (0, 12)]
    # What is settled is not counted again, what lasts is, and the day before it once an hour.
    assert counted_at(conn, back + timedelta(minutes=59)) == {DAY + timedelta(days=4)}
    assert counted_at(conn, back + timedelta(hours=1)) == {DAY + timedelta(days=3), DAY + timedelta(days=4)}


def counted_at(conn: psycopg.Connection, now: datetime) -> set[date]:
    health.refresh(conn, now)
    query = "SELECT DISTINCT day FROM sensor_day WHERE updated_at = %s"
    return {day for (day,) in conn.execute(query, (now,))}


def test_a_hub_that_never_counted_begins_with_the_first_day_of_data_but_not_before_a_month(
    conn: psycopg.Connection,
) -> None:
    assert health.refresh(conn, AFTER) == 0
    store(conn, AIR, numbered(MIDNIGHT, 3))
    assert counted_at(conn, MIDNIGHT + timedelta(days=5)) == {DAY + timedelta(days=n) for n in range(6)}
    conn.execute("TRUNCATE sensor_day")
    # Whoever looked at one day, or an interruption, does not hide the others.
    health.refresh_day(conn, DAY + timedelta(days=4), MIDNIGHT + timedelta(days=5))
    assert len(counted_at(conn, MIDNIGHT + timedelta(days=5, hours=1))) == 6
    assert len(counted_at(conn, MIDNIGHT + timedelta(days=60))) == 31


def test_a_count_that_fails_keeps_the_days_before_it(empty_database_url: str) -> None:
    migrate(empty_database_url)
    with connect(empty_database_url, "tests", autocommit=True) as conn:
        store_catalogue.save(conn, read())
        sensors.ensure_datastream(conn, AIR, "air", "pm2_5")
        store(conn, AIR, [(MIDNIGHT, {"pm2_5": 20.0})])
        conn.execute("ALTER TABLE sensor_day ADD CHECK (day <> '2026-11-22')")
        with pytest.raises(psycopg.errors.CheckViolation):
            health.refresh(conn, MIDNIGHT + timedelta(days=4))
        assert list(days_of(conn)) == [DAY, DAY + timedelta(days=1)]


def test_a_day_whose_raw_observations_are_gone_stays_as_it_was_counted(database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        conn.execute("UPDATE sensor SET interval_s = %s", (INTERVAL_S,))
        # A chunk holds seven days: this one is gone whole.
        start = MIDNIGHT - timedelta(days=60)
        store(conn, AIR, [*numbered(start, 10), *numbered(start + 12 * STEP, 10, first=12)])
        before = counted(conn, day=start.date(), now=start + timedelta(hours=12))
        assert before.missing == 2
        conn.commit()
        retention.apply(conn, 10, AFTER)
        assert health.refresh_day(conn, start.date(), AFTER) == 0
        days = health.unsettled(conn, start + timedelta(days=10, hours=3))
        assert days == [start.date() + timedelta(days=n) for n in range(1, 11)]
        [after] = [row for row in health.of_day(conn, start.date()) if row.sensor_id == AIR]
        assert after == before


def test_one_sensor_is_counted_live_over_the_last_24_hours(conn: psycopg.Connection) -> None:
    now = MIDNIGHT + timedelta(hours=12, minutes=30)
    lost = (1, 3, 270, 271)
    sent = numbered(now - timedelta(hours=24) - STEP, 288)
    store(conn, AIR, numbered(now - timedelta(days=3), 1, first=9))
    store(conn, AIR, [one for n, one in enumerate(sent) if n not in lost])
    found = health.current(conn, AIR, INTERVAL_S, now)
    assert found.gaps == Gaps(4, 0)
    assert [hour.reports for hour in found.hours] == [
        sum(hour.time <= time < hour.time + HOUR for n, (time, _) in enumerate(sent) if n not in lost)
        for hour in found.hours
    ]
    assert [hour.expected for hour in found.hours] == [12] * 24
    assert found.hours[-1].time == (now - timedelta(minutes=90)).astimezone(UTC)
    assert found.excess is None
    # The hour under way counts as well: nobody waits for its end to see a flood.
    at_once = now - timedelta(minutes=5)
    store(conn, AIR, [(at_once + timedelta(milliseconds=number), {"pm2_5": 20.0}) for number in range(130)])
    flooded = health.current(conn, AIR, INTERVAL_S, now).excess
    assert flooded is not None
    assert flooded > 130 / 12
    assert health.current(conn, SILENT, INTERVAL_S, now).gaps is None
