"""A batch of observations stored and judged: the one door for all who bring any, in one transaction.

with conn.transaction():
    added = batches.add(conn, rows, registry.limits)
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter, lt
from types import MappingProxyType

import psycopg
from psycopg.errors import UniqueViolation

from cityhub.observing.continuity import Finding, Judged, Limits, Row, judge
from cityhub.store import air_days, counters, datastreams, observations, running_totals
from cityhub.store.counters import TotalRow
from cityhub.store.datastreams import Datastream

# What one transaction should hold. Messages are small, but 700 bytes of gzip may be 10,000 values: who stores what
# others sent bounds what it became, not only what came.
MOST_ROWS = 200_000
_NO_LIMITS: Mapping[int, Limits] = MappingProxyType({})
_ATTEMPTS = 3
_TIME = itemgetter(1)


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a batch: rows new to the database, and rows that it already held.

    `found`: flags that new rows were given because of the ones before them.
    """

    stored: int
    duplicates: int
    found: Sequence[Finding] = ()


def add(
    conn: psycopg.Connection,
    rows: Sequence[Row],
    limits: Mapping[int, Limits] = _NO_LIMITS,
    totals: Sequence[TotalRow] = (),
) -> Added:
    """Store a batch within the caller's transaction. Of rows with one datastream and time the first stays.

    `limits` (by datastream id): what to judge the rows by beside the ones before them. `totals` are what counters
    showed; one that makes no observation counts as a duplicate.
    """
    count = len(rows) + len(totals)
    if totals:
        rows = [*rows, *counters.amounts(conn, totals)]
    if not rows:
        return Added(0, count)
    batch = _in_order(rows)
    for _ in range(_ATTEMPTS - 1):
        try:
            return _add(conn, batch, count, limits)
        except datastreams.NotBegun:
            datastreams.begin(conn, list(batch))
        except UniqueViolation:
            # What is newer than the newest known here is stored already: part of a restore, or an insert by hand.
            datastreams.catch_up(conn, list(batch))
    return _add(conn, batch, count, limits)


def _in_order(rows: Sequence[Row]) -> dict[int, list[Row]]:
    """By ascending datastream id, each one's by time; of several of one time the first to come."""
    series: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        series[row[0]].append(row)
    return {id: _by_time(series[id]) for id in sorted(series)}


def _by_time(rows: list[Row]) -> list[Row]:
    if len(rows) == 1:
        return rows
    times = list(map(_TIME, rows))
    if all(map(lt, times, times[1:])):
        return rows
    return [next(same) for _, same in groupby(sorted(rows, key=_TIME), _TIME)]


def _add(
    conn: psycopg.Connection, batch: Mapping[int, Sequence[Row]], count: int, limits: Mapping[int, Limits]
) -> Added:
    with conn.transaction():
        held = datastreams.hold(conn, list(batch))
        new = observations.add(conn, batch, held)
        found, changed = _judge(new, limits, held)
        observations.mark(conn, found)
        air_days.forget(conn, _kept(new, held))
        changed |= _revise(held, batch)
        changed |= _advance(held, batch, found)
        datastreams.save(conn, {id: held[id] for id in changed})
        amounts = {id: held[id] for id in batch if id in limits and limits[id].amount}
        if new and amounts:
            found += running_totals.mark(conn, amounts)
    return Added(len(new), count - len(new), found)


def _judge(new: Sequence[Row], limits: Mapping[int, Limits], held: Mapping[int, Datastream]) -> Judged:
    """What is found of the new rows; what the datastreams remember moves on."""
    memories = {id: one.memory for id, one in held.items() if one.memory is not None}
    judged = judge(new, limits, memories)
    for id in judged.changed:
        held[id].memory = memories[id]
    return judged


def _kept(new: Sequence[Row], held: Mapping[int, Datastream]) -> list[tuple[int, datetime]]:
    """New rows, by datastream and time, of days that may be kept."""
    until = {id: one.days_until for id, one in held.items() if one.days_until is not None}
    if not until:
        return []
    return [(id, time) for id, time, *_ in new if id in until and time < until[id]]


def _revise(held: Mapping[int, Datastream], batch: Mapping[int, Sequence[Row]]) -> set[int]:
    """Count the datastreams' past as changed where the batch reaches into it; which they are."""
    revised = set()
    for id, rows in batch.items():
        newest = held[id]
        if newest.time is not None and rows[0][1] <= newest.time:
            newest.revision += 1
            revised.add(id)
    return revised


def _advance(
    held: Mapping[int, Datastream], batch: Mapping[int, Sequence[Row]], found: Sequence[Finding]
) -> set[int]:
    """Give each datastream its newest observation; those of which the batch brought it."""
    advanced = set()
    for id, rows in batch.items():
        newest = held[id]
        _, time, value, quality = rows[-1]
        if newest.time is None or time > newest.time:
            newest.time, newest.value, newest.quality = time, value, quality
            advanced.add(id)
    for one in found:
        if one.time == held[one.datastream_id].time:
            held[one.datastream_id].quality |= one.flags
    return advanced
