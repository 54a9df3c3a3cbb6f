"""The proof of delivery can fail: it finds what is lost, doubled or altered. And its disorder keeps its promises."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import InvalidInput
from cityhub.kinds import KINDS
from cityhub.observing.decode import decode
from cityhub.observing.decoded import RegisteredSensor
from tools.chaos.disorder import RHYTHM, schedule
from tools.chaos.ingestor import choose_victim, ended_workers
from tools.chaos.numbering import Numbering
from tools.chaos.verdict import Delivery, compare

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SENSORS = ("air-1", "air-2", "air-3")
NUMBERING = Numbering.ending_before(NOW, 100, SENSORS)
ROWS = [NUMBERING.observation(number) for number in range(100)]


def test_all_messages_stored_once_is_good() -> None:
    delivery = compare(NUMBERING, 100, range(100), reversed(ROWS))
    assert delivery == Delivery(stored=100, lost=0, duplicated=0, altered=0)
    assert delivery.good


@given(st.sets(st.integers(0, 99), min_size=1))
def test_every_acknowledged_message_without_a_row_is_lost(gone: set[int]) -> None:
    left = [row for number, row in enumerate(ROWS) if number not in gone]
    delivery = compare(NUMBERING, 100, range(100), left)
    assert delivery == Delivery(stored=100 - len(gone), lost=len(gone), duplicated=0, altered=0)
    assert not delivery.good


def test_a_message_that_was_never_acknowledged_may_be_there_or_not() -> None:
    assert compare(NUMBERING, 100, range(99), ROWS).good
    assert compare(NUMBERING, 100, range(99), ROWS[:99]).good


@given(st.lists(st.integers(0, 99), min_size=1))
def test_every_further_row_of_a_message_is_a_duplicate(twice: list[int]) -> None:
    # The store allows no second row of one time, so a doubled message would come with another one.
    more = [(ROWS[number][0], ROWS[number][1] + timedelta(days=1), ROWS[number][2]) for number in twice]
    delivery = compare(NUMBERING, 100, range(100), ROWS + more)
    assert delivery == Delivery(stored=100, lost=0, duplicated=len(twice), altered=0)
    assert not delivery.good


@pytest.mark.parametrize(
    "row",
    [
        ("air-9", NOW, 1.0),
        ("air-1", NOW, 0.5),
        ("air-1", NOW, -1.0),
        ("air-1", NOW, 5000.0),
        ("", NOW, 1.0),
    ],
    ids=["another sensor", "between two numbers", "below zero", "not published yet", "no datastream"],
)
def test_a_row_that_nobody_sent_is_altered(row: tuple[str, datetime, float]) -> None:
    delivery = compare(NUMBERING, 100, range(100), [*ROWS, row])
    assert delivery == Delivery(stored=100, lost=0, duplicated=0, altered=1)
    assert not delivery.good


def test_a_row_with_another_time_than_was_sent_is_altered() -> None:
    sensor_id, time, value = ROWS[5]
    changed = [*ROWS[:5], (sensor_id, time + timedelta(seconds=1000), value), *ROWS[6:]]
    assert compare(NUMBERING, 100, range(100), changed).altered == 1


@given(st.integers(1, 3000))
def test_messages_are_told_apart_and_decode_to_good_past_observations(total: int) -> None:
    numbering = Numbering.ending_before(NOW, total, SENSORS)
    known = {sensor_id: RegisteredSensor("air", None) for sensor_id in SENSORS}
    number = total - 1
    sensor_id, time, value = numbering.observation(number)
    assert numbering.number(sensor_id, value) == number
    topic, payload = numbering.message(number)
    decoded = decode("chaos", topic, payload, NOW, known)
    [observation] = decoded.observations
    assert (observation.sensor_id, observation.time, observation.value) == (sensor_id, time, value)
    assert (observation.quality, decoded.rejected) == (0, [])
    assert time < NOW


def test_no_two_messages_share_a_sensor_and_a_second() -> None:
    assert len({(sensor_id, time) for sensor_id, time, _ in ROWS}) == len(ROWS)


def test_more_messages_than_can_be_told_apart_are_refused() -> None:
    most = int(KINDS["air"].properties["co"].high) * len(SENSORS)
    Numbering.ending_before(NOW, most, SENSORS)
    with pytest.raises(InvalidInput, match="can be told"):
        Numbering.ending_before(NOW, most + 1, SENSORS)


@given(st.integers(), st.floats(10, 600))
def test_whatever_falls_stands_up_again_within_the_run(seed: int, seconds: float) -> None:
    events = schedule(seconds, seed, RHYTHM)
    for target in RHYTHM:
        mine = [event for event in events if event.target == target]
        assert [event.falls for event in mine] == [True, False] * (len(mine) // 2)
        assert mine
    assert all(0 < event.at < seconds for event in events)


@given(st.integers())
def test_a_minute_holds_enough_disorder(seed: int) -> None:
    falls = [event.target for event in schedule(60, seed, RHYTHM) if event.falls]
    assert falls.count("ingest") >= 5
    assert falls.count("postgres") >= 2
    assert falls.count("broker") >= 1
    assert falls.count("link") >= 2


def test_a_seed_gives_the_same_disorder_again() -> None:
    assert schedule(60, 7, RHYTHM) == schedule(60, 7, RHYTHM)
    assert schedule(60, 7, RHYTHM) != schedule(60, 8, RHYTHM)


def test_of_several_workers_each_and_their_supervisor_falls_about_as_often() -> None:
    dice = Random(1)  # noqa: S311 - disorder, not secrets
    fallen = [choose_victim(dice, 2) for _ in range(3000)]
    assert set(fallen) == {0, 1, None}
    assert all(900 < fallen.count(victim) < 1100 for victim in (0, 1, None))


def test_without_workers_the_ingestor_itself_falls() -> None:
    dice = Random(1)  # noqa: S311 - disorder, not secrets
    assert {choose_victim(dice, 0) for _ in range(20)} == {None}


def test_a_worker_that_ended_by_itself_is_found_in_the_log_of_its_supervisor() -> None:
    log = (
        '{"topic": "$share/ingest/chaos/#", "event": "subscribed", "level": "info"}\n'
        '{"worker": 2, "exit_code": -9, "event": "a worker ended and is started again", "level": "error"}\n'
        '{"messages": 3, "ev{"worker": 1, "exit_code": 1, "event": "a worker ended and is started again"}\n'
    )
    assert list(ended_workers(log)) == [-9, 1]
