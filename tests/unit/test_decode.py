"""Decoding: any bytes give observations or reasons, and one bad value never loses the good ones beside it."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS
from cityhub.observing.decode import decode
from cityhub.observing.decoded import REASONS, Decoded, Details, RegisteredSensor, Status
from cityhub.observing.quality import FAULT, RANGE

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SENSORS = {
    "air-1": RegisteredSensor("air", None),
    "rain-1": RegisteredSensor("rain", None),
    "flood-1": RegisteredSensor("flood", None),
    "lot-1": RegisteredSensor("parking", 100),
}


def read(message: Any, topic: str = "hanoi/air/air-1/telemetry") -> Decoded:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    return decode("hanoi", topic, payload, NOW, SENSORS)


def reasons(decoded: Decoded) -> list[str]:
    return [rejected.reason for rejected in decoded.rejected]


def values(decoded: Decoded) -> dict[str, float]:
    return {observation.property: observation.value for observation in decoded.observations}


def test_the_example_of_the_contract() -> None:
    message = {
        "time": "2026-11-22T10:00:00+07:00",
        "values": {"pm2_5": 35.2, "pm10": 60.1},
        "battery": 87,
        "rssi": -71,
        "seq": 1234,
    }
    decoded = read(message)
    assert values(decoded) == {"pm2_5": 35.2, "pm10": 60.1, "battery": 87, "rssi": -71, "seq": 1234}
    assert {observation.time for observation in decoded.observations} == {NOW}
    assert not decoded.rejected


def test_a_list_of_messages_is_read_one_by_one() -> None:
    decoded = read([{"values": {"pm2_5": 1}}, 7, {"values": {"pm2_5": 2}, "time": 1_700_000_000}])
    assert [o.value for o in decoded.observations] == [1, 2]
    assert reasons(decoded) == ["schema"]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "json"),
        (b"\xff\xfe\x00garbage", "json"),
        (b"{not json", "json"),
        (b"[" * 200_000, "json"),
        (b'"text"', "schema"),
        (b"{}", "schema"),
        (b'{"values": [1, 2]}', "schema"),
        (b'{"values": {"pm2_5": 1}, "fault": "yes"}', "schema"),
        (b'{"values": {"pm2_5": 1}, "time": "2026-11-22T10:00:00"}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": "yesterday"}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": "2026-W47-7T10:00+07:00"}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": "20261122T100000+07"}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": "2026-11-22T10:00:60+07:00"}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": "0001-01-01T00:00:00+14:00"}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": true}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": 1e300}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": 0}', "time"),
        (b'{"values": {"pm2_5": 1}, "time": "2026-11-22T03:05:01Z"}', "future"),
    ],
)
def test_an_unusable_message_has_one_reason(payload: bytes, reason: str) -> None:
    decoded = read(payload)
    assert reasons(decoded) == [reason]
    assert decoded.observations == []


@pytest.mark.parametrize(
    "literal", ["NaN", "Infinity", "-Infinity", "1e999", '"3.5"', "true", "false", "[1]", "{}"]
)
def test_what_is_no_number_leaves_the_good_value_beside_it(literal: str) -> None:
    decoded = read(f'{{"values": {{"pm2_5": {literal}, "pm10": 60.1}}}}'.encode())
    assert values(decoded) == {"pm10": 60.1}
    assert reasons(decoded) == ["not_a_number"]


def test_an_unknown_property_leaves_the_good_value_beside_it() -> None:
    decoded = read({"values": {"pm2_5": 12, "radon\x00\ud800": 3}})
    assert values(decoded) == {"pm2_5": 12}
    assert reasons(decoded) == ["unknown_property"]
    decoded.rejected[0].detail.encode()


def test_many_faults_of_one_message_are_one_entry_a_reason() -> None:
    values = {f"unknown{number}": 1 for number in range(10_000)} | {"pm2_5": "1", "pm10": 3}
    decoded = read({"values": values})
    assert [(r.reason, r.parts) for r in decoded.rejected] == [
        ("unknown_property", 10_000),
        ("not_a_number", 1),
    ]
    assert decoded.rejected[0].detail == "unknown0; unknown1; unknown2 and 9997 more"
    assert [o.property for o in decoded.observations] == ["pm10"]


@pytest.mark.parametrize("field", ["time", "battery", "values", "fault"])
def test_no_depth_of_nesting_makes_it_raise(field: str) -> None:
    for depth in range(900, 1100, 5):
        nested = b"[" * depth + b"]" * depth
        for payload in (b'{"%s": %s}' % (field.encode(), nested), b'{"values": {"pm2_5": %s}}' % nested):
            assert read(payload).rejected


def test_absent_values_beside_a_battery_keep_the_battery() -> None:
    decoded = read({"values": None, "battery": 50})
    assert [o.property for o in decoded.observations] == ["battery"]
    assert not decoded.rejected


def test_null_means_not_measured() -> None:
    decoded = read({"values": {"pm2_5": None, "pm10": 3}, "battery": None})
    assert values(decoded) == {"pm10": 3}
    assert not decoded.rejected


@pytest.mark.parametrize(
    ("topic", "reason"),
    [
        ("hanoi/air/air-1", "topic"),
        ("hanoi/noise/air-1/telemetry", "topic"),
        ("hanoi/air/AIR 1/telemetry", "topic"),
        ("hue/air/air-1/telemetry", "topic"),
        ("hanoi/air/air-2/telemetry", "unknown_sensor"),
        ("hanoi/rain/air-1/telemetry", "unknown_sensor"),
    ],
)
def test_a_wrong_address_is_told(topic: str, reason: str) -> None:
    assert reasons(read({"values": {"pm2_5": 1}}, topic)) == [reason]


def test_too_large_is_not_even_parsed() -> None:
    decoded = decode("hanoi", "hanoi/air/air-1/telemetry", b"[" * 1001, NOW, SENSORS, max_bytes=1000)
    assert reasons(decoded) == ["too_large"]


STATUS = "hanoi/air/air-1/status"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"online": False}, (False, None)),
        ({"online": True, "time": None}, (True, None)),
        ({"online": True, "time": "2026-11-22T10:00:00+07:00"}, (True, NOW)),
        # A last will was written when the connection began, however long ago that is.
        ({"online": False, "time": "2025-01-01T00:00:00Z"}, (False, datetime(2025, 1, 1, tzinfo=UTC))),
        ({"online": False, "firmware": "1.2", "values": {"pm2_5": 1}}, (False, None)),
        # A device whose clock is not set when it connects writes such a will; it is as true as another.
        ({"online": False, "time": 0}, (False, None)),
        ({"online": False, "time": "1970-01-01T00:00:10Z"}, (False, None)),
        ({"online": True, "time": "2026-11-22T10:00:00"}, (True, None)),
        ({"online": True, "time": "2026-11-22T10:05:01+07:00"}, (True, None)),
        ({"online": False, "time": [True]}, (False, None)),
    ],
)
def test_a_status_says_whether_the_device_is_connected_and_is_no_telemetry(
    message: dict[str, Any], expected: tuple[bool, datetime | None]
) -> None:
    decoded = read(message, STATUS)
    assert decoded.status == Status("air-1", *expected)
    assert (decoded.observations, decoded.rejected) == ([], [])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"offline", "json"),
        (b"\xff", "json"),
        (b"{}", "schema"),
        (b'"online"', "schema"),
        (b'[{"online": true}]', "schema"),
        (b'{"online": 1}', "schema"),
        (b'{"online": null}', "schema"),
        (b'{"online": "false"}', "schema"),
        (b'{"online": true, "x": "' + b"x" * 262_144 + b'"}', "too_large"),
    ],
)
def test_an_unusable_status_has_its_reason(payload: bytes, reason: str) -> None:
    decoded = read(payload, STATUS)
    assert (reasons(decoded), decoded.status, decoded.observations) == ([reason], None, [])


def test_a_status_of_a_sensor_that_is_not_known_under_this_kind_is_told() -> None:
    for topic in ("hanoi/air/air-9/status", "hanoi/rain/air-1/status"):
        decoded = read({"online": True}, topic)
        assert (reasons(decoded), decoded.status) == (["unknown_sensor"], None)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {"firmware": " 1.4.2 ", "reset": "brownout", "uptime_s": 3600.9},
            Details("1.4.2", "brownout", 3600),
        ),
        ({"firmware": 142, "reset": ["x"], "uptime_s": "long"}, Details()),
        ({"firmware": "", "reset": "\u0000", "uptime_s": -1}, Details(None, "\\x00", None)),
        ({"firmware": "x" * 500, "uptime_s": 2**70}, Details("x" * 63 + "…")),
        ({"uptime_s": 0}, Details(uptime_s=0)),
    ],
)
def test_what_a_device_says_of_itself_is_kept_as_far_as_it_can_be_used(
    said: dict[str, Any], expected: Details
) -> None:
    decoded = read({"online": True, **said}, STATUS)
    assert decoded.status == Status("air-1", True, None, expected)
    assert decoded.rejected == []


def test_an_empty_status_takes_a_retained_one_from_the_broker_and_says_nothing() -> None:
    decoded = read(b"", STATUS)
    assert (decoded.status, decoded.rejected) == (None, [])


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-22T09:59:00+07:00",
        "2026-11-22T02:59:00Z",
        "2026-11-22T02:59:00.000+00:00",
        "2026-11-22t02:59:00z",
        "2026-11-22 02:59:00Z",
        1_795_316_340,
        1_795_316_340_000,
        1_795_316_340.0,
    ],
)
def test_every_way_to_write_a_time(time: str | float) -> None:
    [observation] = read({"values": {"pm2_5": 1}, "time": time}).observations
    assert observation.time == NOW - timedelta(minutes=1)


def test_five_minutes_ahead_is_still_believed() -> None:
    ahead = (NOW + timedelta(minutes=5)).isoformat()
    assert len(read({"values": {"pm2_5": 1}, "time": ahead}).observations) == 1


@pytest.mark.parametrize(
    ("value", "quality"), [(0, 0), (1000, 0), (1000.1, RANGE), (-0.1, RANGE), (-999, FAULT)]
)
def test_plausible_range_and_sentinels(value: float, quality: int) -> None:
    [observation] = read({"values": {"pm2_5": value}}).observations
    assert (observation.value, observation.quality) == (value, quality)


@pytest.mark.parametrize(("count", "quality"), [(0, 0), (100, 0), (101, RANGE), (-1, RANGE)])
def test_a_count_of_cars_is_bounded_by_the_capacity(count: int, quality: int) -> None:
    [observation] = read({"values": {"occupied_count": count}}, "hanoi/parking/lot-1/telemetry").observations
    assert observation.quality == quality


def test_a_bay_is_occupied_or_not() -> None:
    [observation] = read({"values": {"occupied": 0.5}}, "hanoi/parking/lot-1/telemetry").observations
    assert observation.quality == RANGE


@pytest.mark.parametrize(
    ("message", "property"),
    [
        ({"values": {"occupied": True}}, None),
        ([{"values": {"occupied": True}}], None),
        (True, "occupied"),
        ({"value": True}, "occupied"),
        ([{"n": "occupied", "vb": True}], None),
        ({"deviceInfo": {"devEui": "1"}, "object": {"occupied": True}}, None),
    ],
)
def test_true_is_an_occupied_bay_in_every_format(message: Any, property: str | None) -> None:
    topic = "hanoi/parking/lot-1/telemetry" + ("" if property is None else f"/{property}")
    decoded = read(message, topic)
    assert (values(decoded), decoded.rejected) == ({"occupied": 1}, [])
    free = json.loads(json.dumps(message).replace("true", "false"))
    assert values(read(free, topic)) == {"occupied": 0}


@pytest.mark.parametrize(
    ("message", "property"),
    [
        ({"values": {"occupied_count": True}}, None),
        (False, "occupied_count"),
        ([{"n": "occupied_count", "vb": True}], None),
        ({"values": {"occupied": 1}, "battery": True}, None),
    ],
)
def test_true_is_no_quantity(message: Any, property: str | None) -> None:
    topic = "hanoi/parking/lot-1/telemetry" + ("" if property is None else f"/{property}")
    assert reasons(read(message, topic)) == ["not_a_number"]


@pytest.mark.parametrize(
    "payload", [b'{"values": {"depth": -0.0}}', b'{"values": {"depth": -0}}', b'{"values":{"depth":-1e-400}}']
)
def test_zero_has_no_sign(payload: bytes) -> None:
    [observation] = read(payload, "hanoi/flood/flood-1/telemetry").observations
    assert (str(observation.value), observation.quality) == ("0.0", 0)


@pytest.mark.parametrize(
    "value", [-999, -999.9, -999.9000244140625, -99.98999786376953, -9999.990234375, -99999]
)
def test_a_sign_for_missing_is_one_in_single_precision_too(value: float) -> None:
    [observation] = read({"values": {"level": value}}, "hanoi/flood/flood-1/telemetry").observations
    assert (observation.value, observation.quality) == (value, FAULT)


def test_a_message_without_values_names_what_is_there_instead() -> None:
    [rejected] = read({"temperature": 25.4, "humidity": 71, "a\n": 1, "b": 2, "c": 3}).rejected
    assert rejected.detail == (
        'no values in the message (temperature, humidity, a\\n, b ...): put them under "values", or give the sensor'
        " a mapping"
    )


def test_the_devices_own_word_about_a_fault() -> None:
    decoded = read({"values": {"pm2_5": 12, "pm10": 20}, "battery": 50, "fault": ["pm10"]})
    assert {o.property: o.quality for o in decoded.observations} == {"pm2_5": 0, "pm10": FAULT, "battery": 0}
    decoded = read({"values": {"pm2_5": 12}, "fault": True})
    assert decoded.observations[0].quality == FAULT


def test_negative_river_levels_are_real() -> None:
    [observation] = read({"values": {"level": -0.062}}, "hanoi/flood/flood-1/telemetry").observations
    assert observation.quality == 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
names = st.sampled_from([*KINDS["air"].properties, "radon", "", "time"])
messages = st.fixed_dictionaries(
    {},
    optional={
        "values": st.dictionaries(names, json_values, max_size=5) | json_values,
        "time": json_values
        | st.floats()
        | st.datetimes(timezones=st.just(timezone(timedelta(hours=7)))).map(str),
        "battery": json_values,
        "seq": json_values,
        "fault": json_values,
    },
)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_any_bytes_on_any_topic_give_observations_or_reasons(payload: bytes, topic: str) -> None:
    decoded = decode("hanoi", topic, payload, NOW, SENSORS)
    assert decoded.rejected or decoded.observations
    assert all(rejected.reason in REASONS for rejected in decoded.rejected)


@given(st.one_of(messages, json_values, st.lists(messages, max_size=3)))
def test_any_json_gives_finite_values_with_aware_times(message: Any) -> None:
    decoded = read(json.dumps(message).encode())
    for observation in decoded.observations:
        assert abs(observation.value) < float("inf")
        assert observation.time.tzinfo is not None
        assert datetime(2000, 1, 1, tzinfo=UTC) <= observation.time <= NOW + timedelta(minutes=5)
    for rejected in decoded.rejected:
        assert rejected.reason in REASONS
        assert len(rejected.detail) <= 200
        assert "\x00" not in rejected.detail
        rejected.detail.encode()
