"""Codes printed on receipts: read off paper and typed by people."""

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.payments import check_codes

PRINTED = "K7QM-2F10-X3TR"


def test_a_new_code_has_twelve_signs_that_nobody_mixes_up() -> None:
    found = {check_codes.new(secrets.randbelow) for _ in range(200)}
    assert len(found) == 200
    assert all(len(code) == 14 and code[4] == code[9] == "-" for code in found)
    assert not set("".join(found)) & set("ILOU")


@pytest.mark.parametrize(
    "typed",
    [PRINTED, "k7qm-2f10-x3tr", " K7QM2F10X3TR ", "K7QM 2FIO X3TR", "k7qm–2fl0–x3tr", "K7QM-2F1O-X3TR\r\n"],
)
def test_it_does_not_matter_how_it_is_typed(typed: str) -> None:
    assert check_codes.is_same(typed, PRINTED)


@pytest.mark.parametrize(
    "typed", ["", "K7QM-2F10-X3TS", "K7QM-2F10", "K7QM-2F10-X3TR-0", "mã", "\ud800", "0" * 5000]
)
def test_another_code_is_another_code(typed: str) -> None:
    assert not check_codes.is_same(typed, PRINTED)


def test_of_the_first_codes_every_sign_matters() -> None:
    assert check_codes.is_same(" aB3-_xYz01lQ ", "aB3-_xYz01lQ")
    assert not check_codes.is_same("ab3-_xyz01lq", "aB3-_xYz01lQ")


@given(st.text(max_size=40) | st.just("0000-0000-0000"))
def test_nothing_is_the_code_of_a_receipt_that_does_not_exist(typed: str) -> None:
    assert not check_codes.is_same(typed, None)
