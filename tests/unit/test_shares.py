"""A batch has a share for every source: no flood keeps the others waiting, and nothing waits for ever."""

import gzip
from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from ingest.message import Message, text_bytes
from ingest.shares import share_out, source_of

NOW = datetime.now(UTC)


def message(number: int, source: str, payload: bytes = b"x") -> Message:
    return Message(f"hanoi/air/{source}/telemetry", payload, len(payload), number, 1, NOW)


def test_what_fits_goes_as_it_came() -> None:
    waiting = [message(number, f"s{number % 3}") for number in range(30)]
    assert share_out(waiting, 30, 1_000_000) == (waiting, [])


def test_a_flood_leaves_the_others_their_share() -> None:
    flood = [message(number, "flood") for number in range(20_000)]
    waiting = [*flood, message(20_000, "good"), message(20_001, "other"), message(20_002, "good")]
    batch, rest = share_out(waiting, 1_000, 10_000_000)
    assert len(batch) == 1_000
    assert [m.packet_id for m in batch[-3:]] == [20_000, 20_001, 20_002]
    assert [m.packet_id for m in batch[:-3]] == list(range(997))
    assert len(rest) == 19_003


def test_two_floods_share_alike() -> None:
    waiting = [message(number, f"flood-{number % 2}") for number in range(10_000)]
    batch, _ = share_out(waiting, 1_000, 10_000_000)
    counts = Counter(source_of(m.topic) for m in batch)
    assert abs(counts["flood-0"] - counts["flood-1"]) <= 2


def test_packed_lists_count_as_what_they_become() -> None:
    packed = gzip.compress(bytes(2_000_000))
    waiting = [*(message(number, "flood", packed) for number in range(200)), message(200, "good")]
    batch, _ = share_out(waiting, 10_000, 2 * 1024 * 1024)
    assert batch[-1].packet_id == 200
    assert 1 < len(batch) < 40


def test_a_message_larger_than_a_batch_goes_when_it_is_the_oldest() -> None:
    waiting = [message(0, "big", b"x" * 5_000), message(1, "good")]
    batch, rest = share_out(waiting, 10, 1_000)
    assert [m.packet_id for m in batch] == [0]
    assert [m.packet_id for m in rest] == [1]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 600)), min_size=1, max_size=80),
    st.integers(1, 40),
    st.integers(300, 4_000),
)
def test_nothing_is_lost_doubled_or_put_out_of_its_sources_order(
    sizes: list[tuple[int, int]], max_messages: int, max_bytes: int
) -> None:
    waiting = [message(number, f"s{source}", b"x" * size) for number, (source, size) in enumerate(sizes)]
    rest, order = waiting, []
    rounds = 0
    while rest:
        batch, rest = share_out(rest, max_messages, max_bytes)
        assert batch
        assert len(batch) <= max_messages
        assert len(batch) == 1 or sum(map(text_bytes, batch)) <= max_bytes + text_bytes(batch[0])
        assert [m.packet_id for m in batch] == sorted(m.packet_id for m in batch)
        order += batch
        rounds += 1
        assert rounds <= len(waiting)
    assert sorted(m.packet_id for m in order) == list(range(len(waiting)))
    for source in {m.topic for m in waiting}:
        mine = [m.packet_id for m in order if m.topic == source]
        assert mine == sorted(mine)
