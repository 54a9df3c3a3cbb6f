"""Hanoi's tariff of 2018, to the đồng."""

from datetime import datetime, timedelta

import pytest

from cityhub.catalogue import HANOI_CATALOGUE
from cityhub.errors import InvalidInput, RuleBroken
from cityhub.parking.tariffs import Schedule, extension, files_in, quote, read, unused
from cityhub.rfc3339 import HANOI_TIME

[_FILE] = files_in(HANOI_CATALOGUE)
HANOI = Schedule("hanoi-inner", read(_FILE).rate_tables)
# A Wednesday.
DAY = datetime(2026, 11, 25, tzinfo=HANOI_TIME)


def at(clock: str, *, day: int = 0, of: datetime = DAY) -> datetime:
    hours, minutes = clock.split(":")
    return of + timedelta(days=day, hours=int(hours), minutes=int(minutes))


@pytest.mark.parametrize(
    ("hours", "thousands"),
    [(1, 25), (2, 50), (3, 85), (4, 120), (5, 165), (6, 210), (7, 255), (8, 300), (9, 345), (10, 390)],
)
def test_a_car_by_day_costs_what_the_city_says(hours: int, thousands: int) -> None:
    assert quote(HANOI, "car", at("06:00"), at("06:00") + timedelta(hours=hours)).amount == thousands * 1000
    assert quote(HANOI, "car", at("08:00"), at("08:00") + timedelta(hours=hours)).amount == thousands * 1000


@pytest.mark.parametrize(
    ("start", "end", "days", "amount"),
    [
        # One minute is a begun hour.
        ("08:00", "08:01", 0, 25_000),
        ("08:00", "09:01", 0, 50_000),
        ("17:59", "18:00", 0, 25_000),
        ("17:59", "18:01", 0, 25_000 + 150_000),
        ("17:00", "18:00", 0, 25_000),
        ("17:01", "18:00", 0, 25_000),
        ("18:00", "18:01", 0, 150_000),
        ("18:01", "18:02", 0, 150_000),
        ("18:00", "06:00", 1, 150_000),
        ("18:00", "06:01", 1, 150_000 + 25_000),
        ("05:59", "06:00", 0, 150_000),
        ("05:59", "06:01", 0, 150_000 + 25_000),
        ("06:00", "06:01", 0, 25_000),
        ("23:59", "00:01", 1, 150_000),
        # After a night the steps start anew.
        ("16:00", "08:00", 1, 50_000 + 150_000 + 50_000),
        # Three days: 8-18 (390), two whole days (480 = 12 h: 2x25 + 2x35 + 8x45), 6-8 (50), three nights.
        ("08:00", "08:00", 3, 390_000 + 2 * 480_000 + 50_000 + 3 * 150_000),
        ("18:00", "18:00", 3, 3 * 150_000 + 3 * 480_000),
    ],
)
def test_a_car_around_the_edges_of_day_and_night(start: str, end: str, days: int, amount: int) -> None:
    assert quote(HANOI, "car", at(start), at(end, day=days)).amount == amount


@pytest.mark.parametrize(
    ("start", "end", "days", "amount"),
    [
        ("06:00", "18:00", 0, 5_000),
        ("17:59", "18:00", 0, 5_000),
        ("17:59", "18:01", 0, 13_000),
        ("18:00", "06:00", 1, 8_000),
        ("05:59", "06:01", 0, 13_000),
        ("08:00", "08:00", 3, 4 * 5_000 + 3 * 8_000),
    ],
)
def test_a_motorbike_pays_by_the_turn(start: str, end: str, days: int, amount: int) -> None:
    assert quote(HANOI, "motorbike", at(start), at(end, day=days)).amount == amount


@pytest.mark.parametrize("vehicle", ["ev", "disabled"])
def test_classes_without_prices_of_their_own_pay_as_cars(vehicle: str) -> None:
    assert quote(HANOI, vehicle, at("08:00"), at("17:00")).amount == 345_000


def test_every_line_says_from_when_to_when_how_much_and_by_which_rule() -> None:
    found = quote(HANOI, "car", at("15:30"), at("19:00"))
    assert [(line.from_, line.to, line.amount, line.rule_en) for line in found.lines] == [
        (at("15:30"), at("17:30"), 50_000, "By day, hours 1 and 2: 25,000 VND an hour"),
        (at("17:30"), at("18:00"), 35_000, "By day, hours 3 and 4: 35,000 VND an hour"),
        (at("18:00"), at("19:00"), 150_000, "By night, 18:00–06:00: 150,000 VND a turn"),
    ]
    assert found.lines[0].rule == "Ban ngày, giờ thứ 1 và 2: 25.000 đ mỗi giờ"
    assert found.amount == 235_000
    assert found.tariff_version == "hanoi-inner-2018-01-01"


def test_the_night_before_tet_is_a_night_like_any_other() -> None:
    eve = datetime(2026, 2, 16, tzinfo=HANOI_TIME)
    assert quote(HANOI, "car", at("18:00", of=eve), at("06:00", day=1, of=eve)).amount == 150_000
    assert quote(HANOI, "car", at("17:00", of=eve), at("08:00", day=1, of=eve)).amount == 225_000


def test_an_extension_goes_on_in_the_steps_where_the_stay_was() -> None:
    assert extension(HANOI, "car", at("08:00"), at("10:00"), at("11:00")) == 35_000
    assert extension(HANOI, "car", at("08:00"), at("09:30"), at("10:00")) == 0


def test_what_was_not_used_is_given_back_by_the_begun_hour() -> None:
    assert unused(HANOI, "car", at("08:00"), at("12:00"), at("09:30")) == 70_000
    assert unused(HANOI, "car", at("08:00"), at("12:00"), at("11:01")) == 0
    assert unused(HANOI, "car", at("08:00"), at("12:00"), at("12:00")) == 0
    assert unused(HANOI, "car", at("08:00"), at("12:00"), at("07:00")) == 120_000


def test_a_stay_of_no_length_costs_nothing() -> None:
    assert quote(HANOI, "car", at("08:00"), at("08:00")) == (0, (), "hanoi-inner-2018-01-01")


def test_an_end_before_the_start_is_refused() -> None:
    with pytest.raises(InvalidInput):
        quote(HANOI, "car", at("08:00"), at("07:59"))


@pytest.mark.parametrize(
    ("rule", "vehicle", "start", "minutes"),
    [
        ("maximum_stay", "car", at("08:00"), 4321),
        ("vehicle", "car_large", at("08:00"), 60),
        ("vehicle", "no-such-class", at("08:00"), 60),
        ("no_tariff", "car", datetime(2017, 12, 31, 23, 59, tzinfo=HANOI_TIME), 60),
    ],
)
def test_what_has_no_price_names_the_rule(rule: str, vehicle: str, start: datetime, minutes: int) -> None:
    with pytest.raises(RuleBroken) as refused:
        quote(HANOI, vehicle, start, start + timedelta(minutes=minutes))
    assert refused.value.rule == rule


def test_a_car_that_stayed_on_for_a_week_has_a_price_all_the_same() -> None:
    week = timedelta(days=7)
    assert quote(HANOI, "car", at("18:00"), at("18:00") + week, is_limited=False).amount == 7 * 630_000
