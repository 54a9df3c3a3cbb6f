"""Which times a reading can have: not before its sensor was there, and not the receipt of what a broker had kept."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.observing.decode import EARLIEST, decode
from cityhub.observing.decoded import Decoded, RegisteredSensor, Status
from cityhub.observing.payloads import RETAINED, mapping_fields

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
MAPPING = mapping_fields.parse({"ts": "time", "PM": "pm2_5"})
SENSORS = {
    "air-1": RegisteredSensor("air", None, earliest=SINCE),
    "air-2": RegisteredSensor("air", None, MAPPING, earliest=SINCE),
    "air-3": RegisteredSensor("air", None),
    "rain-1": RegisteredSensor("rain", None, earliest=SINCE),
}


def read(message: Any, topic: str = "air/air-1/telemetry", **options: bool) -> Decoded:
    return decode("hanoi", f"hanoi/{topic}", json.dumps(message).encode(), NOW, SENSORS, **options)


def reasons(decoded: Decoded) -> list[str]:
    return [rejected.reason for rejected in decoded.rejected]


# What clocks say that nobody set: the epochs of Unix, GPS, real-time clocks and modems, with the time since they were
# switched on, and GPS weeks that rolled over (1024 weeks too early).
UNSET = [
    "1970-01-01T00:00:10Z",
    "1980-01-06T00:00:03Z",
    "1999-08-22T00:00:00Z",
    "1999-12-31T23:59:59Z",
    "2000-01-01T00:00:07Z",
    "2000-01-01T07:00:07+07:00",
    "2001-01-01T00:00:00Z",
    "2004-01-01T00:01:40Z",
    "2007-04-11T02:59:00Z",
    "2010-01-01T00:00:00Z",
    "2015-01-01T00:00:00Z",
    "2018-01-28T16:00:02Z",
    "2019-04-07T00:00:00Z",
    "2025-01-01T00:00:00Z",
    (NOW - timedelta(weeks=1024)).isoformat(),
    7,
    946_684_807,
    946_684_807_000,
    315_964_800,
]


@pytest.mark.parametrize("time", UNSET)
@pytest.mark.parametrize("form", ["own", "listed", "one value", "vendor", "chirpstack"])
def test_the_time_of_a_clock_that_was_never_set_is_none(time: Any, form: str) -> None:
    message, topic = {
        "own": ({"time": time, "values": {"pm2_5": 1}}, "air/air-1/telemetry"),
        "listed": ([{"time": time, "values": {"pm2_5": 1}}], "air/air-1/telemetry"),
        "one value": ({"time": time, "value": 1}, "air/air-1/telemetry/pm2_5"),
        "vendor": ({"ts": time, "PM": 1}, "air/air-2/telemetry"),
        "chirpstack": (
            {"time": time, "deviceInfo": {"devEui": "1"}, "object": {"pm2_5": 1}},
            "air/air-1/telemetry",
        ),
    }[form]
    decoded = read(message, topic)
    assert (reasons(decoded), decoded.observations) == (["time"], [])


def test_a_senml_time_of_a_clock_that_was_never_set_is_none() -> None:
    assert reasons(read([{"bt": 946_684_807, "n": "pm2_5", "v": 1}])) == ["time"]


moments = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(moments)
def test_a_reading_is_not_older_than_its_sensor_and_not_of_the_future(time: datetime) -> None:
    decoded = read({"time": time.isoformat(), "values": {"pm2_5": 1}})
    if time < SINCE:
        assert reasons(decoded) == ["time"]
    elif time > NOW + timedelta(minutes=5):
        assert reasons(decoded) == ["future"]
    else:
        assert [one.time for one in decoded.observations] == [time]


def test_why_a_time_is_too_early_is_told() -> None:
    [rejected] = read({"time": "2007-04-11T02:59:00Z", "values": {"pm2_5": 1}}).rejected
    assert rejected.detail.startswith(
        "before 2026-10-01, when this sensor can first have measured, or longer ago than readings are kept: its clock"
    )
    assert rejected.detail.endswith("2007-04-11T02:59:00+00:00")


def test_a_sensor_of_which_nothing_is_known_may_be_as_old_as_any() -> None:
    decoded = read({"time": "2007-04-11T02:59:00Z", "values": {"pm2_5": 1}}, "air/air-3/telemetry")
    assert len(decoded.observations) == 1


@given(moments)
def test_a_replay_says_so_and_may_be_older_where_replays_are_taken(time: datetime) -> None:
    message = {"time": time.isoformat(), "replay": True, "values": {"pm2_5": 1}}
    decoded = read(message)
    assert bool(decoded.observations) == (EARLIEST <= time <= NOW + timedelta(minutes=5))
    refused = read(message, replays=False)
    assert bool(refused.observations) == (SINCE <= time <= NOW + timedelta(minutes=5))
    assert reasons(refused) == ([] if refused.observations else reasons(decoded) or ["time"])


@pytest.mark.parametrize("mark", [1, "true", False, None, {}])
def test_only_true_marks_a_replay(mark: Any) -> None:
    decoded = read({"time": "2016-03-01T00:00:00Z", "replay": mark, "values": {"pm2_5": 1}})
    assert reasons(decoded) == ["time"]


def test_a_status_has_the_time_of_its_receipt_however_old_it_says_it_is() -> None:
    decoded = read({"online": False, "time": "2007-04-11T02:59:00Z"}, "air/air-1/status", retained=True)
    assert decoded.status == Status("air-1", False, datetime(2007, 4, 11, 2, 59, tzinfo=UTC))


TIMED, UNTIMED = "2026-11-22T09:59:00+07:00", None


def in_every_form(time: str | None) -> list[tuple[Any, str]]:
    own = {} if time is None else {"time": time}
    unix = None if time is None else datetime.fromisoformat(time).timestamp()
    return [
        ({**own, "values": {"pm2_5": 77.7}}, "air/air-1/telemetry"),
        ([{**own, "values": {"pm2_5": 77.7}}], "air/air-1/telemetry"),
        ({**own, "values": {}, "battery": 80}, "air/air-1/telemetry"),
        (77.7 if time is None else {"time": time, "value": 77.7}, "air/air-1/telemetry/pm2_5"),
        ([77.7] if time is None else [{"time": time, "value": 77.7}], "air/air-1/telemetry/pm2_5"),
        ([{"n": "pm2_5", "v": 77.7, "t": unix or 0}], "air/air-1/telemetry"),
        (
            [{"n": "pm2_5", "v": 77.7} if unix is None else {"n": "pm2_5", "v": 77.7, "bt": unix}],
            "air/air-1/telemetry",
        ),
        ({**own, "deviceInfo": {"devEui": "1"}, "object": {"pm2_5": 77.7}}, "air/air-1/telemetry"),
        (
            {
                "uplink_message": {
                    "decoded_payload": {"pm2_5": 77.7},
                    **({"received_at": time} if time else {}),
                }
            },
            "air/air-1/telemetry",
        ),
        ({**({"ts": time} if time else {}), "PM": 77.7}, "air/air-2/telemetry"),
        ({**own, "values": {"rain": 12.5}}, "rain/rain-1/telemetry"),
    ]


@pytest.mark.parametrize(("message", "topic"), in_every_form(UNTIMED))
def test_what_the_broker_kept_without_a_time_is_told_apart(message: Any, topic: str) -> None:
    assert read(message, topic).observations
    kept = read(message, topic, retained=True)
    assert kept.observations == []
    assert [(rejected.reason, rejected.detail) for rejected in kept.rejected] == [("time", RETAINED)]


@pytest.mark.parametrize(("message", "topic"), in_every_form(TIMED))
def test_what_the_broker_kept_with_a_time_is_what_it_was(message: Any, topic: str) -> None:
    kept = read(message, topic, retained=True)
    assert kept.observations == read(message, topic).observations != []
    assert {one.time for one in kept.observations} == {NOW - timedelta(minutes=1)}


def test_a_time_that_counts_from_the_receipt_is_none_of_its_own() -> None:
    kept = read([{"n": "pm2_5", "v": 77.7, "t": -60}], retained=True)
    assert [(rejected.reason, rejected.detail) for rejected in kept.rejected] == [("time", RETAINED)]


def test_of_a_kept_list_what_has_a_time_is_read() -> None:
    kept = read([{"values": {"pm2_5": 1}}, {"time": TIMED, "values": {"pm2_5": 2}}], retained=True)
    assert [one.value for one in kept.observations] == [2]
    assert reasons(kept) == ["time"]
