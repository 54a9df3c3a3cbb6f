"""Messages that were kept, tried through the decoder of ingest: what they would store, and what stays refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from cityhub.observing.decoded import RegisteredSensor
from cityhub.observing.kept import KeptMessage, decode_kept, is_cut

MOST_SHOWN = 100


def earliest_of_new(now: datetime, keep_days: int) -> datetime:
    """The earliest time (aware) that a sensor registered `now` can have measured at, as the query `known` has it."""
    return now - timedelta(days=min(400, keep_days))


class Row(NamedTuple):
    """A value that would be stored, in the property's unit. `quality`: flags that it has by itself.

    `is_total`: what a counter shows; the difference to the one before would be stored.
    """

    time: datetime
    property: str
    value: float
    quality: int
    is_total: bool = False


class Refusal(NamedTuple):
    """Why a part would still be refused."""

    reason: str
    detail: str


@dataclass(slots=True)
class Trial:
    """What came of `messages`; of rows and refusals the first MOST_SHOWN, and how many there were.

    `good`: messages of which nothing would be refused; `cut`: those that cannot be read again; `ignored`: names of
    fields that would be left out.
    """

    messages: int = 0
    good: int = 0
    cut: int = 0
    rows: list[Row] = field(default_factory=list)
    n_rows: int = 0
    refused: dict[Refusal, int] = field(default_factory=dict)
    n_refused: int = 0
    ignored: list[str] = field(default_factory=list)


def tried(
    prefix: str,
    messages: Iterable[KeptMessage],
    known: Mapping[str, RegisteredSensor],
    max_bytes: int,
    *,
    replays: bool = True,
) -> Trial:
    """Try them as if the sensors in `known` were registered. Nothing is stored."""
    found = Trial()
    for message in messages:
        found.messages += 1
        if is_cut(message):
            found.cut += 1
            continue
        decoded = decode_kept(prefix, message, known, max_bytes, replays=replays)
        rows = [Row(one.time, one.property, one.value, one.quality) for one in decoded.observations]
        rows += [Row(one.time, one.property, one.value, one.flags, is_total=True) for one in decoded.totals]
        found.n_rows += len(rows)
        found.rows += rows[: MOST_SHOWN - len(found.rows)]
        found.good += not decoded.rejected
        for rejected in decoded.rejected:
            found.n_refused += rejected.parts
            refusal = Refusal(rejected.reason, rejected.detail)
            if refusal in found.refused or len(found.refused) < MOST_SHOWN:
                found.refused[refusal] = found.refused.get(refusal, 0) + rejected.parts
        found.ignored += [name for name in decoded.ignored if name not in found.ignored][:20]
    return found
