"""What counters showed last, held while observations are made of what they show now."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple

import psycopg

from cityhub.kinds import ObservedProperty
from cityhub.observing.continuity import Row
from cityhub.observing.counters import Counter, advance
from cityhub.observing.quality import flags_of
from cityhub.store.queries import load

_SQL = load(__file__)


class TotalRow(NamedTuple):
    """What a counter showed at a time (aware), in the unit of `observed`; `flags` are those of its message."""

    datastream_id: int
    time: datetime
    total: float
    flags: int
    observed: ObservedProperty
    rolls_over_at: float | None


def amounts(conn: psycopg.Connection, totals: Sequence[TotalRow]) -> list[Row]:
    """The observations that the totals make, within the caller's transaction; the counters move on.

    The first total of a counter makes none, nor does one that something newer overtook.
    """
    if not totals:
        return []
    ids = sorted({total.datastream_id for total in totals})
    conn.execute(_SQL["begin"], {"ids": ids})
    held: dict[int, Counter] = {
        id: Counter(time, shown, before_reset)
        for id, time, shown, before_reset in conn.execute(_SQL["hold"], {"ids": ids}, binary=True)
        if time is not None
    }
    rows: list[Row] = []
    for id, time, total, flags, observed, rolls_over_at in sorted(totals, key=attrgetter("time")):
        counter = held.get(id)
        if counter is None:
            held[id] = Counter(time, total)
            continue
        amount = advance(counter, time, total, observed, rolls_over_at)
        if amount is not None:
            rows.append((id, time, amount, flags | flags_of(observed, amount)))
    _save(conn, held)
    return rows


def _save(conn: psycopg.Connection, held: dict[int, Counter]) -> None:
    parameters = {
        "ids": list(held),
        "times": [counter.time for counter in held.values()],
        "totals": [float(counter.total) for counter in held.values()],
        "before_resets": [
            None if counter.before_reset is None else float(counter.before_reset) for counter in held.values()
        ],
    }
    conn.execute(_SQL["save"], parameters)
