"""What a gauge that sends a running total measured: differences, whatever the counter does."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS
from cityhub.observing.counters import Counter, advance
from cityhub.observing.decode import decode
from cityhub.observing.decoded import Decoded, RegisteredSensor
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.quality import FAULT, RANGE

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RAIN = KINDS["rain"].properties["rain"]
MINUTE = timedelta(minutes=1)


def amounts(
    totals: list[float], rolls_over_at: float | None = None, every: timedelta = 10 * MINUTE
) -> list[float | None]:
    """The amounts of totals that come every ten minutes, after the first."""
    counter = Counter(NOW, totals[0])
    return [
        advance(counter, NOW + every * n, total, RAIN, rolls_over_at)
        for n, total in enumerate(totals[1:], start=1)
    ]


@pytest.mark.parametrize(
    ("totals", "rolls_over_at", "expected"),
    [
        ([35.0, 35.2, 35.2, 36.0], None, [0.2, 0.0, 0.8]),
        ([0.0, 0.0, 0.2], None, [0.0, 0.2]),
        # Set to zero, with rain since, and set to something that nothing can have counted.
        ([35.0, 0.0, 0.4], None, [0.0, 0.4]),
        ([35.0, 0.6, 0.8], None, [0.6, 0.2]),
        ([900.0, 300.0, 300.4], None, [None, 0.4]),
        # Once round.
        ([99.8, 0.4, 0.6], 100, [0.6, 0.2]),
        ([13106.8, 0.2], 13107.2, [0.6]),
        # It could have gone round only with a flood of 60 mm in ten minutes: it was set to zero.
        ([40.0, 0.4], 100, [0.4]),
        # One wrong report, and back.
        ([350.0, 0.0, 350.2], None, [0.0, 0.2]),
        ([35.0, 3.0, 60.0], None, [3.0, 25.0]),
        # A jump that is no rain is told as it is; what is beyond all rain is flagged where it is stored.
        ([35.0, 180.0], None, [145.0]),
    ],
)
def test_what_came_since_the_total_before(
    totals: list[float], rolls_over_at: float | None, expected: list[float | None]
) -> None:
    assert amounts(totals, rolls_over_at) == expected


def test_a_total_that_was_overtaken_or_comes_again_adds_nothing() -> None:
    counter = Counter(NOW, 35.0)
    assert advance(counter, NOW + 2 * MINUTE, 35.4, RAIN) == 0.4
    for time in (NOW + 2 * MINUTE, NOW + MINUTE, NOW):
        assert advance(counter, time, 35.2, RAIN) is None
    assert (counter.time, counter.total) == (NOW + 2 * MINUTE, 35.4)


tips = st.lists(st.integers(0, 20), min_size=1, max_size=60)


@given(tips, st.integers(0, 2**16 - 1), st.sampled_from([0.1, 0.2, 0.254, 0.5]))
def test_nothing_is_lost_nor_made_up_over_any_number_of_turns(
    counts: list[int], begin: int, mm: float
) -> None:
    modulus, shown, totals = 2**16, begin, [begin * mm]
    for count in counts:
        shown = (shown + count) % modulus
        totals.append(shown * mm)
    found = amounts(totals, modulus * mm)
    assert None not in found
    assert found == pytest.approx([count * mm for count in counts], abs=1e-4)


@given(st.lists(st.floats(0, 500), min_size=2, max_size=30), st.one_of(st.none(), st.floats(1, 500)))
def test_no_amount_is_below_nothing(totals: list[float], rolls_over_at: float | None) -> None:
    assert all(amount is None or amount >= 0 for amount in amounts(totals, rolls_over_at))


MAPPING = {
    "Rain": {"property": "rain", "scale": 0.2, "counter": True, "rolls_over_at": 65536},
    "at": "time",
}


def read(message: Any, mapping: Any = MAPPING, property: str | None = None) -> Decoded:
    sensors = {"rain-1": RegisteredSensor("rain", None, mapping_fields.parse(mapping))}
    topic = "hanoi/rain/rain-1/telemetry" + ("" if property is None else f"/{property}")
    return decode("hanoi", topic, json.dumps(message).encode(), NOW, sensors)


@pytest.mark.parametrize(
    ("message", "property"),
    [
        ({"values": {"Rain": 176}}, None),
        ({"Rain": 176}, None),
        ([{"n": "Rain", "v": 176}], None),
        ({"deviceInfo": {"devEui": "1"}, "object": {"Rain": 176}}, None),
        (176, "Rain"),
        ({"value": 176}, "Rain"),
    ],
)
def test_a_counter_is_read_in_every_format(message: Any, property: str | None) -> None:
    decoded = read(message, property=property)
    assert (decoded.observations, decoded.rejected) == ([], [])
    [total] = decoded.totals
    assert (total.property, total.time, total.flags) == ("rain", NOW, 0)
    assert (total.value, total.rolls_over_at) == pytest.approx((35.2, 13107.2))


@pytest.mark.parametrize(
    ("message", "value", "quality"),
    [
        ({"values": {"Rain": -999}}, -999, FAULT),
        ({"values": {"Rain": -5}}, -1, RANGE),
        ({"values": {"Rain": 176}, "fault": True}, 35.2, FAULT),
        ({"values": {"Rain": 176}, "fault": ["Rain"]}, 35.2, FAULT),
    ],
)
def test_what_is_no_total_is_kept_rejected(message: Any, value: float, quality: int) -> None:
    decoded = read(message)
    assert decoded.totals == []
    [observation] = decoded.observations
    assert observation.value == pytest.approx(value)
    assert observation.quality == quality


@pytest.mark.parametrize("value", ['"176"', "true", "nan", "[]", "1e308"])
def test_what_is_no_number_is_no_total(value: str) -> None:
    payload = f'{{"values": {{"Rain": {value}}}}}'.encode()
    mapping = mapping_fields.parse(MAPPING | {"Rain": {"property": "rain", "scale": 1e9, "counter": True}})
    sensors = {"rain-1": RegisteredSensor("rain", None, mapping)}
    decoded = decode("hanoi", "hanoi/rain/rain-1/telemetry", payload, NOW, sensors)
    assert (decoded.totals, [rejected.reason for rejected in decoded.rejected]) == ([], ["not_a_number"])


def test_totals_of_a_list_have_moments_of_their_own() -> None:
    decoded = read([{"Rain": 175}, {"Rain": 176}, {"Rain": 176, "at": "2026-11-22T02:00:00Z"}])
    microsecond = timedelta(microseconds=1)
    assert [total.time - NOW for total in decoded.totals] == [timedelta(0), microsecond, timedelta(hours=-1)]


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ({"property": "rain", "counter": 1}, "true or false"),
        ({"property": "pm2_5", "counter": True}, "a counter is of rain"),
        ({"property": "seq", "counter": True}, "a counter is of rain"),
        ({"property": "rain", "counter": True, "offset": 1}, "no offset"),
        ({"property": "rain", "counter": True, "scale": -1}, "above 0"),
        ({"property": "rain", "rolls_over_at": 100}, "a counter's"),
        ({"property": "rain", "counter": True, "rolls_over_at": 0}, "above 0"),
        ({"property": "rain", "counter": True, "rolls_over_at": "100"}, "above 0"),
    ],
)
def test_a_counter_that_makes_no_sense_says_why(field: Any, problem: str) -> None:
    with pytest.raises(mapping_fields.BadMapping, match=problem):
        mapping_fields.parse({"Rain": field})


def test_a_mapping_with_a_counter_is_read_back_and_others_keep_their_text() -> None:
    fields = mapping_fields.parse(MAPPING)
    assert mapping_fields.loads(mapping_fields.dumps(fields)) == fields
    assert "counter" not in mapping_fields.dumps(mapping_fields.parse({"t": "temperature", "x": None}))
