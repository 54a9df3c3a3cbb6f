"""The sampler: so many a minute of each source and reason, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.sampling import Key, Sampler

NOISY = Key("air-1", "json")


def take(sampler: Sampler, keys: list[Key], now: float) -> list[bool]:
    choice = sampler.choose(keys, now)
    sampler.settle(choice, now)
    return list(choice.kept)


def test_beyond_its_allowance_a_source_is_only_counted() -> None:
    sampler = Sampler(3)
    assert take(sampler, [NOISY] * 5, 0) == [True, True, True, False, False]
    assert take(sampler, [NOISY], 59.9) == [False]


def test_a_minute_after_its_first_message_a_source_may_send_again() -> None:
    sampler = Sampler(2)
    take(sampler, [NOISY] * 2, 10)
    assert take(sampler, [NOISY], 69.9) == [False]
    assert take(sampler, [NOISY] * 3, 70) == [True, True, False]


def test_sources_and_reasons_have_allowances_of_their_own() -> None:
    sampler = Sampler(1)
    others = [Key("air-2", "json"), Key("air-1", "time")]
    assert take(sampler, [NOISY, NOISY, *others, *others], 0) == [True, False, True, True, False, False]


def test_what_was_chosen_but_not_settled_may_be_chosen_again() -> None:
    sampler = Sampler(2)
    assert list(sampler.choose([NOISY] * 3, 0).kept) == [True, True, False]
    assert take(sampler, [NOISY] * 3, 1) == [True, True, False]


def test_sources_that_never_repeat_share_one_allowance_when_memory_is_full() -> None:
    sampler = Sampler(2, max_keys=100)
    flood = [Key(f"topic/{number}", "topic") for number in range(1000)]
    assert sum(take(sampler, flood[:500], 0)) == 102
    assert sum(take(sampler, flood[500:], 30)) == 0
    assert sum(take(sampler, [Key("other", "json")] * 5, 31)) == 2
    assert len(sampler.keys) == 102
    # One place is still taken by the shared allowance of `json`.
    assert sum(take(sampler, flood, 60)) == 99 + 2


def test_a_source_that_is_known_keeps_its_allowance_in_a_flood_of_others() -> None:
    sampler = Sampler(2, max_keys=10)
    take(sampler, [NOISY], 0)
    take(sampler, [Key(f"topic/{number}", "json") for number in range(1000)], 1)
    assert take(sampler, [NOISY] * 2, 2) == [True, False]


def test_long_topics_take_no_more_memory_than_short_ones() -> None:
    sampler = Sampler(1)
    take(sampler, [Key("x" * 65_000, "topic")], 0)
    assert max(len(key.source) for key in sampler.keys) <= 200


@given(
    st.lists(
        st.tuples(st.floats(0, 30), st.lists(st.integers(0, 6), max_size=30), st.booleans()), max_size=30
    )
)
def test_no_source_gets_more_than_its_allowance_and_memory_stays_bounded(
    steps: list[tuple[float, list[int], bool]],
) -> None:
    sampler = Sampler(3, max_keys=4)
    now, kept = 0.0, []
    for pause, sources, committed in steps:
        now += pause
        keys = [Key(f"s{number}", "json") for number in sources]
        choice = sampler.choose(keys, now)
        if committed:
            sampler.settle(choice, now)
            kept += [(now, key) for key, yes in zip(keys, choice.kept, strict=True) if yes]
        assert len(sampler.keys) <= 4 + 1
    for start, key in kept:
        # Two minutes of its own and two shared ones may touch within any 60 seconds.
        assert sum(1 for at, other in kept if other == key and start <= at < start + 60) <= 12
