"""Notices that wait for a replica: each is told once it can be shown, and none waits for ever."""

from hypothesis import given
from hypothesis import strategies as st

from cityhub.store.replica import Waiting


def test_a_notice_waits_until_the_replica_shows_it() -> None:
    waiting = Waiting()
    waiting.add({"air", "rain"}, 100, 0)
    assert waiting.take(99, 1) == set()
    assert waiting.take(100, 2) == {"air", "rain"}
    assert not waiting


def test_a_server_that_is_no_replica_shows_everything() -> None:
    waiting = Waiting()
    waiting.add({"air"}, 100, 0)
    assert waiting.take(None, 0) == {"air"}
    assert not waiting


def test_notices_that_never_stop_do_not_put_each_other_off() -> None:
    """The replica is ten notices behind all the time."""
    waiting = Waiting()
    told = 0
    for step in range(100):
        waiting.add({"air"}, 10 * step, step)
        told += len(waiting.take(10 * (step - 10), step))
    assert told >= 8


def test_a_replica_that_falls_far_behind_is_shown_as_it_is_now_and_then() -> None:
    waiting = Waiting()
    waiting.add({"air"}, 100, 0)
    assert waiting.take(50, 29) == set()
    assert waiting.take(50, 31) == {"air"}
    assert waiting.take(50, 32) == set()
    assert waiting.take(100, 33) == {"air"}


STEPS = st.lists(
    st.tuples(st.sampled_from(["air", "rain"]), st.integers(1, 9), st.integers(0, 12)), max_size=60
)


@given(STEPS)
def test_whatever_was_noticed_is_told_when_the_replica_is_there_or_later(
    steps: list[tuple[str, int, int]],
) -> None:
    waiting = Waiting()
    written = replayed = 0
    told_at: dict[str, int] = {}
    newest: dict[str, int] = {}
    for number, (kind, more, progress) in enumerate(steps):
        written += more
        waiting.add({kind}, written, number / 10)
        newest[kind] = written
        replayed = min(replayed + progress, written)
        for found in waiting.take(replayed, number / 10):
            told_at[found] = replayed
    for found in waiting.take(written, 100):
        told_at[found] = written
    assert not waiting
    assert all(told_at[kind] >= position for kind, position in newest.items())
