"""What happens where a stay goes on from one collection into another."""

from datetime import datetime, timedelta

import pytest

from cityhub.parking.tariffs import Schedule, quote
from cityhub.parking.tariffs.read import parse
from cityhub.rfc3339 import HANOI_TIME

FILE = """\
zone: some
rate_tables:
  - version: z1
    valid_from: 2026-01-01
    source: made up
    maximum_stay: 10000
    crossing: CROSSING
    refund: {of: unused, fee: 100, minimum: 500}
    collections:
      - vehicles: [car]
        begins: 06:00
        ends: 18:00
        reset: RESET
        cap: {amount: 30000, rule_vi: trần, rule_en: most}
        lines:
          - {increment: 60, until: 120, price: 1000, rule_vi: một, rule_en: one, rounding: ROUNDING}
          - {increment: 60, price: 5000, rule_vi: hai, rule_en: two, rounding: ROUNDING}
      - vehicles: [car]
        begins: 18:00
        ends: 06:00
        reset: RESET
        lines:
          - {increment: 60, price: 200, rule_vi: đêm, rule_en: night, rounding: ROUNDING}
"""
DAY = datetime(2026, 11, 25, tzinfo=HANOI_TIME)


def schedule(crossing: str, reset: str = "stay", rounding: str = "up", more: str = "") -> Schedule:
    text = FILE.replace("CROSSING", crossing).replace("RESET", reset).replace("ROUNDING", rounding)
    file = parse(text + more, "tariff-z.yaml")
    return Schedule("z", file.rate_tables)


def price(prices: Schedule, start: str, minutes: int) -> int:
    hours, minute = start.split(":")
    begins = DAY + timedelta(hours=int(hours), minutes=int(minute))
    return quote(prices, "car", begins, begins + timedelta(minutes=minutes)).amount


@pytest.mark.parametrize(
    ("crossing", "reset", "start", "minutes", "amount"),
    [
        # Half an hour of day, half an hour of night: each by its own, the begun hour ends at the edge.
        ("split", "window", "17:30", 60, 1000 + 200),
        ("split", "window", "16:00", 120 + 720 + 60, 2000 + 12 * 200 + 1000),
        # The counter of the day goes on after the night.
        ("split", "stay", "16:00", 120 + 720 + 60, 2000 + 12 * 200 + 5000),
        # The half hour that is left of a begun hour of the day is used the next day.
        ("split", "stay", "17:30", 30 + 720 + 30, 1000 + 12 * 200),
        # The begun hour runs on to 18:30.
        ("carry", "stay", "17:30", 60, 1000),
        ("carry", "stay", "17:30", 61, 1000 + 200),
        # Steps go on over the edges: two hours of day, twelve of night, then hour 15.
        ("carry", "stay", "16:00", 120 + 720 + 60, 2000 + 12 * 200 + 5000),
        # What begins by day stays by day.
        ("follow_through", "window", "17:30", 180, 2000 + 5000),
        ("follow_through", "window", "20:00", 120, 400),
        ("follow_through", "window", "20:00", 12 * 60, 12 * 200),
        # Its counter begins anew after 24 hours; the cap holds for each.
        ("follow_through", "window", "08:00", 24 * 60, 30_000),
        ("follow_through", "window", "08:00", 25 * 60, 31_000),
        ("follow_through", "stay", "08:00", 25 * 60, 30_000),
    ],
)
def test_crossing(crossing: str, reset: str, start: str, minutes: int, amount: int) -> None:
    assert price(schedule(crossing, reset), start, minutes) == amount


@pytest.mark.parametrize(
    ("rounding", "minutes", "amount"),
    [
        ("up", 61, 2000),
        ("down", 59, 0),
        ("down", 119, 1000),
        ("nearest", 29, 0),
        ("nearest", 30, 1000),
        ("nearest", 89, 1000),
        ("nearest", 90, 2000),
    ],
)
def test_rounding_of_a_begun_increment(rounding: str, minutes: int, amount: int) -> None:
    assert price(schedule("split", "window", rounding), "08:00", minutes) == amount


def test_above_the_cap_the_rule_is_the_cap() -> None:
    found = quote(schedule("split", "window"), "car", DAY + timedelta(hours=6), DAY + timedelta(hours=18))
    assert [(line.amount, line.rule) for line in found.lines] == [(2000, "một"), (28_000, "trần")]


def test_free_minutes_are_free_and_a_longer_stay_pays_all_of_its_time() -> None:
    free = "    free: {minutes: 15, rule_vi: miễn phí, rule_en: free}\n"
    prices = schedule("split", "window", more=free)
    assert price(prices, "08:00", 15) == 0
    assert price(prices, "08:00", 16) == 1000
    [line] = quote(prices, "car", DAY, DAY + timedelta(minutes=15)).lines
    assert (line.amount, line.rule, line.to) == (0, "miễn phí", DAY + timedelta(minutes=15))


def test_a_window_that_began_before_a_change_ends_by_the_tariff_with_which_it_began() -> None:
    later = FILE[FILE.index("  - version") :].replace("z1", "z2").replace("2026-01-01", "2026-11-26")
    text = (FILE + later.replace("price: 200", "price: 700")).replace("CROSSING", "split")
    file = parse(text.replace("RESET", "window").replace("ROUNDING", "up"), "tariff-z.yaml")
    prices = Schedule("z", file.rate_tables)
    assert price(prices, "22:00", 180) == 3 * 200
    assert price(prices, "24:00", 60) == 700
    assert price(prices, "22:00", 24 * 60) == 8 * 200 + 30_000 + 4 * 700
