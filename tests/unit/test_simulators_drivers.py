"""Simulated drivers: the same ones for a seed, of every habit, and with plates that are nobody's."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.catalogue import read
from cityhub.errors import InvalidInput
from cityhub.parking.plates import normalise
from simulators.city import City
from simulators.drivers import Crowd, Pace, check
from simulators.drivers.habits import driver
from tools.services.ports import free_port

MANY = [driver(1, number) for number in range(2_000)]


def test_a_seed_has_its_own_drivers() -> None:
    assert [driver(1, number) for number in range(50)] == MANY[:50]
    assert [driver(2, number) for number in range(50)] != MANY[:50]


def test_plates_are_of_a_form_that_hanoi_has_and_of_a_number_that_no_province_has() -> None:
    for one in MANY:
        for text in filter(None, (one.plate, one.mistyped)):
            plate = normalise(text)
            assert (plate.text[:2], plate.is_odd) == ("00", False)
        assert one.phone is None or one.phone.startswith("0500 ")


def test_most_pay_and_every_habit_is_there() -> None:
    share = {
        "pays": 0.93, "asks": 0.95, "corrects": 0.08, "start_stop": 0.15, "wallet": 0.1 + 0.9 * 0.1,
        "overstays": 0.15 * 0.85,
    }  # fmt: skip
    found: Counter[str] = Counter()
    for one in MANY:
        found["pays"] += one.pays
        found["asks"] += one.asks_at_all
        found["corrects"] += one.mistyped is not None
        found["start_stop"] += one.mode == "start_stop"
        found["wallet"] += one.way == "wallet"
        found["overstays"] += one.mode == "prepaid" and one.stays_s > 60 * one.asks
    assert {name: count / len(MANY) for name, count in found.items()} == pytest.approx(share, abs=0.04)


def test_more_drivers_than_a_street_has_are_refused() -> None:
    with pytest.raises(InvalidInput):
        check(40_000)


def test_drivers_of_a_hub_that_is_down_give_up_and_the_city_goes_on() -> None:
    crowd = Crowd(f"http://127.0.0.1:{free_port()}", Pace(36_000, haste=1, patience_s=0.2))
    began = time.monotonic()
    asyncio.run(crowd.run(asyncio.Event(), 2))
    assert time.monotonic() - began < 20
    assert crowd.counts["came"] == len(crowd.drivers) > 5
    assert set(crowd.counts) == {"came", "gave up"}


def test_a_drivers_bay_is_taken_until_the_driver_leaves() -> None:
    now = datetime(2026, 11, 24, 3, tzinfo=UTC)
    city = City(read(), 1, now)
    bays = [sensor.id for sensor in city.sensors if sensor.id.startswith("ltk-01-b")]
    came = {bay: report for bay in bays for report in city.park(bay, now, 600)}
    # Some stood there before, and keep their bays.
    assert 0 < len(came) < len(bays)
    assert {report.values["occupied"] for report in came.values()} == {1}
    assert [city.park(bay, now, 600) for bay in bays] == [[]] * len(bays)
    for bay in bays:
        assert city.report(bay, now).values == {"occupied": 1}
    left = [
        one.sensor_id for one in city.changes(now + timedelta(seconds=601)) if one.values["occupied"] == 0
    ]
    assert came.keys() <= set(left)
    assert city.park("no-such-bay", now, 600) == []
