"""The page on security promises nothing that no test holds."""

import re
from pathlib import Path

import pytest

from cityhub.accounts import ROLES
from cityhub.config import read_settings
from jobs.retention import ACCOUNTS_IDLE, SIGN_INS_KEPT

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
TESTS = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE)
}


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, without its head."""
    lines = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0].splitlines()
    found = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in found[2:]]


def test_every_test_that_the_page_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 60
    assert sorted(named - TESTS) == []


def test_every_risk_of_the_top_ten_has_its_tests() -> None:
    found = rows("OWASP API Security Top 10 (2023)")
    assert [row[0].split()[0] for row in found] == [f"API{number}" for number in range(1, 11)]
    assert [row[0] for row in found if row[2].count("`test_") < 3] == []


@pytest.mark.parametrize(
    "point",
    [
        "multi-factor",
        "45 idle days",
        "3 months",
        "3-2-1",
        "on the way",
        "at rest",
        "72 hours",
        "in time",
        "privilege",
    ],
)
def test_every_point_of_level_3_has_a_test_and_says_what_is_left(point: str) -> None:
    [row] = [row for row in rows("Level 3") if point in row[0]]
    assert "`test_" in row[2]
    assert len(row) == 4


def test_what_is_tried_at_pages_has_its_tests() -> None:
    assert [row[0] for row in rows("Pages, forms and uploads") if "`test_" not in row[2]] == []


def test_every_role_needs_a_second_factor_and_so_do_settings_by_themselves() -> None:
    assert all(role.needs_second_factor for role in ROLES.values())
    assert read_settings().second_factor == "required"


def test_times_are_those_that_the_page_tells() -> None:
    assert (ACCOUNTS_IDLE.days, SIGN_INS_KEPT.days) == (45, 100)
