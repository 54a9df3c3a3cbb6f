"""A message as it was received."""

import sys
from datetime import datetime

import msgspec


class Message(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One received message. `payload` may be cut; `payload_bytes` is its full size.

    `packet_id` and `connection` are what its acknowledgement needs; `packet_id` is 0 at QoS 0. `kept`: the broker kept
    it for new subscribers (RETAIN); `redelivered`: it was sent here before (DUP), and may be stored.
    """

    topic: str
    payload: bytes
    payload_bytes: int
    packet_id: int
    connection: int
    received_at: datetime
    kept: bool = False
    redelivered: bool = False


def text_bytes(message: Message) -> int:
    """Bytes of topic and payload in memory. A topic may be as long as many payloads, at up to four bytes a sign."""
    return len(message.payload) + sys.getsizeof(message.topic)
