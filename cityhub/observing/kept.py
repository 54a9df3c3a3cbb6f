"""A message that was kept because it could not be used, read once more by the rules and the catalogue of now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from cityhub.observing.decode import decode
from cityhub.observing.decoded import Decoded, RegisteredSensor


class KeptMessage(Protocol):
    """What a message was, as far as it was kept. `retained`: the broker had kept it, too."""

    @property
    def topic(self) -> str: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def payload_bytes(self) -> int: ...
    @property
    def first_received_at(self) -> datetime: ...
    @property
    def retained(self) -> bool: ...


def is_cut(message: KeptMessage) -> bool:
    """Was only its beginning kept, so that it cannot be read again?"""
    return len(message.payload) < message.payload_bytes


def decode_kept(
    prefix: str,
    message: KeptMessage,
    sensors: Mapping[str, RegisteredSensor],
    max_bytes: int,
    *,
    replays: bool = True,
) -> Decoded:
    """As it would be decoded if it came now; without a time of its own it has that at which it first came."""
    return decode(
        prefix,
        message.topic,
        message.payload,
        message.first_received_at,
        sensors,
        max_bytes,
        retained=message.retained,
        replays=replays,
    )
