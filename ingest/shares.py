"""Which of the waiting messages make the next batch, so that no sensor that floods keeps the others waiting. Pure."""

from collections.abc import Sequence

from cityhub.observing.payloads.compressed import MAGIC
from ingest.message import Message, text_bytes

# What a packed payload may become, as a multiple of its bytes: lists of readings unpack to about so much.
PACKED = 40


def share_out(
    waiting: Sequence[Message], max_messages: int, max_bytes: int
) -> tuple[list[Message], list[Message]]:
    """The batch and what waits on, both in the order of receipt; the oldest message is always in the batch.

    A batch is full with `max_messages`, or when its text, unpacked as far as can be told, is about `max_bytes`. When
    not all fits, sources share it equally; what one leaves of its share the others have. A source's messages keep
    their order.
    """
    # In parts of a whole batch that are whole numbers.
    batch = max_messages * max_bytes
    costs = [max(max_bytes, _bytes(message) * max_messages) for message in waiting]
    if sum(costs) <= batch:
        return list(waiting), []
    sources: dict[str, list[int]] = {}
    for number, message in enumerate(waiting):
        sources.setdefault(source_of(message.topic), []).append(number)
    # The oldest goes in any case, so that nothing waits for ever.
    chosen, left = [0], batch - costs[0]
    # Who needs least comes first, so that what it leaves of its share is known.
    needs = sorted(sources.values(), key=lambda numbers: sum(costs[number] for number in numbers))
    for before, numbers in enumerate(needs):
        share = left // (len(needs) - before)
        for position, number in enumerate(numbers):
            if number == 0:
                continue
            cost = costs[number]
            if cost > left or (cost > share and position > 0):
                break
            chosen.append(number)
            share -= cost
            left -= cost
    chosen.sort()
    taken = set(chosen)
    return [waiting[number] for number in chosen], [
        message for number, message in enumerate(waiting) if number not in taken
    ]


def source_of(topic: str) -> str:
    """Whose a message is: the sensor of a topic of the hub, whatever else it says; else the topic."""
    parts = topic.split("/", 3)
    return parts[2] if len(parts) == 4 else topic


def _bytes(message: Message) -> int:
    size = text_bytes(message)
    return size + (PACKED - 1) * len(message.payload) if message.payload.startswith(MAGIC) else size
