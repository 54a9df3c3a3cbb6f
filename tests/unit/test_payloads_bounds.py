"""Whatever a message of 256 KB holds, in whichever format, it is read in bounded time and memory."""

import gzip
import json
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.observing.decode import decode
from cityhub.observing.decoded import REASONS, RegisteredSensor
from cityhub.observing.payloads import mapping_fields

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MAX_BYTES = 262_144
MAPPED = RegisteredSensor(
    "air", None, mapping_fields.parse({"a": "pm2_5", "b": "time", "c": None, "d": "battery"})
)
SENSORS = {"air-1": RegisteredSensor("air", None), "air-2": MAPPED}
LONG = "x" * 120_000


def fill(head: bytes, item: bytes, tail: bytes) -> bytes:
    return head + item * ((MAX_BYTES - len(head) - len(tail)) // len(item)) + tail


def uplink(fields: bytes) -> bytes:
    return b'{"deviceInfo": {"devEui": "1"}, "object": ' + fields + b"}"


SHAPES = {
    "lists": b"[" * MAX_BYTES,
    "objects": b'{"values":' * (MAX_BYTES // 10),
    "a long number": b"1" * MAX_BYTES,
    "a long number that msgspec refuses": b'{"values": {"pm2_5": NaN, "pm10": ' + b"1" * 250_000 + b"}}",
    "messages": fill(b"[", b'{"values":{"pm2_5":1}},', b"1]"),
    "9,999 messages": b"[" + b'{"values":{"pm2_5":1}},' * 9_998 + b"1]",
    "unknown names": json.dumps({"values": {f"u{n}": n for n in range(16_000)}}).encode(),
    "senml": b"[" + b'{"n":"pm2_5","v":1},' * 9_998 + b"1]",
    "senml below a long name": f'[{{"bn":"{LONG}"}},'.encode() + b'{"v":1},' * 9_990 + b"1]",
    "senml with a long unit": f'[{{"bu":"{LONG}","n":"pm2_5"}},'.encode()
    + b'{"n":"pm2_5","v":1},' * 6_000
    + b"1]",
    "senml with segments": json.dumps([{"n": "/" * 390, "v": 1}] * 600).encode(),
    "codec names": uplink(json.dumps({f"u{n}": n for n in range(16_000)}).encode()),
    "codec names below a long one": uplink(json.dumps({LONG: {str(n): n for n in range(9_000)}}).encode()),
    "gateways": b'{"deviceInfo": {"devEui": "1"}, "object": {"pm2_5": 1}, "rxInfo": '
    + fill(b"[", b'{"rssi":-1},', b"1]" + b" " * 160)[:-160]
    + b"}",
    "uplinks": b"[" + b'{"uplink_message":{}},' * 9_998 + b"1]",
    "vendor messages": b"[" + b'{"a":1,"b":1,"d":2},' * 9_998 + b"1]",
    "escapes": b'{"values": {"' + b"\\ud800" * 40_000 + b'": 1}}',
    "gzip": gzip.compress(b"[" * MAX_BYTES, mtime=0),
    "gzip bomb": gzip.compress(bytes(50_000_000)),
    "gzip of nothing, many times": gzip.compress(b"", mtime=0) * (MAX_BYTES // 20),
}
TOPICS = (
    "hanoi/air/air-1/telemetry",
    "hanoi/air/air-2/telemetry",
    "hanoi/air/air-1/telemetry/pm2_5",
    "hanoi/air/air-1/telemetry/" + "x" * 60_000,
)


@pytest.mark.parametrize("name", SHAPES)
def test_the_worst_message_is_read_within_a_second(name: str) -> None:
    payload = SHAPES[name]
    assert len(payload) <= MAX_BYTES
    for topic in TOPICS:
        started = time.process_time()
        decoded = decode("hanoi", topic, payload, NOW, SENSORS, MAX_BYTES)
        assert time.process_time() - started < 1
        assert decoded.observations or decoded.rejected


@pytest.mark.parametrize("name", SHAPES)
def test_the_worst_message_takes_bounded_memory(name: str) -> None:
    tracemalloc.start()
    try:
        decode("hanoi", TOPICS[1], SHAPES[name], NOW, SENSORS, MAX_BYTES)
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=6,
)
numbers = st.integers() | st.floats() | st.sampled_from([0, -60, 1_795_316_340, 2**28])
fields = st.dictionaries(
    st.sampled_from(["pm2_5", "battery", "a", "b", "c", "x"]), numbers | anything, max_size=4
)
records = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("bn", "n"), st.sampled_from(["pm2_5", "urn:dev:1:", "a/b", "co"]) | anything),
        **dict.fromkeys(("bt", "t", "bv", "v", "bver", "s"), numbers | anything),
        **dict.fromkeys(("bu", "u"), st.sampled_from(["ug/m3", "Cel", "m"]) | anything),
        **dict.fromkeys(("vb", "vs", "vd", "x_"), anything),
    },
)
gateways = st.lists(st.fixed_dictionaries({"rssi": numbers | anything}), max_size=3) | anything
uplinks = st.fixed_dictionaries(
    {"deviceInfo": st.fixed_dictionaries({"devEui": anything})},
    optional={"object": fields | anything, "time": anything, "rxInfo": gateways, "fCnt": anything},
) | st.fixed_dictionaries(
    {
        "uplink_message": st.fixed_dictionaries(
            {},
            optional={
                "decoded_payload": fields | anything,
                "received_at": anything,
                "rx_metadata": gateways,
                "f_cnt": anything,
            },
        )
    }
)
plain = st.fixed_dictionaries({"value": anything}, optional={"time": anything}) | anything
documents = st.one_of(
    st.lists(records | anything, max_size=5), uplinks, st.lists(uplinks, max_size=2), fields, plain
)


def checked(payload: bytes, topic: str) -> Iterator[str]:
    decoded = decode("hanoi", topic, payload, NOW, SENSORS)
    for observation in decoded.observations:
        assert abs(observation.value) < float("inf")
        assert datetime(2000, 1, 1, tzinfo=UTC) <= observation.time <= NOW + timedelta(minutes=5)
    for rejected in decoded.rejected:
        assert len(rejected.detail) <= 200
        rejected.detail.encode()
        yield rejected.reason


@given(documents, st.sampled_from([*TOPICS, "hanoi/air/air-2/telemetry/a"]), st.booleans())
def test_any_document_of_any_format_gives_observations_or_reasons(
    document: Any, topic: str, packed: bool
) -> None:
    payload = json.dumps(document).encode()
    assert set(checked(gzip.compress(payload, mtime=0) if packed else payload, topic)) <= set(REASONS)


@given(st.binary(max_size=300), st.sampled_from([*TOPICS, "hanoi/air/air-2/telemetry/a"]))
def test_any_bytes_after_the_sign_of_gzip_give_reasons(payload: bytes, topic: str) -> None:
    assert list(checked(b"\x1f\x8b" + payload, topic)) == ["json"]
