"""A recording is published as it was recorded, whatever its messages hold; only times that must change are changed."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cityhub.config import read_settings
from cityhub.observing import decode as decoding
from cityhub.observing.decoded import RegisteredSensor
from cityhub.observing.payloads.mapping_fields import Field
from simulators.replay import Replay, Replayed, prepare
from simulators.replay.tally import Tally

SETTINGS = read_settings(mqtt_url="mqtt://127.0.0.1:1", topic_prefix="here")
TST = "2026-11-26T02:07:30.728768+0000"
AT = datetime(2026, 11, 26, 2, 7, 30, 728768, tzinfo=UTC)
OWN = "2026-11-25T09:00:00+07:00"
TELEMETRY = "hanoi/air/air-one/telemetry"


def recording(
    folder: Path, *lines: bytes | str | dict[str, Any], end: bytes = b"\n", **options: Any
) -> Replay:
    file = folder / "recorded.jsonl"
    written = [json.dumps(line) if isinstance(line, dict) else line for line in lines]
    file.write_bytes(end.join(line if isinstance(line, bytes) else line.encode() for line in written) + end)
    return prepare(SETTINGS, file=file, format="jsonl", **options)


def line(payload: str | bytes, topic: str = TELEMETRY, **more: Any) -> bytes:
    """As mosquitto_sub writes it: `payload` is JSON for %J, and a JSON text for %j."""
    head = json.dumps({"tst": TST, "topic": topic, "qos": 1, "retain": 0, **more})
    payload = payload.encode() if isinstance(payload, str) else payload
    return head[:-1].encode() + b',"payload":' + payload + b"}"


def published(replay: Replay) -> list[bytes]:
    return [message.payload for message in replay.messages()]


CHIRPSTACK = (
    '{"deduplicationId":"d1","time":"2026-11-25T21:10:51.5+00:00","deviceInfo":{"devEui":"04"},"fCnt":3,'
    '"object":{"pm2_5":35.0},"rxInfo":[{"rssi":-70}]}'
)
THINGS = (
    '{"end_device_ids":{},"uplink_message":{"f_cnt":1,"decoded_payload":{"pm2_5":1},'
    '"received_at":"2026-11-25T21:10:51.123456789Z"}}'
)
SENML = '[{"bn":"urn:x:","bt":1795658850,"n":"pm2_5","v":1.50},{"n":"pm10","t":-60,"v":2}]'
TIMED = {
    "the hub's own": f'{{"time": "{OWN}", "values": {{"pm2_5": 35.20, "pm10": -0.0}}, "battery":87}}',
    "only device values": f'{{"time":"{OWN}","battery":80}}',
    "a list": f'[ {{"time":"{OWN}","values":{{"pm2_5":1}}}} , {{"time":1795658850,"values":{{"pm2_5":2}}}} ]',
    "ChirpStack": CHIRPSTACK,
    "The Things Stack": THINGS,
    "SenML": SENML,
    "names twice": f'{{"time":"{OWN}","values":{{"pm2_5":1,"pm2_5":2}}}}',
    "numbers beyond floats": f'{{"time":"{OWN}","values":{{"pm2_5":1e999,"pm10":12345678901234567890123}}}}',
    "no message of any format": '{"status":"ok"}',
    "an empty object": "{}",
    "a number": "21.50",
    "a word": "true",
}


@pytest.mark.parametrize("payload", TIMED.values(), ids=TIMED)
def test_what_has_a_time_or_no_values_is_published_byte_for_byte(tmp_path: Path, payload: str) -> None:
    as_json = line(payload, payloadlen=99)
    as_text = line(json.dumps(payload, ensure_ascii=False), payloadlen=len(payload.encode()))
    without_length = {"topic": TELEMETRY, "payload": payload}
    found = list(recording(tmp_path, as_json, as_text, without_length).messages())
    assert [message.payload for message in found] == [payload.encode()] * 3
    assert {message.topic for message in found} == {"here/air/air-one/telemetry"}


@pytest.mark.parametrize(
    "payload",
    [
        b"not json",
        b"",
        b"null",
        b'"a text in quotes"',
        b'{"values": {"pm2_5": nan}, "time": 1795658850}',
        b'{"values": {"pm2_5": 1}, "time": "2026-11-26T09:00:00+07:00"} trailing',
        b"\xef\xbb\xbf{}",
        b"two\nlines",
        b'tab\there "quote" \\back',
        "Hà Nội".encode(),
        b"\xff\xfe no UTF-8 \x80",
    ],
)
def test_a_payload_recorded_as_text_is_published_as_its_bytes(tmp_path: Path, payload: bytes) -> None:
    # mosquitto_sub writes bytes that are no UTF-8 as they are, and nothing as null.
    text = json.dumps(payload.decode("utf-8", "surrogateescape"), ensure_ascii=False)
    written = text.encode("utf-8", "surrogateescape") if payload else b"null"
    assert published(recording(tmp_path, line(written, payloadlen=len(payload)))) == [payload]


@pytest.mark.parametrize("written", ["1.5", "[1, 2]", "null", "true", '"a text"', "{}"])
def test_a_payload_recorded_as_json_is_published_as_that_json(tmp_path: Path, written: str) -> None:
    assert published(recording(tmp_path, line(written, payloadlen=len(written)))) == [written.encode()]


@given(payload=st.binary())
def test_any_bytes_survive_as_hexadecimal_digits_and_base64(
    payload: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    lines = (
        {"tst": TST, "topic": "here/odd", "payload_hex": payload.hex()},
        {"tst": TST, "topic": "here/odd", "payload_base64": base64.b64encode(payload).decode()},
    )
    assert published(recording(tmp_path_factory.mktemp("any"), *lines)) == [payload] * 2


def test_a_text_that_was_cut_at_a_zero_byte_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally("recorded.jsonl")
    assert list(recording(tmp_path, line('"abc"', payloadlen=9)).messages(tally)) == []
    assert "3 bytes of a message of 9" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("topic", "sent"),
    [
        (TELEMETRY, "here/air/air-one/telemetry"),
        ("elsewhere/rain/rain-one/telemetry/rain", "here/rain/rain-one/telemetry/rain"),
        ("elsewhere/rain/rain-one/telemetry/no_such", "here/rain/rain-one/telemetry/no_such"),
        ("hanoi/air/air-one/status", "here/air/air-one/status"),
        # Under the hub's prefix it would be seen, and end in quarantine.
        ("here/noise/noise-one/telemetry", "here/noise/noise-one/telemetry"),
    ],
)
def test_a_topic_only_changes_its_prefix(tmp_path: Path, topic: str, sent: str) -> None:
    [message] = recording(tmp_path, line(f'{{"time":"{OWN}"}}', topic)).messages()
    assert message.topic == sent


@pytest.mark.parametrize("topic", ["zigbee2mqtt/lamp", "$SYS/broker/uptime", "/air/air-one/telemetry", "air"])
def test_topics_that_are_not_the_hubs_are_told_and_left_out(tmp_path: Path, topic: str) -> None:
    tally = Tally("recorded.jsonl", silent=True)
    replay = recording(tmp_path, line("1", topic), line(TIMED["SenML"]))
    assert len(list(replay.messages(tally))) == 1
    [told] = tally.problems
    assert told.startswith("column 'topic'")


def test_another_sensor_gets_the_very_bytes(tmp_path: Path) -> None:
    replay = recording(tmp_path, line(CHIRPSTACK), line(SENML), to="air-two")
    assert [(m.topic, m.payload) for m in replay.messages()] == [
        ("here/air/air-two/telemetry", CHIRPSTACK.encode()),
        ("here/air/air-two/telemetry", SENML.encode()),
    ]


@pytest.mark.parametrize(
    "tst",
    [
        "2026-11-26T02:07:30.728768+0000",
        "2026-11-26T02:07:30.728768Z+0000",
        "2026-11-26T09:07:30.728768+0700",
        "2026-11-26T09:07:30.728768Z+0700",
        "2026-11-25T21:37:30.728768Z-0430",
        "2026-11-26T09:07:30.728768+07:00",
        "2026-11-26 09:07:30.728768+07",
        "2026-11-26T02:07:30.728768Z",
        "2026-11-26T02:07:30.728768111Z",
        "1795658850.728768",
        1795658850.728768,
    ],
)
def test_the_time_of_recording_in_every_dialect(tmp_path: Path, tst: object) -> None:
    [payload] = published(recording(tmp_path, line('{"values":{"pm2_5":1}}', tst=tst)))
    assert datetime.fromisoformat(json.loads(payload)["time"]) == AT


SENSORS = {
    "air-one": RegisteredSensor("air", None),
    "air-mapped": RegisteredSensor("air", None, {"PM": Field("pm2_5"), "ts": Field("time")}),
}
UNTIMED = {
    "the hub's own": (TELEMETRY, '{"values":{"pm2_5":1}}'),
    "spaces": (TELEMETRY, ' { "values" : {"pm2_5": 1.0} } '),
    "null for a time": (TELEMETRY, '{"values":{"pm2_5":1},"time": null}'),
    "only device values": (TELEMETRY, '{"battery":80}'),
    "a list": (TELEMETRY, '[{"values":{"pm2_5":1}}, {"values":{"pm10":2}},{"values":{"pm2_5":3}}]'),
    "a property": (f"{TELEMETRY}/pm2_5", "21.5"),
    "a property's object": (f"{TELEMETRY}/pm2_5", '{"value":21.5}'),
    "a property's list": (f"{TELEMETRY}/pm2_5", '[1, {"value":2}]'),
    "ChirpStack": (TELEMETRY, '{"deviceInfo":{"devEui":"04"},"object":{"pm2_5":35.0}}'),
    "The Things Stack": (TELEMETRY, '{"end_device_ids":{},"uplink_message":{"decoded_payload":{"pm2_5":1}}}'),
    "SenML": (TELEMETRY, '[{"n":"pm2_5","v":1},{"n":"pm10","v":2,"t":-5}]'),
    "SenML with a base": (TELEMETRY, '[{"bn":"a:","bt":-10,"n":"pm2_5","v":1},{"n":"pm10","t":5,"v":2}]'),
    "a mapping": ("hanoi/air/air-mapped/telemetry", '{"PM":12}'),
    "a number that is none": (TELEMETRY, '{"values":{"pm2_5":NaN,"pm10":7}}'),
}


@pytest.mark.parametrize(("topic", "payload"), UNTIMED.values(), ids=UNTIMED)
@pytest.mark.parametrize("packed", [False, True])
def test_a_message_without_a_time_is_stored_as_when_it_was_recorded(
    tmp_path: Path, topic: str, payload: str, packed: bool
) -> None:
    """What ingest would have stored when it came, and what it stores of the replay a day later, are the same."""
    body = gzip.compress(payload.encode()) if packed else payload.encode()
    known = SENSORS
    live = decoding.decode("hanoi", topic, body, AT, known)
    written = {"tst": TST, "topic": topic, "payload_hex": body.hex()}
    mappings = {id: sensor.mapping for id, sensor in known.items() if sensor.mapping}
    [message] = recording(tmp_path, written, mappings=mappings).messages()
    again = decoding.decode("here", message.topic, message.payload, AT + timedelta(days=1), known)
    assert live.observations
    assert [(one.sensor_id, one.property, one.value) for one in again.observations] == [
        (one.sensor_id, one.property, one.value) for one in live.observations
    ]
    # Reports in one list were measured one after the other, told apart by microseconds.
    for one, other in zip(again.observations, live.observations, strict=True):
        assert abs(one.time - other.time) < timedelta(milliseconds=1)
    assert len({(one.property, one.time) for one in again.observations}) == len(again.observations)
    assert [one.reason for one in again.rejected] == [one.reason for one in live.rejected]


@pytest.mark.parametrize("payload", TIMED.values(), ids=TIMED)
def test_shifted_times_keep_their_distances(tmp_path: Path, payload: str) -> None:
    before = decoding.decode("hanoi", TELEMETRY, payload.encode(), AT, SENSORS)
    replay = recording(tmp_path, line(payload), shift_to_now=True)
    now = datetime.now(UTC)
    [message] = replay.messages()
    after = decoding.decode("here", message.topic, message.payload, now, SENSORS)
    assert [one.value for one in after.observations] == [one.value for one in before.observations]
    shifts = {b.time - a.time for a, b in zip(before.observations, after.observations, strict=True)}
    if before.observations:
        newest = max(one.time for one in before.observations)
        assert len(shifts) == 1
        assert abs(shifts.pop() - (now - newest)) < timedelta(seconds=30)


def test_a_mapped_time_is_shifted_too(tmp_path: Path) -> None:
    written = line('{"PM":12,"ts":1795658850000}', "hanoi/air/air-mapped/telemetry")
    mapping = SENSORS["air-mapped"].mapping
    assert mapping is not None
    [payload] = published(recording(tmp_path, written, shift_to_now=True, mappings={"air-mapped": mapping}))
    shifted = datetime.fromtimestamp(json.loads(payload)["ts"] / 1000, UTC)
    assert abs(datetime.now(UTC) - shifted) < timedelta(seconds=30)


@given(
    values=st.dictionaries(
        st.sampled_from(["pm2_5", "pm10"]), st.floats(allow_nan=False, allow_infinity=False)
    ),
    offset=st.integers(-1400, 1400),
    seconds=st.integers(946684800, 1795658850),
)
@example(values={"pm2_5": -0.0}, offset=0, seconds=1795658850)
def test_any_message_with_a_time_is_shifted_without_a_trace_elsewhere(
    values: dict[str, float], offset: int, seconds: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    time = datetime.fromtimestamp(seconds, UTC).isoformat()
    payload = json.dumps({"time": time, "values": values, "note": '"time": "x", {', "seq": offset})
    replay = recording(tmp_path_factory.mktemp("any"), line(payload), shift_to_now=True)
    [shifted] = published(replay)
    assert {**json.loads(shifted), "time": time} == json.loads(payload)


def test_what_the_broker_had_kept_is_old_and_without_a_time_nobody_knows_how_old(tmp_path: Path) -> None:
    lines = (
        line('{"online":true}', "hanoi/air/air-one/status", retain=1),
        line('{"values":{"pm2_5":77.7}}', retain=1),
        line(f'{{"time":"{OWN}","values":{{"pm2_5":5}}}}', retain=1),
    )
    tally = Tally("recorded.jsonl", silent=True)
    [message] = recording(tmp_path, *lines).messages(tally)
    assert json.loads(message.payload)["values"] == {"pm2_5": 5}
    assert sum(tally.left_out.values()) == 2
    assert not tally.problems
    done = Replayed(3, 1, 1, 0, 0, {}, 0.1, left_out=tally.left_out)
    assert len(done.lines()) == 3


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n"])
def test_line_ends_a_byte_order_mark_and_a_torn_last_line(tmp_path: Path, end: bytes) -> None:
    good = line(SENML)
    tally = Tally("recorded.jsonl", silent=True)
    replay = recording(tmp_path, b"\xef\xbb\xbf" + good, good, good[:-9], end=end)
    assert [message.payload for message in replay.messages(tally)] == [SENML.encode()] * 2
    assert tally.problems.total() == 1


def test_zero_bytes_in_the_file_cost_their_line_only(tmp_path: Path) -> None:
    tally = Tally("recorded.jsonl", silent=True)
    replay = recording(tmp_path, line(SENML), b"\0" * 40, line(SENML))
    assert len(list(replay.messages(tally))) == 2
    assert tally.problems.total() == 1


def test_a_recording_of_powershell_is_utf_16(tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_bytes(line(SENML).decode().encode("utf-16"))
    assert published(prepare(SETTINGS, file=file, format="jsonl")) == [SENML.encode()]


def test_messages_are_paced_by_when_they_were_recorded(tmp_path: Path) -> None:
    early, late = "2026-11-26T02:00:00+0000", "2026-11-26T02:00:30+0000"
    replay = recording(
        tmp_path,
        line(SENML, tst=late),
        line("21.5", f"{TELEMETRY}/pm2_5", tst=early),
        {"topic": TELEMETRY, "payload": {"time": "2026-11-26T02:01:00Z", "values": {}}},
        {"topic": TELEMETRY, "payload": "no time at all"},
    )
    first = datetime.fromisoformat(early).timestamp()
    assert [message.t - first for message in replay.messages()] == [30, 0, 60, 60]


RECORDINGS = Path(__file__).resolve().parents[1] / "data" / "recordings"
# What was published while mosquitto_sub 2.0.21 (Debian 13, TZ=ICT-7) made both recordings.
SENT = (
    b'{"values": {"pm2_5": 35.20, "x": 12345678901234567890, "y":-0.0,"z":1e400}}',
    b"21.5", b"", b'"text"', b"[1, 2,3]", b"true", b"null", b"\xff\x00\x01bin", b"not json", b'{"a":1,"a":2}',
    '{"n":"Hà Nội \\u0041 / \\/"}'.encode(), b'{"a":1}\n', b' {"a":1} trailing', b'{"a":NaN}', b"line1\nline2",
    b'\xef\xbb\xbf{"a":1}', b'tab\there "quote" \\back', b'{"t":"a\\u0000b"}', b'{"r":1}',
)  # fmt: skip


def read_recording(name: str, tally: Tally) -> dict[str, bytes]:
    settings = read_settings(mqtt_url="mqtt://127.0.0.1:1", topic_prefix="exp")
    replay = prepare(settings, file=RECORDINGS / name, format="jsonl")
    return {message.topic.removeprefix("exp/"): message.payload for message in replay.messages(tally)}


def test_a_real_recording_of_payloads_as_text_is_whole_but_for_zero_bytes() -> None:
    tally = Tally("recorded", silent=True)
    found = read_recording("payload_as_text.jsonl", tally)
    expected = {str(n): payload for n, payload in enumerate(SENT[:-1]) if b"\0" not in payload}
    assert found == expected | {"ret": SENT[-1]}
    assert tally.problems.total() == 1


def test_a_real_recording_of_payloads_as_json_has_what_mosquitto_sub_made_of_them() -> None:
    tally = Tally("recorded", silent=True)
    found = read_recording("payload_as_json.jsonl", tally)
    assert found["0"] == b'{"values":{"pm2_5":35.2,"x":1.2345678901234567e+19,"y":0,"z":null}}'
    assert [found[str(n)] for n in (1, 2, 3, 4, 5, 6)] == [
        b"21.5",
        b"",
        b'"text"',
        b"[1,2,3]",
        b"true",
        b"null",
    ]
    assert found["10"] == '{"n":"Hà Nội A / /"}'.encode()
    assert found.keys().isdisjoint({"7", "8", "12", "13", "14", "16"})
    # Its word for what is no JSON stands amid the messages.
    assert tally.problems.total() == 6
