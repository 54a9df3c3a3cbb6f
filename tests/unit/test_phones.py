"""Phone numbers are written in one way."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import InvalidInput
from cityhub.phones import normalise, token


@pytest.mark.parametrize(
    "text",
    ["0912345678", "0912 345 678", "84912345678", "+84 912.345.678", "0084912345678", "(091) 234-5678"],
)
def test_one_number_is_written_in_one_way(text: str) -> None:
    assert normalise(text) == "+84912345678"


def test_landlines_and_other_countries_are_taken() -> None:
    assert normalise("024 3825 3536") == "+842438253536"
    assert normalise("+49 151 23456789") == "+4915123456789"


@pytest.mark.parametrize(
    "text", ["", "BANKVN", "8049", "012345678", "09123456789", "+84123", "0112345678", "+0123456789"]
)
def test_what_is_no_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        normalise(text)
    assert not text or text not in str(refused.value)


@given(st.text())
def test_any_text_is_a_number_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert normalise(normalise(text)) == normalise(text)


def test_a_token_stands_for_a_number_and_needs_the_key() -> None:
    assert token("+84912345678", b"k") == token("+84912345678", b"k") != token("+84912345678", b"other")
