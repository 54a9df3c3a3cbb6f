"""Roles, passwords, codes and how long guessers wait."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityhub.accounts import ROLES, Attempts, after_failure, check_new, hashed, is_right, scopes_of
from cityhub.accounts import second_factor as factor
from cityhub.accounts.lockout import FREE
from cityhub.errors import InvalidInput

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
# RFC 6238, appendix B, SHA-1: the last six of its eight digits.
RFC = b"12345678901234567890"
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


@pytest.mark.parametrize(("second", "code"), VECTORS.items())
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    assert factor.code_at(RFC, second // 30) == code
    assert factor.step_of(RFC, code, datetime.fromtimestamp(second, UTC), None) == second // 30


@given(st.integers(-4, 4))
def test_a_code_is_good_a_step_before_and_after_its_own(steps: int) -> None:
    code = factor.code_at(RFC, int(NOW.timestamp()) // 30)
    found = factor.step_of(RFC, code, NOW + timedelta(seconds=30 * steps), None)
    assert (found is not None) == (abs(steps) <= 1)


def test_a_code_is_good_once() -> None:
    code = factor.code_at(RFC, int(NOW.timestamp()) // 30)
    used = factor.step_of(RFC, code, NOW, None)
    assert factor.step_of(RFC, code, NOW, used) is None


def test_what_the_telephone_reads_holds_the_secret_and_the_name() -> None:
    secret = factor.new_secret()
    assert len(secret) == 20
    assert factor.address(secret, "lan", "City hub") == (
        f"otpauth://totp/City%20hub%3Alan?secret={factor.written(secret)}&issuer=City%20hub"
    )


def test_recovery_codes_differ_and_blanks_and_case_do_not_matter() -> None:
    codes = factor.recovery_codes()
    assert len(set(codes)) == 10
    assert factor.kept_code(f" {codes[0].upper()} ") == factor.kept_code(codes[0])


def test_a_password_is_known_again_and_not_kept() -> None:
    kept = hashed("bốn từ bất kỳ nhé")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_right("bốn từ bất kỳ nhé", kept)
    assert not is_right("bốn từ bất kỳ", kept)
    assert kept != hashed("bốn từ bất kỳ nhé")


@pytest.mark.parametrize("password", ["short", "x" * 11, "aaaaaaaaaaaaaaaa", "lan-lan-lan1", "y" * 201])
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput):
        check_new(password, "lan-lan")


def test_five_are_free_and_then_guessers_wait_ever_longer_up_to_an_hour() -> None:
    found, waits = Attempts(), []
    for _ in range(14):
        found = after_failure(found, NOW)
        waits.append(0 if found.locked_until is None else (found.locked_until - NOW).total_seconds() / 60)
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


@given(st.integers(0, 10_000))
@settings(max_examples=50)
def test_nobody_is_locked_out_for_ever(failures: int) -> None:
    found = after_failure(Attempts(failures), NOW)
    assert found.is_locked(NOW) == (failures + 1 >= FREE)
    assert not found.is_locked(NOW + timedelta(hours=1))


def test_roles_have_what_they_need_and_no_more() -> None:
    assert scopes_of("inspector") == {"enforcement:read"}
    assert "money:write" in scopes_of("finance")
    # Operations see what the street should have earned.
    assert "revenue:read" in scopes_of("operator")
    assert "money:write" not in scopes_of("operator")
    assert "accounts:write" in scopes_of("admin")
    # What partners sell and send is no work of people.
    assert not any({"parking:write", "observations:write"} & role.scopes for role in ROLES.values())
    assert all(role.needs_second_factor for role in ROLES.values())
    with pytest.raises(InvalidInput):
        scopes_of("root")
