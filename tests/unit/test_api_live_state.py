"""Snapshots, the feed of changes, and the thread that keeps both."""

import asyncio
import gzip
import threading
import time
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import feed as feed_module
from api import updater as updater_module
from api.feed import Feed
from api.hub import WholeState
from api.rates import share_of
from api.snapshots import Snapshot, build, changed
from api.updater import Updater
from cityhub.errors import StoreUnavailable
from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature, State
from cityhub.latest.sensors import features
from cityhub.model import Reading, SensorState
from tests.sites import sensor_row
from tests.waiting import eventually

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def measured(**values: float) -> State:
    """Of sensors that measured these values of PM2.5 at NOW."""
    stations = [
        SensorState(sensor_row(id.replace("_", "-")), (Reading("pm2_5", "µg/m³", NOW, value, 0),))
        for id, value in values.items()
    ]
    return partial(features, KINDS["air"], stations)


def body(snapshot: Snapshot) -> dict[str, Any]:
    return dict(msgspec.json.decode(bytes(snapshot.plain.body)))


def test_a_snapshot_is_a_feature_collection_of_its_moment() -> None:
    told = body(build("air", measured(one=1.0), NOW))
    assert (told["type"], told["kind"], told["generated_at"]) == (
        "FeatureCollection",
        "air",
        "2026-11-22T10:00:00+07:00",
    )
    assert [feature["id"] for feature in told["features"]] == ["one"]


def test_the_packed_answer_is_the_plain_one() -> None:
    snapshot = build("air", measured(one=1.0), NOW)
    packed = snapshot.answer(None, "gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(packed.body)) == snapshot.plain.body
    assert packed.headers["etag"] != snapshot.plain.headers["etag"]
    assert packed.headers["vary"] == snapshot.plain.headers["vary"] == "Accept-Encoding"


@pytest.mark.parametrize("accept", [None, "gzip"])
def test_a_client_that_has_the_answer_gets_none(accept: str | None) -> None:
    snapshot = build("air", measured(one=1.0), NOW)
    etag = snapshot.answer(None, accept).headers["etag"]
    unchanged = snapshot.answer(etag, accept)
    assert (unchanged.status_code, unchanged.body, unchanged.headers["etag"]) == (304, b"", etag)
    assert snapshot.answer('"other"', accept).status_code == 200


def test_equal_rows_at_one_moment_have_one_tag() -> None:
    one, other = (build("air", measured(one=1.0), NOW).plain.headers["etag"] for _ in range(2))
    assert one == other


def test_only_features_that_changed_in_more_than_age_are_news() -> None:
    before = build("air", measured(one=1.0, two=2.0), NOW)
    after = build("air", measured(one=1.0, two=2.5, three=3.0), NOW + timedelta(seconds=5))
    assert [feature.id for feature in changed(before, after)] == ["two", "three"]


def test_a_sensor_that_falls_silent_is_news() -> None:
    before = build("air", measured(one=1.0), NOW)
    after = build("air", measured(one=1.0), NOW + timedelta(seconds=181))
    assert [feature.properties.status for feature in changed(before, after)] == ["late"]


def nothing(_kind: KindName) -> bytes | None:
    return None


def state(kind: KindName) -> bytes | None:
    return f"event: latest\ndata: whole {kind}\n\n".encode()


async def read_chunks(stream: AsyncIterator[bytes], count: int) -> list[str]:
    return [(await asyncio.wait_for(anext(stream), 2)).decode() for _ in range(count)]


def test_the_stream_opens_with_a_comment_and_then_gives_what_is_published() -> None:
    async def play() -> list[str]:
        feed = Feed(100)
        stream = feed.stream(["air"], None, state)
        first = await read_chunks(stream, 1)
        feed.publish("rain", "not mine")
        feed.publish("air", "mine")
        return first + await read_chunks(stream, 1)

    assert asyncio.run(play()) == [": city hub live\r\n\r\n", "id: 102\nevent: latest\ndata: mine\n\n"]


def test_a_client_that_comes_back_gets_exactly_what_it_missed() -> None:
    async def play() -> list[str]:
        feed = Feed(100)
        for number in range(5):
            feed.publish("air", f"event {number}")
        return await read_chunks(feed.stream(["air"], 103, nothing), 2)

    assert asyncio.run(play())[1] == "".join(
        f"id: {100 + n + 1}\nevent: latest\ndata: event {n}\n\n" for n in (3, 4)
    )


@pytest.mark.parametrize("last_id", [0, 99, 107, 10**15])
def test_an_id_of_another_process_is_answered_by_the_whole_state(last_id: int) -> None:
    async def play() -> list[str]:
        feed = Feed(100)
        for number in range(5):
            feed.publish("air", f"event {number}")
        return await read_chunks(feed.stream(["air", "rain"], last_id, state), 2)

    assert asyncio.run(play())[1] == (
        "event: latest\ndata: whole air\n\nid: 105\nevent: latest\ndata: whole rain\n\n"
    )


def test_who_is_slower_than_the_ring_gets_the_whole_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "CAPACITY_EVENTS", 3)

    async def play() -> list[str]:
        feed = Feed(100)
        feed.publish("air", "seen")
        stream = feed.stream(["air"], None, state)
        first = await read_chunks(stream, 1)
        for number in range(10):
            feed.publish("air", f"event {number}")
        return first + await read_chunks(stream, 1)

    assert "whole air" in asyncio.run(play())[1]


def test_the_ring_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "CAPACITY_BYTES", 10_000)

    async def play() -> int:
        feed = Feed(0)
        for _ in range(100):
            feed.publish("air", "x" * 1000)
        return sum(1 for event_id in range(100) if feed.after(event_id) is not None)

    assert asyncio.run(play()) == 9


def test_who_missed_more_than_a_little_gets_the_whole_state_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "REPLAY_BYTES", 5_000)
    feed = Feed(0)
    for _ in range(100):
        feed.publish("air", "x" * 1000)
    assert [len(feed.after(100 - missed) or ()) for missed in (1, 4, 5, 50)] == [1, 4, 0, 0]
    assert feed.after(50) is None


def test_one_event_is_replayed_however_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "REPLAY_BYTES", 100)
    feed = Feed(0)
    feed.publish("air", "x" * 1000)
    feed.publish("air", "x" * 1000)
    assert [event.id for event in feed.after(1) or ()] == [2]


def test_the_whole_state_is_made_once_a_snapshot_and_shared() -> None:
    snapshots = {"air": build("air", measured(one=1.0), NOW)}
    whole = WholeState(snapshots)
    first = whole("air")
    assert first is whole("air")
    assert first is not None
    assert b"data: " in first
    snapshots["air"] = build("air", measured(one=2.0), NOW)
    assert whole("air") not in (None, first)
    assert whole("rain") is None


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_a_client_is_handed_everything_in_small_pieces(parts: list[bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feed_module, "PIECE_BYTES", 64)
        pieces = list(feed_module.pieces(parts))
    assert b"".join(pieces) == b"".join(parts)
    assert all(0 < len(piece) <= 64 for piece in pieces)


def test_an_address_may_have_many_streams_while_there_is_room_but_not_the_places_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feed_module, "MAX_CLIENTS", 20)
    monkeypatch.setattr(feed_module, "CLIENTS_PER_ADDRESS", 3)

    async def play() -> tuple[int, list[bool], bool]:
        feed = Feed(0)
        streams: list[AsyncIterator[bytes]] = []

        async def open_one(address: str) -> bool:
            if not feed.has_room(address):
                return False
            streams.append(feed.stream(["air"], None, nothing, address))
            await anext(streams[-1])
            return True

        greedy = 0
        while await open_one("greedy"):
            greedy += 1
        others = [await open_one(f"other {number}") for number in range(11)]
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        return greedy, others, feed.has_room("greedy")

    greedy, others, has_room = asyncio.run(play())
    assert greedy == 10
    assert others == [True] * 10 + [False]
    assert has_room


@pytest.mark.parametrize(
    ("host", "share"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("", ""),
    ],
)
def test_a_customer_has_one_share(host: str, share: str) -> None:
    assert share_of(host) == share


def test_closing_the_feed_ends_the_streams_and_clients_are_counted() -> None:
    async def play() -> tuple[int, int]:
        feed = Feed(100)
        stream = feed.stream(["air"], None, nothing)
        await read_chunks(stream, 1)
        during = feed.clients
        reading = asyncio.create_task(anext(stream, b"end"))
        await asyncio.sleep(0)
        feed.close()
        assert await asyncio.wait_for(reading, 2) == b"end"
        return during, feed.clients

    assert asyncio.run(play()) == (1, 0)


@dataclass
class Ear:
    """A listener that says what it is told to say."""

    words: list[set[str] | Exception]
    closed: bool = False
    waits: int = 0

    def wait(self, timeout_s: float) -> set[str]:
        self.waits += 1
        if not self.words:
            time.sleep(min(timeout_s, 0.01))
            return set()
        word = self.words.pop(0)
        if isinstance(word, Exception):
            raise word
        return word

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updater_module, "SHORTEST_PAUSE_S", 0.02)
    monkeypatch.setattr(updater_module, "LONGEST_PAUSE_S", 0.1)


@pytest.mark.usefixtures("fast")
def test_a_kind_that_changed_is_read_again_and_its_news_published() -> None:
    values = {"value": 1.0}
    published: list[tuple[Snapshot, list[Feature]]] = []
    ear = Ear([])
    updater = Updater(
        lambda kind: measured(one=values["value"]) if kind == "air" else measured(),
        lambda: closing(ear),
        lambda snapshot, found: published.append((snapshot, found)),
        clock=lambda: NOW,
    )
    updater.start()
    try:
        assert updater.built.wait(5)
        assert set(updater.snapshots) == set(KINDS)
        values["value"] = 2.0
        ear.words.append({"air", "noise"})
        eventually(lambda: bool(published))
    finally:
        updater.stop()
    [(snapshot, [feature])] = published
    assert (snapshot.kind, feature.properties.values) == ("air", {"pm2_5": 2.0})
    assert snapshot.summary.value == 2.0
    assert ear.closed


@pytest.mark.usefixtures("fast")
def test_without_a_database_the_last_rows_grow_old_and_it_comes_back_by_itself() -> None:
    clock = {"now": NOW}
    broken = threading.Event()
    reads: list[KindName] = []

    def read(kind: KindName) -> State:
        reads.append(kind)
        if broken.is_set():
            raise StoreUnavailable("gone")
        return measured(one=1.0)

    updater = Updater(
        read, lambda: closing(Ear([])), lambda _snapshot, _found: None, clock=lambda: clock["now"]
    )
    updater.start()
    try:
        assert updater.built.wait(5)
        broken.set()
        clock["now"] = NOW + timedelta(hours=1)
        eventually(lambda: body(updater.snapshots["air"])["features"][0]["properties"]["status"] == "offline")
        assert body(updater.snapshots["air"])["features"][0]["properties"]["values"] == {"pm2_5": 1.0}
        broken.clear()
        reads.clear()
        eventually(lambda: set(reads) == set(KINDS))
    finally:
        updater.stop()


@pytest.mark.usefixtures("fast")
def test_ages_move_although_nothing_happens() -> None:
    clock = {"now": NOW}
    updater = Updater(
        lambda _kind: measured(one=1.0),
        lambda: closing(Ear([])),
        lambda _snapshot, _found: None,
        clock=lambda: clock["now"],
    )
    updater.start()
    try:
        assert updater.built.wait(5)
        clock["now"] = NOW + timedelta(seconds=30)
        eventually(lambda: body(updater.snapshots["air"])["features"][0]["properties"]["age_s"] == 30)
    finally:
        updater.stop()


@pytest.mark.usefixtures("fast")
def test_all_kinds_of_one_word_are_read_again_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updater_module, "LONGEST_PAUSE_S", 60.0)
    reads: list[KindName] = []
    ear = Ear([])

    def read(kind: KindName) -> State:
        reads.append(kind)
        return measured()

    updater = Updater(read, lambda: closing(ear), lambda _snapshot, _found: None)
    updater.start()
    try:
        assert updater.built.wait(5)
        reads.clear()
        ear.words.append({"water", "parking"})
        eventually(lambda: len(reads) >= 2)
        waits = ear.waits
        eventually(lambda: ear.waits > waits + 3)
    finally:
        updater.stop()
    assert reads == ["parking", "water"]


@pytest.fixture
def breakable(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """While it is set, snapshots of air cannot be built."""
    broken = threading.Event()

    def build_or_fail(kind: KindName, found: State, now: datetime) -> Snapshot:
        if broken.is_set() and kind == "air":
            raise RuntimeError("a row that nobody thought of")
        return build(kind, found, now)

    monkeypatch.setattr(updater_module, "build", build_or_fail)
    return broken


@pytest.mark.usefixtures("fast")
def test_a_snapshot_that_cannot_be_built_stops_neither_the_thread_nor_the_other_kinds(
    breakable: threading.Event,
) -> None:
    clock = {"now": NOW}
    ear = Ear([])
    updater = Updater(
        lambda _kind: measured(one=1.0),
        lambda: closing(ear),
        lambda _snapshot, _found: None,
        clock=lambda: clock["now"],
    )
    updater.start()
    try:
        assert updater.built.wait(5)
        assert updater.fault() is None
        breakable.set()
        clock["now"] = NOW + timedelta(seconds=61)
        eventually(lambda: updater.snapshots["water"].built_at == clock["now"])
        assert updater.fault() == "air is 61 s old"
        breakable.clear()
        eventually(lambda: updater.fault() is None)
    finally:
        updater.stop()


@pytest.mark.usefixtures("fast")
def test_a_log_that_cannot_be_written_does_not_stop_the_thread(
    breakable: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = threading.Event()

    class FullDisk:
        def exception(self, *_words: object, **_values: object) -> None:
            refused.set()
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(updater_module, "_log", FullDisk())
    breakable.set()
    updater = Updater(
        lambda _kind: measured(one=1.0), lambda: closing(Ear([])), lambda _snapshot, _found: None
    )
    updater.start()
    try:
        assert refused.wait(5)
        assert updater.fault() == "not built yet"
        breakable.clear()
        assert updater.built.wait(5)
        assert updater.fault() is None
    finally:
        updater.stop()
    assert updater.fault() == "their thread has ended"
