"""The comparison: what the broker acknowledged against what the database holds. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from tools.chaos.numbering import Numbering


@dataclass(frozen=True, slots=True)
class Delivery:
    """`stored`: published messages found; `lost`: acknowledged ones not found; `duplicated`: further rows of a
    message; `altered`: rows that no publisher sent like that."""

    stored: int
    lost: int
    duplicated: int
    altered: int

    @property
    def good(self) -> bool:
        """Whether every promise was kept."""
        return self.lost == self.duplicated == self.altered == 0


def compare(
    numbering: Numbering,
    published: int,
    acked: Collection[int],
    rows: Iterable[tuple[str, datetime, float]],
) -> Delivery:
    """Judge all rows (sensor id, phenomenon time, value) of a database that held none before the first message."""
    found: Counter[int] = Counter()
    altered = 0
    for sensor_id, time, value in rows:
        number = numbering.number(sensor_id, value)
        if number is None or number >= published:
            altered += 1
            continue
        found[number] += 1
        # A second row of a message must have another time, so only a single one is expected to be as sent.
        if found[number] == 1 and numbering.observation(number)[1] != time:
            altered += 1
    return Delivery(
        stored=len(found),
        lost=sum(number not in found for number in acked),
        duplicated=found.total() - len(found),
        altered=altered,
    )
