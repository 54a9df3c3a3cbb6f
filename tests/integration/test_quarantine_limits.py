"""The quarantine under load: bounded, counted, and no hindrance to good sensors."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from subprocess import Popen

import psycopg
import pytest
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from cityhub.config import Settings
from cityhub.observing import topics
from cityhub.observing.decoded import Rejected
from cityhub.store import connect, quarantine
from ingest.quarantine import QuarantineWriter
from tests.waiting import eventually

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
AIR = "air-us-embassy"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        conn.execute("TRUNCATE quarantine")
        yield conn


def entries(numbers: Sequence[int], size: int = 10, sensor_id: str | None = None) -> list[quarantine.Entry]:
    """Distinct messages, each on a topic of its own unless a sensor is named."""
    return [
        quarantine.Entry(
            sensor_id or f"x/{number}",
            f"{number}".encode().ljust(size),
            size,
            Rejected("json", "bad", sensor_id),
            NOW,
        )
        for number in numbers
    ]


def keep(conn: psycopg.Connection, keeper: QuarantineWriter, given: list[quarantine.Entry]) -> None:
    with conn.transaction():
        outcome = keeper.add(conn, given)
    keeper.settle(outcome)


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"cityhub_quarantine_{name}", labels) or 0.0


def count(conn: psycopg.Connection) -> int:
    return quarantine.size(conn).rows


def test_a_full_quarantine_drops_counts_and_says_so_once(
    conn: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    keeper = QuarantineWriter(settings_for(quarantine_max_rows=10))
    dropped = metric("dropped_total", reason="json")
    with capture_logs() as logs:
        keep(conn, keeper, entries(range(7)))
        assert metric("rows") == 7
        keep(conn, keeper, entries(range(5, 15)))
        keep(conn, keeper, entries(range(20, 40)))
    assert count(conn) == 10
    assert (metric("rows"), metric("limit")) == (10, 10)
    assert metric("dropped_total", reason="json") - dropped == 5 + 20
    assert [log["log_level"] for log in logs] == ["error"]
    assert "the quarantine is full" in logs[0]["event"]
    # What is there already still counts up.
    assert sorted(row.n for row in quarantine.list(conn)) == [1] * 8 + [2] * 2


def test_what_a_restarted_ingest_finds_counts_against_the_limit(
    conn: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    settings = settings_for(quarantine_max_rows=10)
    keep(conn, QuarantineWriter(settings), entries(range(8)))
    keep(conn, QuarantineWriter(settings), entries(range(100, 108)))
    assert count(conn) == 10


def test_large_messages_fill_the_quarantine_by_their_bytes(
    conn: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    keeper = QuarantineWriter(settings_for(quarantine_max_mb=1))
    keep(conn, keeper, entries(range(10), size=240_000))
    assert count(conn) == 4
    assert 960_000 < metric("bytes") < 961_000


def test_long_topics_fill_it_as_payloads_do_and_are_counted_again_after_a_restart(
    conn: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    settings = settings_for(quarantine_max_mb=1)
    given = [
        replace(entry, topic=f"{entry.topic}/{'ở' * 20_000}/{n}")
        for n, entry in enumerate(entries(range(40)))
    ]
    keep(conn, QuarantineWriter(settings), given[:20])
    assert count(conn) == 16
    assert metric("bytes") == quarantine.size(conn).bytes > 960_000
    keep(conn, QuarantineWriter(settings), given[20:])
    assert count(conn) == 16
    # A portion to be replayed is bounded by the same bytes.
    assert len(quarantine.portion(conn, after_id=0, last_id=10**9, max_bytes=200_000)) == 4


def test_purging_makes_room_once_the_size_is_measured_again(
    conn: psycopg.Connection, settings_for: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = QuarantineWriter(settings_for(quarantine_max_rows=5))
    keep(conn, keeper, entries(range(9)))
    quarantine.purge(conn, NOW + timedelta(days=1))
    monkeypatch.setattr("ingest.quarantine.MEASURE_S", 0)
    keep(conn, keeper, entries(range(9)))
    assert count(conn) == 5


def test_a_transaction_that_failed_takes_nothing_of_the_allowance(
    conn: psycopg.Connection, settings_for: Callable[..., Settings]
) -> None:
    keeper = QuarantineWriter(settings_for(quarantine_per_minute=3))
    given = entries(range(5), sensor_id=AIR)
    with conn.transaction(force_rollback=True):
        keeper.add(conn, given)
    assert count(conn) == 0
    sampled = metric("sampled_total", reason="json")
    keep(conn, keeper, given)
    assert count(conn) == 3
    assert metric("sampled_total", reason="json") - sampled == 2


def test_a_flood_of_garbage_neither_starves_a_good_sensor_nor_fills_the_quarantine(
    conn: psycopg.Connection, hub_settings: Settings, start_ingest: Callable[[Settings], "Popen[bytes]"]
) -> None:
    ingest = start_ingest(hub_settings)
    address = hub_settings.broker()

    def client() -> mqtt.Client:
        made = mqtt.Client(CallbackAPIVersion.VERSION2)
        made.max_inflight_messages_set(1000)
        made.connect(address.host, address.port)
        made.loop_start()
        return made

    noisy, good = client(), client()
    bad_topic = topics.telemetry(hub_settings.topic_prefix, "air", "air-hoan-kiem")
    good_topic = topics.telemetry(hub_settings.topic_prefix, "air", AIR)
    sent: list[mqtt.MQTTMessageInfo] = []

    def flood() -> None:
        sent.extend(noisy.publish(bad_topic, b"\xff garbage %d" % number, 1) for number in range(20_000))

    flooding = threading.Thread(target=flood)
    flooding.start()
    start = datetime.now(UTC) - timedelta(hours=1)
    for number in range(50):
        moment = (start + timedelta(seconds=number)).isoformat()
        good.publish(good_topic, f'{{"time": "{moment}", "values": {{"pm2_5": {number}}}}}', 1)
    stored = "SELECT count(*) FROM observation"
    eventually(
        lambda: conn.execute(stored).fetchone() == (50,), 10, told=lambda: "good messages wait behind garbage"
    )
    flooding.join()
    for info in sent:
        info.wait_for_publish(30)
    for one in (noisy, good):
        one.disconnect()
        one.loop_stop()
    # Ingest answers to the end: a last good message, behind all of the garbage.
    last = client()
    last.publish(good_topic, b'{"values": {"pm2_5": 99}}', 1).wait_for_publish(10)
    eventually(lambda: conn.execute(stored).fetchone() == (51,), 30)
    last.disconnect()
    last.loop_stop()
    assert ingest.poll() is None
    # 60 a minute; the flood may last into a second minute on a slow machine.
    assert 60 <= count(conn) <= 120
