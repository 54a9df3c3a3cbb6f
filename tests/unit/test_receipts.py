"""Acknowledgements in the order of receipt, whatever the order of storing."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.receipts import Receipts


def test_what_is_stored_waits_for_what_came_before_it() -> None:
    receipts = Receipts()
    receipts.received((5, 6, 7, 8))
    assert receipts.stored([7, 6]) == []
    assert receipts.stored([5]) == [5, 6, 7]
    # An id is free again once it is acknowledged.
    receipts.received([5])
    assert receipts.stored([5]) == []
    assert receipts.stored([8]) == [8, 5]


def test_a_lost_connection_takes_its_ids_along() -> None:
    receipts = Receipts()
    receipts.received((1, 2))
    assert receipts.stored([2]) == []
    receipts.forget()
    receipts.received((2, 1))
    assert receipts.stored([1]) == []
    assert receipts.stored([2]) == [2, 1]


@given(st.permutations(range(1, 13)), st.lists(st.integers(0, 5), max_size=12))
def test_all_are_acknowledged_once_and_in_order(stored: list[int], sizes: list[int]) -> None:
    receipts = Receipts()
    receipts.received(range(1, 13))
    acknowledged: list[int] = []
    given_ids: set[int] = set()
    rest = list(stored)
    for size in [*sizes, 12]:
        part, rest = rest[:size], rest[size:]
        given_ids.update(part)
        acknowledged += receipts.stored(part)
        assert set(acknowledged) <= given_ids
    assert acknowledged == list(range(1, 13))
