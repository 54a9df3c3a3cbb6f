"""Lists in which a property comes more than once: nothing of it is lost without a word."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS
from cityhub.observing.decode import decode
from cityhub.observing.decoded import Decoded, RegisteredSensor
from ingest.batch import decode_batch
from ingest.message import Message

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MINUTE_AGO = NOW - timedelta(minutes=1)
SENSORS = {f"{kind}-1": RegisteredSensor(kind, None) for kind in KINDS}


def read(message: Any, kind: str = "rain", property: str | None = None) -> Decoded:
    topic = f"hanoi/{kind}/{kind}-1/telemetry" + ("" if property is None else f"/{property}")
    return decode("hanoi", topic, json.dumps(message).encode(), NOW, SENSORS)


def found(decoded: Decoded) -> list[tuple[float, datetime]]:
    return [(o.value, o.time) for o in decoded.observations]


THREE = [(0.2, NOW), (0.4, NOW + MICROSECOND), (0.6, NOW + 2 * MICROSECOND)]


@pytest.mark.parametrize(
    ("message", "property"),
    [
        ([{"values": {"rain": 0.2}}, {"values": {"rain": 0.4}}, {"values": {"rain": 0.6}}], None),
        (
            [{"values": {"rain": 0.2}, "time": None}, {"values": {"rain": 0.4}}, {"values": {"rain": 0.6}}],
            None,
        ),
        ([{"n": "rain", "v": 0.2}, {"n": "rain", "v": 0.4}, {"n": "rain", "v": 0.6, "t": 0}], None),
        ([{"bn": "a/", "bu": "mm"}, *({"n": "rain", "v": v} for v in (0.2, 0.4, 0.6))], None),
        ([0.2, 0.4, 0.6], "rain"),
        ([{"value": 0.2}, {"value": 0.4}, 0.6], "rain"),
        ([{"deviceInfo": {"devEui": "1"}, "object": {"rain": v}} for v in (0.2, 0.4, 0.6)], None),
    ],
)
def test_reports_without_a_time_that_come_together_are_readings_one_after_the_other(
    message: Any, property: str | None
) -> None:
    decoded = read(message, property=property)
    assert found(decoded) == THREE
    assert decoded.rejected == []


def test_equal_amounts_without_a_time_are_as_many_reports() -> None:
    assert found(read([{"values": {"rain": 0.2}}] * 3)) == [(0.2, NOW + n * MICROSECOND) for n in range(3)]


def test_each_property_of_a_list_has_its_own_row_of_moments() -> None:
    decoded = read(
        [
            {"values": {"pm2_5": 1, "pm10": 2}, "battery": 87},
            {"values": {"pm10": 3}},
            {"values": {"pm2_5": 4}},
        ],
        "air",
    )
    assert [(o.property, o.value, (o.time - NOW) // MICROSECOND) for o in decoded.observations] == [
        ("pm2_5", 1, 0),
        ("pm10", 2, 0),
        ("battery", 87, 0),
        ("pm10", 3, 1),
        ("pm2_5", 4, 1),
    ]


@pytest.mark.parametrize(
    ("message", "property"),
    [
        ([{"time": MINUTE_AGO.isoformat(), "values": {"rain": v}} for v in (0.2, 0.4, 0.2, 0.6)], None),
        ([{"n": "rain", "v": v, "t": -60} for v in (0.2, 0.4, 0.2, 0.6)], None),
        ([{"value": v, "time": MINUTE_AGO.timestamp()} for v in (0.2, 0.4, 0.2, 0.6)], "rain"),
    ],
)
def test_a_second_value_for_the_same_time_is_told_and_the_same_again_is_a_repetition(
    message: Any, property: str | None
) -> None:
    decoded = read(message, property=property)
    assert found(decoded) == [(0.2, MINUTE_AGO), (0.2, MINUTE_AGO)]
    [rejected] = decoded.rejected
    assert (rejected.reason, rejected.parts) == ("schema", 2)
    assert "two values for rain at 2026-11-22T02:59:00+00:00: 0.2 is taken, 0.4 not" in rejected.detail


def test_numbers_of_messages_of_one_time_are_no_mistake() -> None:
    time = MINUTE_AGO.isoformat()
    decoded = read(
        [{"time": time, "values": {name: 1}, "seq": n} for n, name in enumerate(("pm2_5", "pm10"))], "air"
    )
    assert decoded.rejected == []


reports = st.fixed_dictionaries(
    {"values": st.dictionaries(st.sampled_from(["pm2_5", "pm10", "no2"]), st.integers(0, 3), min_size=1)},
    optional={"time": st.sampled_from([MINUTE_AGO.isoformat(), NOW.isoformat(), 1_795_316_000, None])},
)


@given(st.lists(reports, max_size=8))
def test_of_a_list_the_database_would_drop_nothing_but_repetitions(messages: list[dict[str, Any]]) -> None:
    decoded = read(messages, "air")
    kept: dict[tuple[str, datetime], float] = {}
    for one in decoded.observations:
        assert kept.setdefault((one.property, one.time), one.value) == one.value
    sent = sum(len(message["values"]) for message in messages)
    assert len(decoded.observations) + sum(rejected.parts for rejected in decoded.rejected) == sent


def test_two_lists_that_come_one_right_after_the_other_take_different_moments() -> None:
    payload = json.dumps([{"values": {"rain": 0.2}}] * 100).encode()
    topic = "hanoi/rain/rain-1/telemetry"
    messages = [
        Message(topic, payload, len(payload), 0, 0, NOW + after * MICROSECOND)
        for after in (0, 20, 40, 10_000)
    ]
    batch = decode_batch(messages, "hanoi", 262_144, SENSORS)
    assert len({one.time for one in batch.observations}) == 400
    assert batch.observations[-100].time == NOW + 10_000 * MICROSECOND
