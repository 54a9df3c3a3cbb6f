"""A tariff file that does not add up is refused, with the line where it does not."""

import re

import pytest

from cityhub.catalogue import HANOI_CATALOGUE
from cityhub.errors import FileError
from cityhub.parking.tariffs import TariffFile, files_in, read
from cityhub.parking.tariffs.read import parse

GOOD = """\
zone: somewhere
rate_tables:
  - version: somewhere-1
    valid_from: 2026-01-01
    source: the council
    maximum_stay: 600
    crossing: split
    refund: {of: nothing}
    collections:
      - vehicles: [car]
        begins: 00:00
        ends: 12:00
        lines:
          - {increment: 30, until: 60, price: 1000, rule_vi: một, rule_en: one}
          - {increment: 60, price: 3000, rule_vi: hai, rule_en: two}
      - vehicles: [car]
        begins: 12:00
        ends: 24:00
        days: [working_day, weekend]
        lines:
          - {increment: turn, price: 9000, rule_vi: lượt, rule_en: turn}
      - vehicles: [car]
        begins: 12:00
        ends: 24:00
        days: [holiday]
        lines:
          - {increment: turn, price: 0, rule_vi: lễ, rule_en: holiday}
"""


def without(first: int, last: int) -> str:
    return "".join(
        line
        for number, line in enumerate(GOOD.splitlines(keepends=True), start=1)
        if not first <= number <= last
    )


def test_hanois_own_file_is_good() -> None:
    [file] = files_in(HANOI_CATALOGUE)
    found = read(file)
    assert found.zone == "hanoi-inner"
    assert [permit.illustrative for permit in found.permits] == [True, True]


def test_a_good_file_is_read() -> None:
    found = parse(GOOD, "tariff-x.yaml")
    assert isinstance(found, TariffFile)
    assert found.rate_tables[0].zone == "somewhere"


@pytest.mark.parametrize(
    ("before", "after", "line", "problem"),
    [
        ("ends: 12:00", "ends: 11:30", 16, "gap: no price for car at 11:30-12:00 on a working_day"),
        ("ends: 12:00", "ends: 12:30", 16, "overlap: two prices for car at 12:00-12:30 on a working_day"),
        (
            "days: [working_day, weekend]",
            "days: [working_day]",
            10,
            "gap: no price for car at 12:00-24:00 on a weekend",
        ),
        (
            "days: [holiday]",
            "days: [holiday, weekend]",
            22,
            "overlap: two prices for car at 12:00-24:00 on a weekend",
        ),
        # Over midnight: what a working evening leaves to a holiday's morning counts too.
        ("ends: 24:00", "ends: 01:00", 16, "overlap: two prices for car at 00:00-01:00 on a working_day"),
        ("price: 3000", "price: 1999", 15, "the price falls: a minute costs less than in the step before"),
        ("price: 1000", "price: -1", 14, "the price falls below 0"),
        ("until: 60", "until: 45", 14, "the step is no whole number of 30 minutes long"),
        (
            "increment: 60, price",
            "increment: 60, until: 120, price",
            15,
            "gap: nothing is said of what follows minute 120",
        ),
        ("until: 60, ", "", 14, "overlap: only the last step has no `until`"),
        ("turn, price: 9000", "turn, until: 60, price: 9000", 21, "a price by the turn has no end"),
        ("begins: 00:00", "begins: 24:00", 11, "a window begins at 00:00, not at 24:00"),
        ("vehicles: [car]", "vehicles: [tram]", 10, "'tram' is no class of vehicles"),
        ("crossing: split", "crossing: carry", 10, "`crossing: carry` counts on over the edges of windows"),
        ("crossing: split", "crossing: jump", 7, "crossing: invalid enum value 'jump'"),
        ("maximum_stay: 600", "maximum_stay: 0", 6, "maximum_stay: expected `int` >= 1"),
        ("begins: 00:00", "begins: 25:00", 11, "begins: expected `str` matching regex"),
        ("price: 3000", "price: 3000.5", 15, "price: expected `int`, got `str`"),
        ("source: the council", "sauce: the council", 5, "object contains unknown field `sauce`"),
        ("    source: the council\n", "", 3, "object missing required field `source`"),
        ("version: somewhere-1", "version: somewhere-1\n    version: b", 4, "'version' stands there twice"),
        ("refund: {of: nothing}", "refund: {of: nothing", 9, "is no YAML"),
        ("valid_from: 2026-01-01", "valid_from: 2026-02-30", 4, "valid_from: invalid RFC3339 encoded date"),
    ],
)
def test_a_fault_is_told_with_its_line(before: str, after: str, line: int, problem: str) -> None:
    assert before in GOOD
    with pytest.raises(FileError, match=re.escape(problem)) as refused:
        parse(GOOD.replace(before, after, 1), "tariff-x.yaml")
    assert (refused.value.line, refused.value.file) == (line, "tariff-x.yaml")
    assert str(refused.value).startswith(f"tariff-x.yaml, line {line}: ")


def test_a_missing_window_is_a_gap() -> None:
    with pytest.raises(FileError, match="gap: no price for car at 12:00-24:00 on a holiday"):
        parse(without(22, 27), "tariff-x.yaml")


def test_versions_stand_in_the_order_in_which_they_come_into_force() -> None:
    table = "".join(GOOD.splitlines(keepends=True)[2:])
    twice = GOOD + table.replace("somewhere-1", "somewhere-2")
    with pytest.raises(FileError, match="must be after that of the rate table before") as refused:
        parse(twice, "tariff-x.yaml")
    assert refused.value.line == len(GOOD.splitlines()) + 2


@pytest.mark.parametrize("text", ["", "[]", "zone", "a: &x [*x]", "\x00", "- : -", "[" * 5000])
def test_what_is_no_tariff_at_all_is_refused_in_words(text: str) -> None:
    with pytest.raises(FileError):
        parse(text, "tariff-x.yaml")
