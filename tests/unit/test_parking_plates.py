"""Number plates: one way to write each, doubts about odd ones, nothing shown to others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import InvalidInput
from cityhub.parking.plates import LONGEST, masked, normalise, token


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("30A-123.45", "30A12345"),
        ("30a 123 45", "30A12345"),
        ("30A-1234", "30A1234"),
        ("29-M1 123.45", "29M112345"),
        ("29-AA 123.45", "29AA12345"),
        ("29–LĐ–123.45", "29LĐ12345"),
        ("29mđ 123.45", "29MĐ12345"),
        ("80-011-NG-01", "80011NG01"),
        ("29-NG-123.45", "29NG12345"),
        ("TM-12-34", "TM1234"),
        ("３０Ａ－１２３．４５", "30A12345"),
        ("\u00a030A\t123.45\n", "30A12345"),
        ("29R-123.45", "29R12345"),
    ],
)
def test_a_plate_is_written_in_one_way(written: str, text: str) -> None:
    plate = normalise(written)
    assert (plate.text, plate.is_odd) == (text, False)


@pytest.mark.parametrize("written", ["30I-123.45", "30A-123", "ABC-1234", "1KH-1234", "301-123.456"])
def test_an_odd_plate_is_taken_with_a_doubt(written: str) -> None:
    assert normalise(written).is_odd


@pytest.mark.parametrize(
    "written", ["", "   ", "30B", "30A-123.45-678-9012", "ABCDEF", "30A;DROP", "30Ä-123.45", "<b>30A12345"]
)
def test_what_is_no_plate_is_refused_and_not_repeated(written: str) -> None:
    with pytest.raises(InvalidInput) as told:
        normalise(written)
    assert told.value.field == "plate"
    assert not written.strip() or written not in str(told.value)


@given(st.text(max_size=20))
def test_writing_it_anew_changes_nothing(text: str) -> None:
    try:
        plate = normalise(text)
    except InvalidInput:
        return
    assert normalise(plate.text) == plate
    assert len(plate.text) <= LONGEST


@given(st.from_regex(r"\A[0-9]{2}[A-HĐ]{1,2}[0-9]{4,5}\Z") | st.from_regex(r"\A[A-Z0-9]{4,12}\Z"))
def test_a_masked_plate_hides_what_tells_it_from_others(text: str) -> None:
    shown = masked(text)
    assert "***" in shown
    assert len(shown.replace("-***", "")) < len(text)
    assert text not in shown


def test_a_mask_is_as_the_rules_of_privacy_write_it() -> None:
    assert masked("30A12345") == "30A-***45"
    assert "12345" not in repr(normalise("30A-123.45"))


def test_a_token_stands_for_one_plate_and_needs_the_key() -> None:
    assert token("30A12345", b"k") == token("30A12345", b"k") != token("30A12346", b"k")
    assert token("30A12345", b"k") != token("30A12345", b"other")
