"""Messages are taken off the stream of a connection wherever it is cut, and paho gets all the rest as it came."""

import socket
import struct
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.deliveries import DeliverySocket, Splitter
from ingest.message import Message

NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


def number(value: int) -> bytes:
    """As MQTT writes a variable byte integer."""
    written = bytearray()
    while value >= 0x80:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*written, value])


def publish(
    topic: bytes,
    payload: bytes,
    packet_id: int = 0,
    *,
    retain: bool = False,
    dup: bool = False,
    properties: bytes | None = b"",
) -> bytes:
    """A PUBLISH at QoS 1, or 0 without packet id; `properties` None: MQTT 3.1.1."""
    body = struct.pack(">H", len(topic)) + topic
    if packet_id:
        body += struct.pack(">H", packet_id)
    if properties is not None:
        body += number(len(properties)) + properties
    body += payload
    head = 0x30 | (0x02 if packet_id else 0) | (0x08 if dup else 0) | (0x01 if retain else 0)
    return bytes([head]) + number(len(body)) + body


def splitter(*, version_5: bool = True, max_payload: int = 1000) -> Splitter:
    return Splitter(version_5=version_5, connection=7, max_payload=max_payload)


def split(stream: bytes, parts: Splitter | None = None) -> tuple[list[Message], bytes]:
    return (parts or splitter()).split(stream, lambda: NOW)


SUBACK = bytes([0x90, 4, 0, 1, 0, 1])
PINGRESP = bytes([0xD0, 0])


def test_a_message_says_what_its_packet_said() -> None:
    [message], others = split(publish(b"hanoi/air/a/telemetry", b"{}", 300, retain=True, dup=True))
    assert message == Message("hanoi/air/a/telemetry", b"{}", 2, 300, 7, NOW, kept=True, redelivered=True)
    assert others == b""


def test_messages_come_at_qos_0_too_and_without_a_payload() -> None:
    [message], _ = split(publish(b"t", b""))
    assert (message.payload, message.packet_id, message.kept, message.redelivered) == (b"", 0, False, False)


def test_version_3_1_1_has_no_properties() -> None:
    [message], _ = split(publish(b"t", b"{}", 1, properties=None), splitter(version_5=False))
    assert message.payload == b"{}"


def test_properties_of_any_length_are_no_part_of_the_payload() -> None:
    for length in (0, 1, 127, 128, 20_000):
        [message], _ = split(publish(b"t", b"{}", 1, properties=b"p" * length))
        assert message.payload == b"{}"


def test_of_a_payload_that_is_too_large_only_the_beginning_is_kept() -> None:
    [message], _ = split(publish(b"t", b"x" * 9000, 1))
    assert (message.payload_bytes, message.payload) == (9000, b"x" * 4096)


def test_messages_of_one_moment_are_told_apart() -> None:
    messages, _ = split(publish(b"t", b"{}", 1) * 3)
    assert [m.received_at - NOW for m in messages] == [timedelta(microseconds=n) for n in range(3)]


@pytest.mark.parametrize(("name", "topic"), [(b"a\0b", "a\\0b"), (b"\xff", "(not UTF-8)")])
def test_a_topic_that_mqtt_forbids_is_shown_as_text(name: bytes, topic: str) -> None:
    assert split(publish(name, b"{}", 1))[0][0].topic == topic


def test_more_topics_than_are_remembered_keep_their_names() -> None:
    parts = splitter()
    stream = b"".join(publish(b"t/%d" % n, b"", 1) for n in range(20_000))
    for _ in range(2):
        messages, _ = split(stream, parts)
        assert [m.topic for m in messages] == [f"t/{n}" for n in range(20_000)]


packets = st.one_of(
    st.builds(
        publish,
        st.text(max_size=9).map(str.encode),
        st.binary(max_size=300),
        st.integers(0, 65_535),
        retain=st.booleans(),
        dup=st.booleans(),
    ),
    st.sampled_from([SUBACK, PINGRESP, b"\x20\x03\0\0\0"]),
)


@given(st.lists(packets, max_size=8), st.lists(st.integers(1, 400), max_size=30))
def test_wherever_the_stream_is_cut_the_same_comes_out(sent: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(sent)
    parts = splitter()
    messages: list[Message] = []
    others = b""
    for size in [*cuts, len(stream)]:
        part, stream = stream[:size], stream[size:]
        found, rest = parts.split(part, lambda: NOW)
        messages += found
        others += rest
    assert [(m.topic, m.payload, m.packet_id) for m in messages] == [
        (m.topic, m.payload, m.packet_id) for packet in sent for m in split(packet)[0]
    ]
    assert len(messages) == sum(packet[0] & 0xF0 == 0x30 for packet in sent)
    assert others == b"".join(packet for packet in sent if packet[0] & 0xF0 != 0x30)


@given(st.binary(max_size=200))
def test_what_is_no_mqtt_ends_the_connection_and_nothing_else(noise: bytes) -> None:
    try:
        split(b"\x30" + noise)
    except ConnectionError:
        return


@pytest.mark.parametrize(
    "broken",
    [
        b"\x32\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x32\x00",  # no topic
        b"\x32\x04\x00\x09ab",  # a topic longer than its packet
        b"\x32\x03\x00\x01a",  # no packet id
        b"\x30\x04\x00\x01a\x09",  # properties longer than the packet
    ],
)
def test_a_packet_that_contradicts_itself_ends_the_connection(broken: bytes) -> None:
    with pytest.raises(ConnectionError):
        split(broken + PINGRESP * 20)


class Ends:
    """A DeliverySocket and the broker's end of it."""

    def __init__(self) -> None:
        mine, self.broker = socket.socketpair()
        mine.setblocking(False)
        self.messages: list[Message] = []
        self.mine = mine
        self.socket = DeliverySocket(mine, splitter(), self.messages.extend)


@pytest.fixture
def ends() -> Iterator[Ends]:
    ends = Ends()
    yield ends
    ends.socket.close()
    ends.broker.close()


def test_paho_reads_everything_but_messages(ends: Ends) -> None:
    ends.broker.sendall(publish(b"t", b"one", 1) + SUBACK + publish(b"t", b"two", 2) + PINGRESP)
    read = ends.socket.recv(1)
    while ends.socket.pending():
        read += ends.socket.recv(3)
    assert read == SUBACK + PINGRESP
    assert [m.payload for m in ends.messages] == [b"one", b"two"]
    with pytest.raises(BlockingIOError):
        ends.socket.recv(1)


def test_messages_alone_leave_paho_nothing_to_read(ends: Ends) -> None:
    ends.broker.sendall(publish(b"t", b"one", 1))
    with pytest.raises(BlockingIOError):
        ends.socket.recv(1)
    assert len(ends.messages) == 1


def test_the_end_of_the_connection_is_seen(ends: Ends) -> None:
    ends.broker.close()
    assert ends.socket.recv(1) == b""


def test_acknowledgements_leave_in_their_order(ends: Ends) -> None:
    ends.socket.acknowledge([1, 2, 65_535])
    assert ends.broker.recv(100) == b"\x40\x02\x00\x01\x40\x02\x00\x02\x40\x02\xff\xff"


def test_what_the_broker_does_not_take_yet_stays_whole_and_in_order(ends: Ends) -> None:
    ends.mine.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    sent = b""
    for ids in count(1):
        ends.socket.acknowledge([ids % 65_536] * 1000)
        sent += struct.pack(">BBH", 0x40, 2, ids % 65_536) * 1000
        if ends.socket.unsent():
            break
    assert ends.socket.send(b"\xc0\x00") == 2
    sent += b"\xc0\x00"
    got = b""
    while ends.socket.unsent():
        got += ends.broker.recv(65_536)
        ends.socket.flush()
    ends.socket.close()
    while part := ends.broker.recv(65_536):
        got += part
    assert got == sent


def test_long_topics_that_come_once_are_not_remembered() -> None:
    """A topic may have 65,535 bytes, and who sends garbage need not send the same one twice."""
    parts = splitter()
    split(publish(b"hanoi/warm", b""), parts)
    tracemalloc.start()
    for n in range(300):
        split(publish(b"hanoi/" + b"x" * 60_000 + str(n).encode(), b""), parts)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000
