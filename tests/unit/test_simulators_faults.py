"""Faults on demand: each does what its name says, as seen by the hub's own decoder."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cityhub.observing.decode import decode
from cityhub.observing.decoded import Decoded, RegisteredSensor
from cityhub.observing.quality import FAULT
from cityhub.observing.topics import status as status_topic
from cityhub.observing.topics import telemetry
from simulators.city import clock
from simulators.city.faults import BY_NAME, FAULTS, LEVELS, FaultyLine, Message
from simulators.report import Report, document, encode

START = datetime(2026, 11, 22, 8, tzinfo=clock.HANOI_TIME)
SENSORS = {"air-one": RegisteredSensor("air", None)}


def reports(count: int) -> Iterator[Report]:
    for n in range(count):
        values = {"pm2_5": 20.0 + n % 50, "pm10": 40.0 + n % 50}
        yield Report("air", "air-one", START + timedelta(minutes=n), values, 90, -70, n)


class MeetsFirst(random.Random):
    """Draws such that the first report meets the fault of a table that is otherwise never met."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self._first = True

    def random(self) -> float:
        if self._first:
            self._first = False
            return 0.0
        return super().random()


def line_that_first_meets(name: str, seed: int = 1) -> FaultyLine:
    return FaultyLine("many", MeetsFirst(seed), (replace(BY_NAME[name], many=1e-12),))


def one(name: str, seed: int = 1) -> list[Message]:
    """What leaves when the one report meets the fault, and what was held back."""
    line = line_that_first_meets(name, seed)
    (report,) = reports(1)
    found = [*line.send(report), *line.rest()]
    assert line.counts == {name: 1}
    return found


def rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - faults on demand, no secret


def received(message: Message, at: datetime = START) -> Decoded:
    topic_of = status_topic if message.channel == "status" else telemetry
    topic = topic_of("hanoi", message.kind, message.sensor_id)
    return decode("hanoi", topic, message.payload, at, SENSORS)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("naive_time", "time"),
        ("clock_not_set", "time"),
        ("future_time", "future"),
        ("garbage", "json"),
        ("not_a_number", "not_a_number"),
        ("text_number", "not_a_number"),
    ],
)
def test_fault_ends_in_quarantine_with_its_reason(name: str, reason: str) -> None:
    for seed in range(20):
        (message,) = one(name, seed)
        assert [rejected.reason for rejected in received(message).rejected] == [reason]


def test_sentinel_is_flagged_and_the_value_beside_it_is_kept() -> None:
    (message,) = one("sentinel")
    by_quality = Counter(o.quality for o in received(message).observations if o.property.startswith("pm"))
    assert by_quality == {FAULT: 1, 0: 1}


def test_duplicate_is_the_same_message_twice() -> None:
    first, second = one("duplicate")
    assert first == second


def test_out_of_order_report_comes_after_the_next_one() -> None:
    line = line_that_first_meets("out_of_order")
    first, second = reports(2)
    assert line.send(first) == []
    assert [json.loads(m.payload)["seq"] for m in line.send(second)] == [1, 0]


def test_late_report_arrives_minutes_to_hours_later_with_its_own_time() -> None:
    delays = []
    for seed in range(40):
        line = line_that_first_meets("late", seed)
        (report,) = reports(1)
        assert line.send(report) == []
        minute = next(
            m for m in range(1, 400) if (found := line.arriving((START + timedelta(minutes=m)).timestamp()))
        )
        assert [json.loads(m.payload) for m in found] == [document(report)]
        delays.append(minute)
    assert min(delays) >= 2
    assert max(delays) > 60


def test_gap_silences_a_sensor_for_a_while() -> None:
    line = line_that_first_meets("gap")
    first, *rest = reports(120)
    assert line.send(first) == []
    sent = [bool(line.send(report)) for report in rest]
    assert 9 <= sent.index(True) <= 90
    assert all(sent[sent.index(True) :])
    assert line.missed == sent.index(True)


def test_a_lost_connection_is_told_by_the_last_will_and_a_new_one_by_the_device() -> None:
    line = line_that_first_meets("connection_lost")
    first, *rest = reports(120)
    (will,) = line.send(first)
    status = received(will).status
    assert status is not None
    assert (status.sensor_id, status.online) == ("air-one", False)
    sent = [line.send(report) for report in rest]
    silent = next(n for n, messages in enumerate(sent) if messages)
    assert 4 <= silent <= 30
    back, telemetry_message = sent[silent]
    returned = rest[silent].time
    said = received(back, returned).status
    assert said is not None
    assert (said.online, said.time) == (True, returned)
    assert received(telemetry_message, returned).observations
    assert all(message.channel == "telemetry" for messages in sent[silent + 1 :] for message in messages)
    assert line.missed == silent


def test_a_second_last_will_has_the_time_at_which_its_connection_began() -> None:
    line = FaultyLine("many", MeetsFirst(1), (replace(BY_NAME["connection_lost"], many=0.05),))
    said = [m for report in reports(2000) for m in line.send(report) if m.channel == "status"]
    words = [json.loads(message.payload) for message in said]
    assert len(words) > 10
    assert [word["online"] for word in words[:-1]] == [n % 2 == 1 for n in range(len(words) - 1)]
    for back, lost in zip(words[1::2], words[2::2], strict=False):
        assert lost["time"] == back["time"]


def test_stuck_sensor_repeats_its_values_with_new_times() -> None:
    line = line_that_first_meets("stuck")
    first, *rest = reports(300)
    assert line.send(first)
    bodies = [json.loads(line.send(report)[0].payload) for report in rest]
    stuck = [body["values"] == dict(first.values) for body in bodies]
    assert all(stuck[:29])
    assert not all(stuck)
    assert len({body["time"] for body in bodies}) == len(bodies)


def test_level_none_sends_every_report_as_it_is() -> None:
    line = FaultyLine("none", rng(1))
    for report in reports(500):
        assert line.send(report) == [Message("air", "air-one", encode(document(report)))]
    assert not line.counts
    assert line.rest() == []


@pytest.mark.parametrize("level", ["some", "many"])
def test_level_meets_its_probabilities(level: str) -> None:
    assert level in LEVELS
    line = FaultyLine("some" if level == "some" else "many", rng(3))
    count = 40_000
    for report in reports(count):
        line.send(report)
    met = count - line.missed
    for fault in FAULTS:
        expected = met * (fault.some if level == "some" else fault.many)
        assert abs(line.counts[fault.name] - expected) < 6 * expected**0.5 + 6


def test_same_seed_gives_the_same_faults() -> None:
    def messages(seed: int) -> list[Message]:
        line = FaultyLine("many", rng(seed))
        return [m for report in reports(2000) for m in line.send(report)] + line.rest()

    assert messages(1) == messages(1)
    assert messages(1) != messages(2)


def test_without_gaps_and_lost_connections_no_report_is_lost() -> None:
    line = FaultyLine("many", rng(9))
    sent: Counter[int] = Counter()
    lost = 0
    for report in reports(3000):
        gaps = line.counts["gap"] + line.counts["connection_lost"]
        missed = line.missed
        for message in line.send(report):
            if message.channel == "telemetry":
                sent[_seq(message)] += 1
        lost += line.counts["gap"] + line.counts["connection_lost"] - gaps + line.missed - missed
    for message in line.rest():
        sent[_seq(message)] += 1
    duplicates, garbage = line.counts["duplicate"], line.counts["garbage"]
    assert sum(sent.values()) == 3000 - lost + duplicates
    assert sent[-1] == garbage
    assert len(sent) - 1 == 3000 - lost - garbage


def _seq(message: Message) -> int:
    """The counter in the message, -1 for garbage."""
    if message.payload.startswith(b"\xff"):
        return -1
    found: int = json.loads(message.payload)["seq"]
    return found
