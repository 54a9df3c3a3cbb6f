"""When sensors speak: history and live runs against a clock of the test's own."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cityhub.catalogue import Catalogue, read
from cityhub.config import read_settings
from cityhub.errors import InvalidInput, ServiceError
from simulators import history
from simulators.city import City, clock
from simulators.city.faults import FaultyLine
from simulators.schedule import EvenRate, OwnIntervals
from simulators.simulate import Town, run

START = datetime(2026, 11, 20, 9, tzinfo=clock.HANOI_TIME)


class FakeBroker:
    """Keeps what is published; waiting moves the clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.messages: list[tuple[float, str, bytes]] = []
        self.retained: list[bool] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self.messages.append((self.now, topic, payload))
        self.retained.append(retain)

    def wait(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += max(seconds, 1e-6)

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.now)

    def monotonic(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def hanoi() -> Catalogue:
    return read()


def town(hanoi: Catalogue, stopped: Callable[[], bool] = lambda: False) -> tuple[Town, City, FakeBroker]:
    fake, city = FakeBroker(), City(hanoi, 1, START)
    line = FaultyLine("none", random.Random(1))  # noqa: S311 - faults on demand, no secret
    return Town(city, line, fake, "hanoi", stopped, fake.clock, fake.monotonic), city, fake


def test_rate_is_met_and_spread_evenly_over_all_sensors(hanoi: Catalogue) -> None:
    live, city, fake = town(hanoi)
    count = len(city.sensors)
    told = live.publish_live(EvenRate(city.sensors, 50, 0.0, 1), end=60.0)
    assert told == len(fake.messages) == pytest.approx(3000, abs=2)
    per_second = Counter(int(at) for at, _, _ in fake.messages)
    assert max(per_second.values()) <= 52
    per_sensor = Counter(topic for _, topic, _ in fake.messages)
    assert len(per_sensor) == count
    assert max(per_sensor.values()) - min(per_sensor.values()) <= 3


def test_every_device_says_once_that_it_is_online_and_the_broker_keeps_it(hanoi: Catalogue) -> None:
    live, city, fake = town(hanoi)
    live.say_online()
    assert [topic for _, topic, _ in fake.messages] == [f"hanoi/{s.kind}/{s.id}/status" for s in city.sensors]
    said = [json.loads(payload) for _, _, payload in fake.messages]
    assert {one.pop("firmware") for one in said} == {"1.3.9", "1.4.2"}
    same = {"online": True, "time": "2026-11-20T09:00:00.000+07:00", "reset": "power-on", "uptime_s": 60}
    assert all(one == same for one in said)
    assert set(fake.retained) == {True}
    live.publish_live(EvenRate(city.sensors, 50, 0.0, 1), end=1.0)
    assert not any(fake.retained[len(city.sensors) :])
    assert live.statuses == len(city.sensors)


def test_history_has_no_statuses(hanoi: Catalogue) -> None:
    fake, city = FakeBroker(), City(hanoi, 1, START)
    fake.now = 86_400.0
    line = FaultyLine("many", random.Random(1))  # noqa: S311 - faults on demand, no secret
    past = Town(city, line, fake, "hanoi", lambda: False, fake.clock, fake.monotonic)
    past.publish_history(1, START, timedelta(days=1))
    assert line.counts["connection_lost"]
    assert {topic.split("/")[3] for _, topic, _ in fake.messages} == {"telemetry"}
    assert not any(fake.retained)


def test_history_says_that_it_is_a_replay_and_live_reports_do_not(hanoi: Catalogue) -> None:
    past, _, fake = town(hanoi)
    fake.now = 7_200.0
    told = past.publish_history(1, START, timedelta(hours=2))
    assert len(fake.messages) == told > 0
    assert all(json.loads(payload)["replay"] is True for _, _, payload in fake.messages)
    live, city, fake = town(hanoi)
    live.publish_live(EvenRate(city.sensors, 20, 0.0, 1), end=60.0)
    assert fake.messages
    assert not any("replay" in json.loads(payload) for _, _, payload in fake.messages)


def test_live_times_are_now(hanoi: Catalogue) -> None:
    live, city, fake = town(hanoi)
    live.publish_live(EvenRate(city.sensors, 20, 0.0, 1), end=120.0)
    for at, _, payload in fake.messages:
        age = START + timedelta(seconds=at) - datetime.fromisoformat(json.loads(payload)["time"])
        assert timedelta(seconds=-0.01) <= age < timedelta(seconds=5)


def test_a_bay_tells_its_change_within_seconds_though_it_is_not_its_turn(hanoi: Catalogue) -> None:
    live, city, fake = town(hanoi)
    bays = [s for s in city.sensors if "occupied" in s.properties]
    live.publish_live(OwnIntervals([s for s in city.sensors if s.kind == "water"], 0.0, 1), end=1800.0)
    topics = Counter(topic.split("/")[2] for _, topic, _ in fake.messages)
    changed = [bay.id for bay in bays if topics[bay.id]]
    assert len(changed) > 20


def test_without_a_rate_each_sensor_keeps_its_own_interval(hanoi: Catalogue) -> None:
    schedule = OwnIntervals(hanoi.sensors, 100.0, 1)
    turns: dict[str, list[float]] = {}
    for _ in range(5000):
        due = schedule.due(waiting=False)
        turns.setdefault(schedule.next(due), []).append(due)
    for sensor in hanoi.sensors:
        first, second, *_ = turns[sensor.id]
        assert 100.0 <= first <= 100.0 + sensor.interval_s
        assert second - first == pytest.approx(sensor.interval_s)


@pytest.mark.parametrize("seed", range(20))
def test_the_first_turns_are_of_one_sensor_of_each_kind_and_everybody_gets_one(
    hanoi: Catalogue, seed: int
) -> None:
    schedule = EvenRate(hanoi.sensors, 10, 0.0, seed)
    kind_of = {sensor.id: sensor.kind for sensor in hanoi.sensors}
    told = [schedule.next(0.0) for _ in hanoi.sensors]
    kinds = {sensor.kind for sensor in hanoi.sensors}
    assert {kind_of[id] for id in told[: len(kinds)]} == kinds
    assert sorted(told) == sorted(kind_of)


def test_turns_missed_while_asleep_are_not_made_up_for(hanoi: Catalogue) -> None:
    even, own = EvenRate(hanoi.sensors[:2], 10, 0.0, 1), OwnIntervals(hanoi.sensors[:2], 0.0, 1)
    even.next(3600.0)
    assert even.due(waiting=False) > 3598
    for _ in range(2):
        own.next(86_400.0)
    assert own.due(waiting=False) > 86_400


def test_stopping_ends_a_live_run(hanoi: Catalogue) -> None:
    asked = iter([False] * 10 + [True] * 1000)
    live, city, _ = town(hanoi, lambda: next(asked))
    assert live.publish_live(EvenRate(city.sensors, 10, 0.0, 1), end=None) <= 10


def test_history_is_complete_in_order_and_ends_now(hanoi: Catalogue) -> None:
    city, end = City(hanoi, 1, START), START + timedelta(hours=6)
    found = list(history.reports(city, 1, START, lambda: end))
    times = [report.time for report in found]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] <= end
    counts = Counter(report.sensor_id for report in found)
    for sensor in city.sensors:
        if sensor.kind != "parking":
            assert counts[sensor.id] == 36
        elif "occupied_count" in sensor.properties:
            assert counts[sensor.id] == 6
        else:
            assert counts[sensor.id] >= 1
    assert len({(report.sensor_id, report.time) for report in found}) == len(found)


def test_history_follows_a_clock_that_moves_on(hanoi: Catalogue) -> None:
    ticks = iter(START + timedelta(minutes=10 * n) for n in (1, 2, 3, 3))
    found = list(history.reports(City(hanoi, 1, START), 1, START, lambda: next(ticks)))
    assert max(report.time for report in found) <= START + timedelta(minutes=30)
    assert max(report.time for report in found) > START + timedelta(minutes=20)


def test_estimate_of_history_is_about_right(hanoi: Catalogue) -> None:
    city = City(hanoi, 1, START)
    found = sum(1 for _ in history.reports(city, 1, START, lambda: START + timedelta(days=1)))
    assert history.estimate(city, 1) == pytest.approx(found, rel=0.35)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"rate": 0.0}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"for_s": -1.0}, "for"),
        ({"days": -1.0}, "days"),
        ({"days": 1e9}, "days"),
        ({"faults": "lots"}, "faults"),
    ],
)
def test_wrong_options_name_themselves(options: dict[str, float], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(read_settings(mqtt_url="mqtt://127.0.0.1:1"), **options)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_a_missing_broker_is_one_clear_line() -> None:
    with pytest.raises(ServiceError, match="no MQTT broker answers") as caught:
        run(read_settings(mqtt_url="mqtt://user:secret@127.0.0.1:1"))
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)
