"""Keeps the messages of sensors to which somebody listens, beside what is stored of them."""

import time
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg

from cityhub.observing import topics
from cityhub.store import raw_messages
from cityhub.store.raw_messages import MOST, RawMessage
from ingest.message import Message

ASKED_EVERY_S = 2.0


class RawMessages:
    """One per writer. While nobody listens it costs a question every two seconds."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._listened: frozenset[str] = frozenset()
        self._asked_at = -ASKED_EVERY_S

    def keep(self, conn: psycopg.Connection, messages: Sequence[Message]) -> None:
        """Keep the newest of each sensor that is listened to, within the caller's transaction."""
        now = time.monotonic()
        if now - self._asked_at >= ASKED_EVERY_S:
            self._listened, self._asked_at = raw_messages.listened(conn, datetime.now(UTC)), now
        if not self._listened:
            return
        found: defaultdict[str, deque[Message]] = defaultdict(lambda: deque(maxlen=MOST))
        for message in messages:
            address = topics.parse(self._prefix, message.topic)
            if address is not None and address.sensor_id in self._listened:
                found[address.sensor_id].append(message)
        if found:
            raw_messages.keep(conn, [_raw(id, one) for id in sorted(found) for one in found[id]])


def _raw(sensor_id: str, message: Message) -> RawMessage:
    return RawMessage(
        sensor_id,
        message.topic,
        message.payload,
        message.payload_bytes,
        message.kept,
        message.received_at,
    )
