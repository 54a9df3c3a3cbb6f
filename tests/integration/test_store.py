"""The store on a real server: once, exactly, already summed up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.catalogue import Catalogue, Sensor
from cityhub.errors import MigrationError, NotFound, SettingsError, StoreUnavailable
from cityhub.observing.decoded import Rejected
from cityhub.observing.quality import FAULT, RANGE
from cityhub.store import (
    batches,
    connect,
    history,
    migrations,
    notices,
    quarantine,
    rain,
    retention,
    sensors,
)
from cityhub.store import catalogue as store_catalogue

NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sensor(id: str, **changes: object) -> Sensor:
    values = {
        "kind": "rain",
        "name_vi": "Trạm thử",
        "name_en": "Test gauge",
        "lon": 105.85,
        "lat": 21.03,
        "basis": "illustrative",
        "basis_note": "",
        "interval_s": 60,
        "properties": ("rain",),
    }
    return Sensor(id=id, **(values | changes))  # type: ignore[arg-type]


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests") as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def stream(conn: psycopg.Connection) -> int:
    store_catalogue.save(conn, Catalogue((), (sensor("rain-test-1"),)))
    return sensors.ensure_datastream(conn, "rain-test-1", "rain", "rain")


def hourly(conn: psycopg.Connection, start: datetime = NOON - 9 * HOUR) -> list[history.StepRow]:
    span = history.Span("rain-test-1", "rain", start, NOON + 9 * HOUR, 100)
    return history.hourly(conn, span)


def test_a_row_that_comes_twice_counts_once(conn: psycopg.Connection, stream: int) -> None:
    first = batches.add(conn, [(stream, NOON, 1.5, 0), (stream, NOON, 9.0, 0)])
    second = batches.add(conn, [(stream, NOON, 7.0, 0), (stream, NOON + HOUR / 2, 2.0, 0)])

    assert (first.stored, first.duplicates) == (1, 1)
    assert (second.stored, second.duplicates) == (1, 1)
    [row] = hourly(conn)
    assert (row.n, row.sum) == (2, 3.5)


def test_late_reading_corrects_its_own_hour_and_leaves_latest_alone(
    conn: psycopg.Connection, stream: int
) -> None:
    batches.add(conn, [(stream, NOON, 1.0, 0)])
    batches.add(conn, [(stream, NOON - 2 * HOUR, 4.0, 0)])

    assert [(row.time, row.sum) for row in hourly(conn)] == [(NOON - 2 * HOUR, 4.0), (NOON, 1.0)]
    [known] = [s for s in sensors.datastreams(conn, ["rain-test-1"]) if s.property == "rain"]
    assert (known.time, known.value) == (NOON, 1.0)


def test_rejected_values_are_kept_raw_but_left_out_of_sums(conn: psycopg.Connection, stream: int) -> None:
    rows = [
        (stream, NOON, 1.0, 0),
        (stream, NOON + HOUR / 4, -999.0, FAULT),
        (stream, NOON + HOUR / 2, 500.0, RANGE),
    ]
    batches.add(conn, rows)

    [row] = hourly(conn)
    assert (row.n, row.sum, row.mean, row.min, row.max, row.n_rejected) == (1, 1.0, 1.0, 1.0, 1.0, 2)
    span = history.Span("rain-test-1", "rain", NOON, NOON + HOUR, 100)
    assert [r.value for r in history.raw(conn, span)] == [1.0, -999.0, 500.0]


def test_an_hour_of_rejected_values_only_has_no_mean(conn: psycopg.Connection, stream: int) -> None:
    batches.add(conn, [(stream, NOON, -999.0, FAULT)])
    [row] = hourly(conn)
    assert (row.n, row.mean, row.sum, row.n_rejected) == (0, None, None, 1)


def test_days_begin_at_midnight_in_hanoi(conn: psycopg.Connection, stream: int) -> None:
    before = datetime(2026, 11, 21, 16, 30, tzinfo=UTC)  # 23:30 on the 21st in Hanoi
    after = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 00:30 on the 22nd
    batches.add(conn, [(stream, before, 1.0, 0), (stream, after, 2.0, 0)])

    span = history.Span("rain-test-1", "rain", before - 24 * HOUR, after + 24 * HOUR, 100)
    days = history.daily(conn, span)
    assert [(day.time.astimezone(UTC).hour, day.sum) for day in days] == [(17, 1.0), (17, 2.0)]
    later = history.Span(span.sensor_id, span.property, span.start, span.end, 100, after=days[0].time)
    assert history.daily(conn, later) == days[1:]


def test_paging_by_time_gives_every_row_once(conn: psycopg.Connection, stream: int) -> None:
    times = [NOON + timedelta(minutes=m) for m in range(10)]
    batches.add(conn, [(stream, time, 0.0, 0) for time in times])
    seen: list[datetime] = []
    after = None
    while True:
        span = history.Span("rain-test-1", "rain", NOON, NOON + HOUR, 3, after)
        page = history.raw(conn, span)
        if not page:
            break
        seen += [row.time for row in page]
        after = page[-1].time
    assert seen == times


def test_rain_sums_look_back_from_now_and_leave_out_bad_values(conn: psycopg.Connection, stream: int) -> None:
    rows = [
        (stream, NOON, 1.0, 0),
        (stream, NOON - HOUR, 2.0, 0),  # exactly one hour ago is outside of (now - 1 h, now]
        (stream, NOON - 2 * HOUR, 4.0, 0),
        (stream, NOON - 20 * HOUR, 8.0, 0),
        (stream, NOON - HOUR / 2, 90.0, FAULT),
    ]
    batches.add(conn, rows)
    sums = rain.sums(conn, NOON)["rain-test-1"]
    assert [sums[name].mm for name in ("mm_1h", "mm_3h", "mm_24h")] == [1.0, 7.0, 15.0]


def test_saving_a_catalogue_twice_changes_nothing(conn: psycopg.Connection) -> None:
    catalogue = Catalogue((), (sensor("rain-test-2"), sensor("rain-test-3")))
    assert store_catalogue.save(conn, catalogue).changed > 0
    assert store_catalogue.save(conn, catalogue).changed == 0
    moved = Catalogue((), (sensor("rain-test-2", lat=21.04), sensor("rain-test-3")))
    assert store_catalogue.save(conn, moved).changed == 1


def test_search_near_a_point_sorts_by_distance_and_pages(conn: psycopg.Connection) -> None:
    near = (21.0285, 105.8542)
    everything = sensors.search(conn, near=near, limit=1000)
    distances = [row.distance_m for row in everything]
    assert distances == sorted(d for d in distances if d is not None)
    paged: list[str] = []
    after = None
    while page := sensors.search(conn, near=near, limit=50, after=after):
        paged += [row.id for row in page]
        after = (page[-1].distance_m or 0.0, page[-1].id)
    assert paged == [row.id for row in everything]


def test_distance_is_in_metres(conn: psycopg.Connection) -> None:
    # One degree of latitude on the mean sphere is 111,195 m.
    store_catalogue.save(conn, Catalogue((), (sensor("rain-far", lat=10.0, lon=105.0),)))
    [row] = sensors.search(conn, near=(11.0, 105.0), radius_m=112_000)
    assert row.distance_m == pytest.approx(111_195, abs=1)


def test_unlisted_sensors_are_found_by_id_only(conn: psycopg.Connection) -> None:
    store_catalogue.save(conn, Catalogue((), (sensor("rain-hidden", listed=False),)))
    assert sensors.get(conn, "rain-hidden").listed is False
    assert "rain-hidden" not in [row.id for row in sensors.search(conn, kind="rain", limit=1000)]
    with pytest.raises(NotFound, match="rain-nowhere"):
        sensors.get(conn, "rain-nowhere")


def test_quarantine_counts_what_comes_again(conn: psycopg.Connection) -> None:
    entry = quarantine.Entry("hanoi/x", b"\x00\xff", 2, Rejected("topic", "hanoi/x"), NOON)
    again = quarantine.Entry("hanoi/x", b"\x00\xff", 2, Rejected("topic", "hanoi/x"), NOON + HOUR)
    quarantine.add(conn, [entry])
    quarantine.add(conn, [again, again])
    [listed] = quarantine.list(conn, reason="topic")
    row = quarantine.get(conn, listed.id)
    assert (row.n, row.payload, row.first_received_at, row.last_received_at) == (
        3,
        b"\x00\xff",
        NOON,
        NOON + HOUR,
    )
    assert (listed.topic, listed.n, listed.payload_bytes) == (row.topic, row.n, 2)


def test_old_raw_rows_go_and_hourly_sums_stay(database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        store_catalogue.save(conn, Catalogue((), (sensor("rain-old"),)))
        old_stream = sensors.ensure_datastream(conn, "rain-old", "rain", "rain")
        old = NOON - timedelta(days=500)
        batches.add(conn, [(old_stream, old, 3.0, 0), (old_stream, NOON, 1.0, 0)])
        conn.commit()
        assert retention.apply(conn, 400, NOON) > 0
        span = history.Span("rain-old", "rain", old - HOUR, NOON + HOUR, 10)
        assert [row.time for row in history.raw(conn, span)] == [NOON]
        assert len(history.hourly(conn, span)) == 2


def test_what_retention_removed_is_not_summed_up_again(database_url: str) -> None:
    with connect(database_url, "tests") as conn:
        store_catalogue.save(conn, Catalogue((), (sensor("rain-closed"),)))
        stream = sensors.ensure_datastream(conn, "rain-closed", "rain", "rain")
        old = NOON - timedelta(days=500)
        rows = [(stream, old + timedelta(minutes=minute), 1.0, 0) for minute in range(10)]
        batches.add(conn, rows)
        batches.add(conn, [(stream, NOON, 1.0, 0)])
        retention.apply(conn, 400, NOON)
        batches.add(conn, rows)
        batches.add(conn, [(stream, NOON + HOUR / 2, 1.0, 0)])
        span = history.Span("rain-closed", "rain", old - HOUR, NOON + HOUR, 10)
        assert [row.n for row in history.hourly(conn, span)] == [10, 2]


def test_a_listener_hears_the_kinds_after_commit(database_url: str) -> None:
    listener = notices.Listener(database_url, "tests")
    with connect(database_url, "tests") as conn:
        notices.changed(conn, {"rain", "air"})
        assert listener.wait(0.05) == set()
    assert listener.wait(5) == {"air", "rain"}
    listener.close()


def test_migrating_twice_applies_nothing_and_names_the_edition(
    empty_database_url: str, services: object
) -> None:
    first = migrations.migrate(empty_database_url)
    second = migrations.migrate(empty_database_url)
    # The schema of the job queue counts as one more.
    assert (first.applied, second.applied) == (migrations.newest() + 1, 0)
    assert first.edition.name == services.edition  # type: ignore[attr-defined]
    with connect(empty_database_url, "tests") as conn:
        assert migrations.current(conn) == migrations.newest()
        conn.execute("UPDATE schema_migration SET digest = 'x' WHERE number = 1")
    with pytest.raises(MigrationError, match="changed after it was applied"):
        migrations.migrate(empty_database_url)


@pytest.mark.parametrize("url", ["postgre://someone:verysecret@db/hub", "host=db nonsense verysecret"])
def test_an_unreadable_url_is_a_setting_to_mend_and_is_not_quoted(url: str) -> None:
    with pytest.raises(SettingsError, match="CITYHUB_DATABASE_URL") as caught, connect(url, "tests"):
        pass
    assert "verysecret" not in str(caught.value)


def test_a_database_that_is_away_is_a_store_error_without_the_password() -> None:
    with (
        pytest.raises(StoreUnavailable) as caught,
        connect("postgresql://someone:verysecret@127.0.0.1:1/none", "tests"),
    ):
        pass
    assert "verysecret" not in str(caught.value)
