"""MQTT 3.1.1 by hand, as far as an attacker needs it: no library bounds what it sends or how fast."""

import select
import ssl
from collections.abc import Sequence
from contextlib import suppress

from tools.siege.target import Target

# Packet ids under way: few enough that none is used twice at a time.
_IDS = 60_000


def length(count: int) -> bytes:
    """A packet's remaining length."""
    digits = bytearray()
    while True:
        count, digit = divmod(count, 128)
        digits.append(digit | (128 if count else 0))
        if not count:
            return bytes(digits)


def text(value: str) -> bytes:
    """A string with its length before it."""
    raw = value.encode()
    return len(raw).to_bytes(2, "big") + raw


class Sender:
    """A sensor's connection that publishes as fast as it is let. Raises OSError when the broker ends it."""

    def __init__(self, target: Target, user: str, client_id: str = "siege", *, clean: bool = True) -> None:
        self._line: ssl.SSLSocket = target.tls()
        body = (
            text("MQTT")
            + b"\x04"
            + (b"\xc2" if clean else b"\xc0")
            + b"\x00\x3c"
            + text(client_id)
            + text(user)
            + text(target.passwords[user])
        )
        self._line.sendall(b"\x10" + length(len(body)) + body)
        if self._line.recv(4)[:4:3] != b"\x20\x00":
            raise ConnectionRefusedError("the broker does not let the attacker in")
        self._next = 0
        self._unread = b""
        self.acknowledged = 0

    def publish(self, topic: str, payloads: Sequence[bytes], *, qos: int = 1, retain: bool = False) -> None:
        """Publish all in one write; acknowledgements are counted as they come."""
        head = bytes([0x30 | qos << 1 | retain])
        packets = []
        for payload in payloads:
            self._next = self._next % _IDS + 1
            body = text(topic) + (self._next.to_bytes(2, "big") if qos else b"") + payload
            packets.append(head + length(len(body)) + body)
        self._line.sendall(b"".join(packets))
        self.read()

    def read(self, seconds: float = 0) -> None:
        """Count the acknowledgements that are there, or come within `seconds`."""
        while self._line.pending() or select.select([self._line], [], [], seconds)[0]:
            came = self._line.recv(65_536)
            if not came:
                raise ConnectionResetError("the broker ended the connection")
            whole = self._unread + came
            # A PUBACK is 40 02 and two bytes of id; nothing else comes to one who subscribed to nothing.
            self.acknowledged += len(whole) // 4
            self._unread = whole[len(whole) // 4 * 4 :]
            seconds = 0

    def close(self) -> None:
        """Hang up."""
        with suppress(OSError):
            self._line.close()
