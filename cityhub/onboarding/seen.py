"""What a device sends, in its own words: the names of its fields and what stood there, from messages that were kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from cityhub.kinds import DEVICE_PROPERTIES, KINDS
from cityhub.observing import payloads, topics
from cityhub.observing.decode import document_of
from cityhub.observing.decoded import Decoded
from cityhub.observing.json_values import number, printable, shown
from cityhub.observing.kept import KeptMessage, is_cut
from cityhub.observing.payloads.mapping_fields import LONGEST_NAME

# Of one payload, which may hold thousands of messages.
_MOST_PARTS = 200
MOST_FIELDS = 40
_EXAMPLE = 40


@dataclass(slots=True)
class Seen:
    """A field as the device names it: how often it stood there, between which numbers, and one of its values.

    `low`, `high`: None where no number stood there.
    """

    name: str
    n: int = 0
    low: float | None = None
    high: float | None = None
    example: str = ""

    def add(self, value: Any) -> None:
        """Take in one value."""
        self.n += 1
        measured = number(value)
        if measured is not None:
            self.low = measured if self.low is None else min(self.low, measured)
            self.high = measured if self.high is None else max(self.high, measured)
        self.example = printable(shown(value), _EXAMPLE)


class Sent(NamedTuple):
    """Fields by name, in the order they came up, at most MOST_FIELDS.

    `is_bare`: some messages are bare objects of fields, which are only read of a sensor that has a mapping.
    """

    fields: Mapping[str, Seen]
    is_bare: bool


def sent_in(prefix: str, messages: Iterable[KeptMessage], max_bytes: int) -> Sent:
    """What the messages hold. What cannot be read holds nothing."""
    found: dict[str, Seen] = {}
    is_bare = False
    for message in messages:
        document, context = _opened(prefix, message, max_bytes)
        if context is None:
            continue
        format = payloads.format_of(document, context)
        is_bare = is_bare or (format is not None and format.name == "named_fields")
        for name, value in islice(_values(document, context), MOST_FIELDS * _MOST_PARTS):
            if name in found or (len(found) < MOST_FIELDS and _can_be_mapped(name)):
                found.setdefault(name, Seen(name)).add(value)
    return Sent(found, is_bare)


def _can_be_mapped(name: str) -> bool:
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


def _opened(prefix: str, message: KeptMessage, max_bytes: int) -> tuple[Any, payloads.Context | None]:
    """The message's document and what reading it takes; no context where there is nothing to read."""
    address = topics.parse(prefix, message.topic)
    if address is None or address.channel != "telemetry" or is_cut(message):
        return None, None
    document = document_of(Decoded(), message.payload, max_bytes)
    if document is msgspec.UNSET:
        return None, None
    # With a mapping that knows nothing yet, a bare object of fields is read too.
    return document, payloads.Context(
        message.first_received_at, KINDS[address.kind].properties, {}, address.property, message.retained
    )


def _values(document: Any, context: payloads.Context) -> Iterable[tuple[str, Any]]:
    for part in islice(payloads.read(document, context), _MOST_PARTS):
        if isinstance(part, payloads.Extra):
            yield part.name, None
        elif isinstance(part, dict):
            values = part.get("values")
            if isinstance(values, dict):
                yield from values.items()
            yield from ((name, part[name]) for name in DEVICE_PROPERTIES if part.get(name) is not None)
