"""VietQR: published codes, and references that survive what banks do to texts."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.payments import references, vietqr


def guesses(seed: int) -> Callable[[int], int]:
    return random.Random(seed).randrange  # noqa: S311 - the same in every run


SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def test_published_vectors() -> None:
    assert f"{vietqr.crc(b'123456789'):04X}" == "29B1"
    assert (
        vietqr.payload("970416", "257678859")
        == "00020101021138530010A0000007270123000697041601092576788590208QRIBFTTA53037045802VN6304AE9F"
    )
    assert (
        vietqr.payload("970416", "257678859", 10_000, "Chuyen tien")
        == "00020101021238530010A0000007270123000697041601092576788590208QRIBFTTA53037045405100005802VN"
        "62150811Chuyen tien630453E6"
    )


@pytest.mark.parametrize(
    ("bank", "account", "amount", "purpose"),
    [("97041", "1", None, ""), ("970416", "", None, ""), ("970416", "1", 0, ""), ("970416", "1", -5, ""),
     ("970416", "1" * 20, None, ""), ("970416", "1", 5, "Đỗ xe"), ("970416", "1", 5, "x" * 26)],
)  # fmt: skip
def test_what_no_bank_takes_is_refused(bank: str, account: str, amount: int | None, purpose: str) -> None:
    with pytest.raises(ValueError, match=r"has|above zero"):
        vietqr.payload(bank, account, amount, purpose)


def test_a_reference_has_a_prefix_and_a_check_sign() -> None:
    reference = references.new(guesses(5))
    assert len(reference) == 13
    assert references.is_reference(reference)
    assert not references.is_reference("CH")
    assert not references.is_reference(reference.lower())


@given(st.integers(0, 2**32), st.integers(2, 12), st.sampled_from(SIGNS))
def test_a_single_wrong_sign_is_no_reference(seed: int, place: int, sign: str) -> None:
    reference = references.new(guesses(seed))
    changed = reference[:place] + sign + reference[place + 1 :]
    assert references.is_reference(changed) == (changed == reference)


@given(st.integers(0, 2**32), st.text(max_size=40), st.text(max_size=40), st.booleans(), st.booleans())
def test_a_reference_survives_what_banks_do_to_the_text(
    seed: int, before: str, after: str, small: bool, stripped: bool
) -> None:
    reference = references.new(guesses(seed))
    middle = "-".join(reference) if not stripped else reference
    text = before + (middle.lower() if small else middle) + after
    if stripped:
        text = "".join(sign for sign in text if sign.isascii() and sign.isalnum()).upper()
    assert reference in list(references.found_in(text))


def test_who_types_a_reference_writes_o_for_nought_and_i_or_l_for_one() -> None:
    numbers = iter([0, 1, 0, 1, 1, 0, 31, 30, 29, 28])
    reference = references.new(lambda _: next(numbers))
    typed = reference[2:].replace("0", "o").replace("1", "I", 2).replace("1", "l")
    assert list(references.found_in(f"chuyen tien CH{typed}")) == [reference]


@pytest.mark.parametrize(
    "text", ["", "chuyen tien", "MBVCB.123.CHUYEN TIEN DO XE", "CH0000000000", "CHCHCHCHCHCHCH"]
)
def test_texts_of_others_hold_none(text: str) -> None:
    assert list(references.found_in(text)) == []
