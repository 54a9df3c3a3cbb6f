"""Flags changed afterwards: sums, `latest` and the record follow in one transaction, whatever ingest does meanwhile."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import psycopg
import pytest

from cityhub.catalogue import Catalogue, Sensor, read
from cityhub.errors import InvalidInput, NotFound
from cityhub.kinds import KINDS, KindName
from cityhub.observing.continuity import Limits, limits_of
from cityhub.observing.quality import FAULT, LATE, NEIGHBOUR, RANGE, RATE
from cityhub.store import batches, connect, corrections, notices, retention, sensors
from cityhub.store import catalogue as store_catalogue
from cityhub.store.corrections import Correction
from cityhub.store.edition import edition_of
from cityhub.store.migrations import migrate
from tests.waiting import eventually
from tools import proof

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module", params=["as the services are", "plain PostgreSQL"])
def url(request: pytest.FixtureRequest) -> str:
    """A migrated database with the Hanoi catalogue, once with and once without TimescaleDB."""
    if request.param == "as the services are":
        return str(request.getfixturevalue("database_url"))
    url = str(request.getfixturevalue("empty_database_url"))
    with pytest.MonkeyPatch.context() as patch:
        # Takes the server as it stands instead of creating the extension.
        patch.setattr("cityhub.store.migrations.prepare", edition_of)
        assert migrate(url).edition.name == "plain"
    with connect(url, "tests") as conn:
        store_catalogue.save(conn, read())
    return url


@pytest.fixture
def conn(url: str) -> Iterator[psycopg.Connection]:
    with connect(url, "tests", autocommit=True) as conn:
        yield conn


_numbers = itertools.count(1)


@pytest.fixture
def stream(conn: psycopg.Connection) -> int:
    """A datastream of the test's own."""
    return _stream(conn, f"rain-own-{next(_numbers)}")


def _stream(conn: psycopg.Connection, id: str, kind: KindName = "rain", name: str = "rain") -> int:
    sensor = Sensor(
        id=id,
        kind=kind,
        name_vi="Trạm thử",
        name_en="Test station",
        lon=105.85,
        lat=21.03,
        basis="illustrative",
        basis_note="",
        interval_s=60,
        properties=(name,),
    )
    store_catalogue.save(conn, Catalogue((), (sensor,)))
    return sensors.ensure_datastream(conn, id, kind, name)


def _correct(id: int, start: datetime, end: datetime, set_bits: int = 0, cleared_bits: int = 0) -> Correction:
    return Correction(id, start, end, "An", "the funnel was blocked", set_bits, cleared_bits)


def _hour(conn: psycopg.Connection, id: int, hour: datetime = NOON) -> tuple[object, ...]:
    [row] = conn.execute(
        "SELECT n, sum, min, max, n_rejected FROM observation_hourly WHERE datastream_id = %s AND hour = %s",
        (id, hour),
    ).fetchall()
    return row


def _raw(conn: psycopg.Connection, id: int) -> list[tuple[float, int]]:
    return conn.execute(
        "SELECT value, quality FROM observation WHERE datastream_id = %s ORDER BY time", (id,)
    ).fetchall()


def _latest(conn: psycopg.Connection, id: int) -> tuple[float, int]:
    [row] = conn.execute("SELECT value, quality FROM latest WHERE datastream_id = %s", (id,)).fetchall()
    return row


def test_a_fault_leaves_the_sums_and_comes_back_and_values_stay(
    conn: psycopg.Connection, stream: int
) -> None:
    batches.add(conn, [(stream, NOON + m * MINUTE, value, 0) for m, value in enumerate((1.0, 9.0, 2.0))])
    wrong = _correct(stream, NOON + MINUTE, NOON + 2 * MINUTE, set_bits=FAULT)
    assert corrections.apply(conn, wrong) == 1
    assert _raw(conn, stream) == [(1.0, 0), (9.0, FAULT), (2.0, 0)]
    assert _hour(conn, stream) == (2, 3.0, 1.0, 2.0, 1)

    right = replace(wrong, set_bits=0, cleared_bits=FAULT)
    assert corrections.apply(conn, right) == 1
    assert _raw(conn, stream) == [(1.0, 0), (9.0, 0), (2.0, 0)]
    assert _hour(conn, stream) == (3, 12.0, 1.0, 9.0, 0)


def test_an_hour_without_good_readings_has_no_least_and_no_greatest(
    conn: psycopg.Connection, stream: int
) -> None:
    batches.add(conn, [(stream, NOON, 4.0, 0), (stream, NOON + HOUR, 5.0, 0)])
    assert corrections.apply(conn, _correct(stream, NOON, NOON + HOUR, set_bits=FAULT)) == 1
    assert _hour(conn, stream) == (0, 0.0, None, None, 1)
    assert _hour(conn, stream, NOON + HOUR) == (1, 5.0, 5.0, 5.0, 0)


def test_flags_are_set_and_cleared_at_once_and_others_stay(conn: psycopg.Connection, stream: int) -> None:
    batches.add(conn, [(stream, NOON, 500.0, RANGE | LATE), (stream, NOON + MINUTE, 2.0, NEIGHBOUR)])
    changed = corrections.apply(conn, _correct(stream, NOON, NOON + HOUR, NEIGHBOUR, RANGE))
    assert changed == 1
    assert _raw(conn, stream) == [(500.0, LATE | NEIGHBOUR), (2.0, NEIGHBOUR)]
    assert _hour(conn, stream) == (2, 502.0, 2.0, 500.0, 0)


def test_latest_follows_when_the_newest_reading_is_among_them(conn: psycopg.Connection, stream: int) -> None:
    batches.add(conn, [(stream, NOON, 1.0, 0), (stream, NOON + HOUR, 2.0, 0)])
    corrections.apply(conn, _correct(stream, NOON, NOON + HOUR, set_bits=FAULT))
    assert _latest(conn, stream) == (2.0, 0)
    corrections.apply(conn, _correct(stream, NOON, NOON + 2 * HOUR, set_bits=FAULT))
    assert _latest(conn, stream) == (2.0, FAULT)
    assert proof.latest_apart(conn) == 0


def test_the_record_tells_who_why_what_and_how_many(conn: psycopg.Connection, stream: int) -> None:
    batches.add(conn, [(stream, NOON + m * MINUTE, 1.0, 0) for m in range(5)])
    before = datetime.now(UTC)
    corrections.apply(conn, _correct(stream, NOON, NOON + 3 * MINUTE, FAULT, LATE))
    corrections.apply(conn, _correct(stream, NOON, NOON + HOUR, cleared_bits=FAULT))
    [(sensor_id,)] = conn.execute("SELECT sensor_id FROM datastream WHERE id = %s", (stream,)).fetchall()
    newest, first = corrections.history(conn, sensor_id)
    assert (first.made_by, first.reason, first.property) == ("An", "the funnel was blocked", "rain")
    assert (first.start, first.end) == (NOON, NOON + 3 * MINUTE)
    assert (first.set_bits, first.cleared_bits, first.observations) == (FAULT, LATE, 3)
    assert (newest.set_bits, newest.cleared_bits, newest.observations) == (0, FAULT, 3)
    assert before <= first.made_at <= newest.made_at
    assert corrections.history(conn, sensor_id, limit=1) == [newest]
    assert corrections.history(conn, sensor_id, before_id=newest.id) == [first]
    assert corrections.history(conn)[:2] == [newest, first]


def _no2(conn: psycopg.Connection, name: str) -> tuple[int, dict[int, Limits]]:
    """A datastream whose readings are judged beside the ones before them, and by which limits."""
    stream = _stream(conn, name, "air", "no2")
    limit = limits_of(KINDS["air"].properties["no2"])
    assert limit is not None
    return stream, {stream: limit}


@pytest.mark.parametrize("seen", [0, 3], ids=["at once", "when some were flagged already"])
def test_readings_are_not_held_against_those_that_are_rejected_by_hand(
    conn: psycopg.Connection, seen: int
) -> None:
    stream, limits = _no2(conn, f"air-gas-{seen}")
    minutes = range(301, 311)
    for hour, value in enumerate((20.0, 20.0, 602.0, 603.0, 604.0, 605.0)):
        batches.add(conn, [(stream, NOON + hour * HOUR, value, 0)], limits)
    normal = [(stream, NOON + minute * MINUTE, 20.0 + minute % 5, 0) for minute in minutes]
    assert [one.flags for one in batches.add(conn, normal[:seen], limits).found] == [RATE] * seen
    assert (
        corrections.apply(conn, _correct(stream, NOON + 2 * HOUR, NOON + 301 * MINUTE, set_bits=FAULT)) == 4
    )
    assert batches.add(conn, normal[seen:], limits).found == []


def test_what_goes_on_after_it_was_rejected_by_hand_is_not_believed(conn: psycopg.Connection) -> None:
    stream, limits = _no2(conn, "air-spike")
    values = (20.0, 21.0, 900.0, 901.0, 902.0, 22.0)
    rows = [(stream, NOON + minute * MINUTE, value, 0) for minute, value in enumerate(values)]
    batches.add(conn, rows[:4], limits)
    assert corrections.apply(conn, _correct(stream, rows[2][1], rows[4][1], set_bits=FAULT)) == 2
    assert [(one.time, one.flags) for one in batches.add(conn, rows[4:], limits).found] == [
        (rows[4][1], RATE)
    ]


@pytest.mark.parametrize(
    "changes",
    [{"set_bits": NEIGHBOUR}, {"end": NOON + HOUR}],
    ids=["which marks only", "of what was believed long before"],
)
def test_a_correction_leaves_the_memory_of_what_is_still_believed(
    conn: psycopg.Connection, changes: dict[str, object]
) -> None:
    stream, limits = _no2(conn, f"air-kept-{next(iter(changes)).replace('_', '-')}")
    batches.add(conn, [(stream, NOON + hour * HOUR, 20.0, 0) for hour in range(3)], limits)
    correction = _correct(stream, NOON, NOON + 9 * HOUR, set_bits=FAULT)
    assert corrections.apply(conn, replace(correction, **changes)) > 0  # type: ignore[arg-type]
    spike = (stream, NOON + 2 * HOUR + MINUTE, 900.0, 0)
    assert [one.flags for one in batches.add(conn, [spike], limits).found] == [RATE]


def test_what_changes_nothing_is_not_on_record(conn: psycopg.Connection, stream: int) -> None:
    batches.add(conn, [(stream, NOON, 1.0, FAULT)])
    recorded = len(corrections.history(conn, limit=1000))
    for idle in (
        _correct(stream, NOON, NOON + HOUR, set_bits=FAULT),
        _correct(stream, NOON, NOON + HOUR, cleared_bits=NEIGHBOUR),
        _correct(stream, NOON + HOUR, NOON + 2 * HOUR, set_bits=NEIGHBOUR),
    ):
        assert corrections.apply(conn, idle) == 0
    assert len(corrections.history(conn, limit=1000)) == recorded


def test_the_sums_of_a_closed_hour_stay(conn: psycopg.Connection, stream: int) -> None:
    old = NOON - timedelta(days=500)
    batches.add(conn, [(stream, old, 3.0, 0), (stream, NOON, 1.0, 0)])
    conn.autocommit = False
    retention.apply(conn, 400, NOON)
    conn.rollback()
    conn.autocommit = True
    batches.add(conn, [(stream, old, 3.0, 0)])  # comes again: kept raw, not summed up
    assert corrections.apply(conn, _correct(stream, old, NOON + HOUR, set_bits=FAULT)) == 2
    assert _hour(conn, stream, old) == (1, 3.0, 3.0, 3.0, 0)
    assert _hour(conn, stream) == (0, 0.0, None, None, 1)


def test_all_of_it_goes_with_the_caller_s_transaction(
    url: str, conn: psycopg.Connection, stream: int
) -> None:
    batches.add(conn, [(stream, NOON, 1.0, 0)])
    recorded = len(corrections.history(conn, limit=1000))
    with connect(url, "tests", autocommit=True) as other, other.transaction(force_rollback=True):
        assert corrections.apply(other, _correct(stream, NOON, NOON + HOUR, set_bits=FAULT)) == 1
    assert (_raw(conn, stream), _hour(conn, stream)[0], _latest(conn, stream)) == ([(1.0, 0)], 1, (1.0, 0))
    assert len(corrections.history(conn, limit=1000)) == recorded


def test_live_maps_hear_of_it(url: str, conn: psycopg.Connection, stream: int) -> None:
    batches.add(conn, [(stream, NOON, 1.0, 0)])
    listener = notices.Listener(url, "tests")
    try:
        corrections.apply(conn, _correct(stream, NOON, NOON + HOUR, set_bits=FAULT))
        assert listener.wait(5) == {"rain"}
    finally:
        listener.close()


def test_what_there_is_not_is_named(conn: psycopg.Connection) -> None:
    with pytest.raises(NotFound, match="no datastream with id '2000000000'"):
        corrections.apply(conn, _correct(2_000_000_000, NOON, NOON + HOUR, set_bits=FAULT))
    with pytest.raises(NotFound, match="no sensor with id 'rain-none'"):
        corrections.datastream_id(conn, "rain-none", "rain")
    with pytest.raises(NotFound, match="no datastream with id 'rain-hoan-kiem/pm10'"):
        corrections.datastream_id(conn, "rain-hoan-kiem", "pm10")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"start": NOON.replace(tzinfo=None)}, "start"),
        ({"end": NOON}, "end"),
        ({"end": datetime.max.replace(tzinfo=UTC)}, "end"),
        ({"end": datetime(2200, 1, 1, tzinfo=UTC)}, "end"),
        ({"start": datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)}, "start"),
        ({"start": datetime.min.replace(tzinfo=timezone(7 * HOUR))}, "start"),
        ({"set_bits": 0}, "flags"),
        ({"set_bits": 128}, "flags"),
        ({"cleared_bits": FAULT}, "flags"),
        ({"made_by": " "}, "made_by"),
        ({"reason": ""}, "reason"),
    ],
    ids=str,
)
def test_a_correction_that_makes_no_sense_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        replace(_correct(1, NOON, NOON + HOUR, set_bits=FAULT), **changes)  # type: ignore[arg-type]
    assert caught.value.field == field


def _until_waiting(conn: psycopg.Connection, name: str) -> None:
    """Until the connection of that name waits for a lock."""
    query = (
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
        " AND wait_event_type = 'Lock'"
    )
    eventually(lambda: conn.execute(query, (name,)).fetchone(), told=lambda: f"{name} does not wait")


def _apply_as(url: str, name: str, correction: Correction) -> int:
    with connect(url, name, autocommit=True) as conn:
        # A deadlock is looked for once, this long after the wait began, and ends the one who looks: who was waited
        # for must have had the time to wait too, but not the second after which it looks itself.
        conn.execute("SET deadlock_timeout = '300ms'")
        return corrections.apply(conn, correction)


def test_a_correction_waits_for_the_batch_that_is_being_stored(
    url: str, conn: psycopg.Connection, stream: int
) -> None:
    batches.add(conn, [(stream, NOON, 1.0, 0)])
    fault = _correct(stream, NOON, NOON + HOUR, set_bits=FAULT)
    with ThreadPoolExecutor(1) as other, connect(url, "ingest", autocommit=True) as ingest:
        with ingest.transaction():
            batches.add(ingest, [(stream, NOON + MINUTE, 2.0, 0)])
            applied = other.submit(_apply_as, url, "corrector", fault)
            _until_waiting(conn, "corrector")
        assert applied.result(10) == 2
    assert _hour(conn, stream) == (0, 0.0, None, None, 2)
    assert _latest(conn, stream) == (2.0, FAULT)


def test_a_batch_waits_for_the_correction_and_adds_to_what_it_left(
    url: str, conn: psycopg.Connection, stream: int
) -> None:
    batches.add(conn, [(stream, NOON, 1.0, 0)])

    def add() -> int:
        with connect(url, "ingest") as ingest:
            # The first is there already and just being corrected.
            return batches.add(ingest, [(stream, NOON, 1.0, 0), (stream, NOON + MINUTE, 2.0, 0)]).stored

    with ThreadPoolExecutor(1) as other, connect(url, "corrector", autocommit=True) as corrector:
        with corrector.transaction():
            corrections.apply(corrector, _correct(stream, NOON, NOON + HOUR, set_bits=FAULT))
            added = other.submit(add)
            _until_waiting(conn, "ingest")
        assert added.result(10) == 1
    assert _raw(conn, stream) == [(1.0, FAULT), (2.0, 0)]
    assert _hour(conn, stream) == (1, 2.0, 2.0, 2.0, 1)


def test_a_deadlock_with_somebody_else_s_statement_is_tried_again(
    url: str, conn: psycopg.Connection, stream: int
) -> None:
    batches.add(conn, [(stream, NOON, 1.0, 0)])
    with ThreadPoolExecutor(1) as other, connect(url, "stranger") as stranger:
        stranger.execute("SELECT FROM observation_hourly WHERE datastream_id = %s FOR UPDATE", (stream,))
        applied = other.submit(
            _apply_as, url, "corrector", _correct(stream, NOON, NOON + HOUR, set_bits=FAULT)
        )
        _until_waiting(conn, "corrector")
        # The other way round than ingest and corrections: one of the two must give way.
        stranger.execute("SELECT FROM latest WHERE datastream_id = %s FOR UPDATE", (stream,))
        stranger.commit()
        assert applied.result(10) == 1
    assert _hour(conn, stream) == (0, 0.0, None, None, 1)


def _deadlocks(conn: psycopg.Connection) -> int:
    [(count,)] = conn.execute(
        "SELECT pg_stat_get_db_deadlocks(oid) FROM pg_database WHERE datname = current_database()"
    ).fetchall()
    return int(count)


def test_a_correction_and_retention_do_not_wait_for_each_other(
    url: str, conn: psycopg.Connection, stream: int
) -> None:
    old = NOON - timedelta(days=600)
    first = _stream(conn, "rain-held")
    for id in (first, stream):
        batches.add(conn, [(id, old, 3.0, 0), (id, NOON, 1.0, 0)])
    deadlocks = _deadlocks(conn)

    def retain() -> None:
        with connect(url, "retention") as own:
            own.execute("SET deadlock_timeout = '20ms'")
            retention.apply(own, 550, NOON)

    with ThreadPoolExecutor(2) as others:
        with connect(url, "stranger") as stranger:
            stranger.execute("SELECT FROM observation_hourly WHERE datastream_id = %s FOR UPDATE", (first,))
            retained = others.submit(retain)
            _until_waiting(conn, "retention")
            fault = _correct(stream, old, NOON + HOUR, set_bits=FAULT)
            applied = others.submit(_apply_as, url, "corrector", fault)
            # With chunks the old one is being dropped; without, nobody is in the correction's way.
            with suppress(TimeoutError):
                applied.result(0.5)
        retained.result(10)
        assert applied.result(10) > 0
    assert _hour(conn, stream) == (0, 0.0, None, None, 1)
    assert _deadlocks(conn) == deadlocks


def test_sums_stay_exact_while_batches_and_corrections_meet_in_the_same_hours(
    url: str, conn: psycopg.Connection
) -> None:
    streams = [_stream(conn, f"rain-crowd-{number}") for number in range(4)]
    deadlocks = _deadlocks(conn)
    stop = threading.Event()
    done = {"batches": 0, "corrections": 0}

    def keep(what: str, work: Callable[[psycopg.Connection, int], None]) -> None:
        with connect(url, "crowd", autocommit=True) as own:
            for turn in itertools.count():
                if stop.is_set():
                    return
                work(own, turn)
                done[what] = max(done[what], turn)

    limits = {id: known for id in streams if (known := limits_of(KINDS["rain"].properties["rain"]))}

    def add(every: int) -> Callable[[psycopg.Connection, int], None]:
        def work(own: psycopg.Connection, turn: int) -> None:
            # Whole values, so that sums are exact in any order; every third row was there before.
            rows = [
                (id, NOON + (turn * every + part - part % 3) * timedelta(milliseconds=250), float(part), 0)
                for part in range(9)
                for id in reversed(streams)
            ]
            batches.add(own, rows, limits)

        return work

    def toggle(bits: int) -> Callable[[psycopg.Connection, int], None]:
        def work(own: psycopg.Connection, turn: int) -> None:
            on = turn // len(streams) % 2 == 0
            span = (streams[turn % len(streams)], NOON, NOON + 3 * HOUR)
            corrections.apply(own, _correct(*span, bits, 0) if on else _correct(*span, 0, bits))

        return work

    adders = [add(every) for every in (7, 11, 13)]
    correctors = [toggle(bits) for bits in (FAULT, RANGE | NEIGHBOUR)]
    with ThreadPoolExecutor(5) as threads:
        crowd = [threads.submit(keep, "batches", work) for work in adders]
        crowd += [threads.submit(keep, "corrections", work) for work in correctors]
        try:
            eventually(lambda: min(done.values()) >= 100 or any(one.done() for one in crowd), 30)
        finally:
            stop.set()
        for one in crowd:
            one.result(20)
    assert {row.sensor_id for row in corrections.history(conn, limit=8)} == {
        f"rain-crowd-{n}" for n in range(4)
    }
    assert (proof.hours_apart(conn), proof.latest_apart(conn)) == (0, 0)
    assert _deadlocks(conn) == deadlocks
