"""A connection's socket as paho sees it, less the messages: those are taken off it many at once.

paho reads the beginning of a packet byte by byte, waits for the network after each packet and sends each
acknowledgement by itself, which was half of all that ingest cost. It keeps what it is good at (connecting, TLS,
subscribing, keep-alive, connecting again) and sees every packet but those that bring a message of QoS 0 or 1.
"""

import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ingest.message import Message

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

_CHUNK_BYTES = 256 * 1024
# A message at QoS 0 or 1. Nothing comes at QoS 2: the subscription asks for 1 at most.
_PUBLISH_MASK, _PUBLISH = 0xF4, 0x30
_PUBACK = struct.Struct(">BBH")
# A remaining length has four bytes at most [MQTT-1.5.5].
_LENGTH_BYTES = 4
# Of a payload that is too large anyway only the beginning is kept.
_KEEP_BYTES = 4096
# A topic comes again with every message; what nobody repeats must not fill the memory.
_TOPICS, _TOPIC_BYTES = 16_384, 200
_MICROSECOND = timedelta(microseconds=1)


class Splitter:
    """Cuts the bytes of one connection into messages and the packets of all other kinds."""

    def __init__(self, *, version_5: bool, connection: int, max_payload: int) -> None:
        self._version_5, self._connection, self._max_payload = version_5, connection, max_payload
        self._begun = bytearray()
        self._wanted = 0
        self._topics: dict[bytes, str] = {}

    def split(self, chunk: bytes, now: Callable[[], datetime]) -> tuple[list[Message], bytes]:
        """The messages that the chunk completes, and the other packets as they came.

        Each message has a moment of its own: of two without a time neither is a repetition of the other. Raises
        ConnectionError when this cannot be MQTT.
        """
        if self._begun:
            self._begun += chunk
            if len(self._begun) < self._wanted:
                return [], b""
            chunk = bytes(self._begun)
            self._begun.clear()
        messages: list[Message] = []
        others: list[bytes] = []
        at, size, last = 0, len(chunk), None
        while at < size:
            begin, end = _bounds(chunk, at)
            if end > size:
                self._begun += chunk[at:]
                self._wanted = end - at
                break
            head = chunk[at]
            if head & _PUBLISH_MASK == _PUBLISH:
                moment = now()
                if last is not None and moment <= last:
                    moment = last + _MICROSECOND
                last = moment
                messages.append(self._message(chunk, head, begin, end, moment))
            else:
                others.append(chunk[at:end])
            at = end
        return messages, b"".join(others)

    def _message(self, chunk: bytes, head: int, begin: int, end: int, received_at: datetime) -> Message:
        try:
            at = begin + 2 + (chunk[begin] << 8 | chunk[begin + 1])
            name = chunk[begin + 2 : at]
            packet_id = 0
            if head & 0x06:
                packet_id = chunk[at] << 8 | chunk[at + 1]
                at += 2
            if self._version_5:
                # Its properties change nothing: an alias of a topic comes only to who asks for such.
                length, at = _length(chunk, at)
                at += length
        except IndexError:
            at = end + 1
        if at > end:
            raise ConnectionError("a message that ends before it begins")
        payload = chunk[at:end]
        size = end - at
        return Message(
            self._topics.get(name) or self._topic(name),
            payload if size <= self._max_payload else payload[:_KEEP_BYTES],
            size,
            packet_id,
            self._connection,
            received_at,
            head & 0x01 != 0,
            head & 0x08 != 0,
        )

    def _topic(self, name: bytes) -> str:
        try:
            # MQTT forbids NUL in topics and PostgreSQL in texts, but not every broker looks.
            topic = name.decode().replace("\0", "\\0")
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        if len(name) <= _TOPIC_BYTES:
            if len(self._topics) >= _TOPICS:
                self._topics.clear()
            self._topics[name] = topic
        return topic


def _bounds(chunk: bytes, at: int) -> tuple[int, int]:
    """Where the packet that starts at `at` has its body, and where it ends; beyond the chunk when it is not whole."""
    try:
        length, begin = _length(chunk, at + 1)
    except IndexError:
        return at, len(chunk) + 1
    return begin, begin + length


def _length(chunk: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer, and where it ends. IndexError when the chunk ends first."""
    value = chunk[at]
    at += 1
    if value < 0x80:
        return value, at
    value &= 0x7F
    for shift in range(7, 7 * _LENGTH_BYTES, 7):
        byte = chunk[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ConnectionError("a length of more than four bytes")


class DeliverySocket:
    """Gives messages to `deliver` on the thread that reads; all else goes to and fro as on the socket itself.

    Acknowledgements may come from any thread. What the broker does not take at once is kept and sent before all that
    comes after it, so that no packet ever stands within another.
    """

    def __init__(
        self, socket: "SocketLike", splitter: Splitter, deliver: Callable[[list[Message]], None]
    ) -> None:
        self._socket, self._splitter, self._deliver = socket, splitter, deliver
        # A TLS connection must not be read and written at once.
        self._lock = threading.Lock()
        self._for_paho = bytearray()
        self._unsent = bytearray()

    def recv(self, size: int, /) -> bytes:
        """Bytes of packets that are no messages. BlockingIOError when there are none now."""
        if not self._for_paho:
            with self._lock:
                try:
                    chunk = self._socket.recv(_CHUNK_BYTES)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as exc:
                    raise BlockingIOError from exc
            if not chunk:
                return b""
            messages, others = self._splitter.split(chunk, _now)
            if messages:
                self._deliver(messages)
            self._for_paho += others
        if not self._for_paho:
            raise BlockingIOError
        taken = bytes(self._for_paho[:size])
        del self._for_paho[:size]
        return taken

    def send(self, data: bytes | bytearray, /) -> int:
        """Send or keep all of it."""
        with self._lock:
            self._unsent += data
            self._flush()
        return len(data)

    def acknowledge(self, packet_ids: Iterable[int]) -> None:
        """Acknowledge messages of QoS 1, in the order given. Raises OSError when the connection is gone."""
        self.send(b"".join(_PUBACK.pack(0x40, 2, packet_id) for packet_id in packet_ids))

    def flush(self) -> None:
        """Send what the broker did not take before."""
        with self._lock:
            self._flush()

    def unsent(self) -> bool:
        """Is there anything that the broker has not taken yet?"""
        return bool(self._unsent)

    def pending(self) -> int:
        """Bytes that can be read although the network has nothing new. paho asks before it waits."""
        inner = getattr(self._socket, "pending", None)
        return len(self._for_paho) + (inner() if inner is not None else 0)

    def fileno(self) -> int:
        """Of the socket, to wait for it."""
        return self._socket.fileno()

    def setblocking(self, flag: bool, /) -> None:
        """As of the socket."""
        self._socket.setblocking(flag)

    def close(self) -> None:
        """As of the socket."""
        self._socket.close()

    def _flush(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._socket.send(self._unsent)]
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass


def _now() -> datetime:
    return datetime.now(UTC)
