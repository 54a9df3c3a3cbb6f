"""Texts of the register of breaches, and who has to be told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.breaches import REPORT_WITHIN, Breach, checked
from cityhub.errors import InvalidInput
from cityhub.ops import trouble
from cityhub.ops.trouble import Facts

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENTERED = Breach(
    *(1, NOW, NOW + REPORT_WITHIN, NOW, "an", "a laptop was stolen", ("plate",), None),
    *(None, None, None, None, None, None),
)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "the car 30A-123.45 was named",
            "30A 123.45",
            "(29-M1 123.45)",
            "call 0912345678",
            "0912 345 678 was read",
        ),
        *("SĐT:0912345678", "biển số=30A-123.45", "seen: 30A-123.45,29-M1 123.45", "30A-12345/30B-54321"),
        *("+84 912 345 678", "", "   ", "x" * 2001, "a\0b"),
    ],
    ids=repr,
)
def test_whose_it_is_does_not_belong_into_the_register(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked("what", text)
    assert not any(part in str(refused.value) for part in ("123.45", "0912", "345"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "  a laptop with an export of 40 plates was stolen on 2026-11-22 at 09:30",
            "2026",
            "A05, 123/2026",
            "từ 09:30 ngày 26/11/2026 đến 10:15 ngày 27/11/2026",
        ),
        *("Máy tính chứa dữ liệu xuất ra bị mất tại 12 Lý Thường Kiệt", "TOTP of 3 people", "x" * 2000),
    ],
    ids=lambda text: text[:20],
)
def test_dates_figures_and_numbers_of_letters_do(text: str) -> None:
    assert checked("what", text) == text.strip()


def test_persons_are_told_where_positions_are_touched() -> None:
    assert ENTERED.to_tell == ("authority",)
    position = replace(ENTERED, touched=("plate", "position"))
    assert position.to_tell == ("authority", "persons")
    assert replace(position, authority_told_at=NOW).to_tell == ("persons",)
    assert replace(position, authority_told_at=NOW, persons_told_at=NOW).to_tell == ()
    assert replace(position, closed_at=NOW).to_tell == ()


def test_the_console_reminds_while_there_is_time_and_again_when_there_is_none() -> None:
    entered = NOW - 2 * HOUR
    facts = Facts(breach_since=entered, breach_due=NOW + HOUR, breach_newest=entered)
    [one] = trouble.found(facts, NOW)
    assert (one.code, one.since, one.figure, one.renewed_at) == ("breach", entered, 1.0, entered)
    [late] = trouble.found(facts, NOW + 3 * HOUR)
    # Who took note while there was time has not taken note of this.
    assert (late.figure, late.renewed_at) == (-2.0, NOW + HOUR)


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        (Facts(archived=NOW - HOUR / 3, backed_up=NOW - 35 * HOUR), []),
        (Facts(archived=NOW - HOUR, backed_up=NOW), ["archive"]),
        (Facts(archived=NOW - HOUR / 6, archive_failed=NOW, backed_up=NOW), ["archive"]),
        (Facts(archived=NOW, archive_failed=NOW - HOUR, backed_up=NOW - 37 * HOUR), ["backup"]),
        (Facts(archived=NOW), ["backup"]),
        (Facts(backed_up=NOW - 99 * HOUR), []),
    ],
    ids=["well", "silent", "fails", "old", "none", "not in use"],
)
def test_the_console_tells_of_backups_where_there_is_an_archive(facts: Facts, codes: list[str]) -> None:
    assert [one.code for one in trouble.found(facts, NOW)] == codes
