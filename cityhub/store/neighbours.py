"""What the comparison of neighbours reads: hours of the sensors that a rule compares, and what was said before."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from cityhub.observing.neighbours import Rule, SensorHour
from cityhub.observing.quality import NEIGHBOUR
from cityhub.store.queries import load

_SQL = load(__file__)
# Any number will do; it must only be the same in every process of the hub, and not that of the migrations.
_LOCK = 4_711_002


@dataclass(frozen=True, slots=True)
class PastFlag:
    """Somebody's word about `neighbour` on a datastream's readings of start <= time < end."""

    datastream_id: int
    start: datetime
    end: datetime
    made_by: str


def measured(
    conn: psycopg.Connection, rules: Sequence[Rule], start: datetime, end: datetime
) -> Mapping[tuple[Rule, bool], list[SensorHour]]:
    """Hours of start <= hour < end (aware) by rule and by whether the sensor is listed, in one query."""
    parameters = {
        "kinds": [rule.kind for rule in rules],
        "properties": [rule.property for rule in rules],
        "start": start,
        "end": end,
    }
    found: dict[tuple[Rule, bool], list[SensorHour]] = defaultdict(list)
    for number, listed, *values in conn.execute(_SQL["measured"], parameters):
        found[rules[number - 1], listed].append(SensorHour(*values))
    return found


def past_flags(conn: psycopg.Connection, start: datetime, end: datetime, review: str) -> list[PastFlag]:
    """Who set `neighbour` on readings of the span, and who but `review` cleared it."""
    parameters = {"start": start, "end": end, "bit": NEIGHBOUR, "review": review}
    with conn.cursor(row_factory=class_row(PastFlag)) as cursor:
        return cursor.execute(_SQL["past_flags"], parameters).fetchall()


@contextmanager
def only_one(conn: psycopg.Connection) -> Iterator[bool]:
    """True within the block when no other review of this database is under way. The connection in autocommit."""
    [(mine,)] = conn.execute(_SQL["try_lock"], {"lock": _LOCK}).fetchall()
    try:
        yield bool(mine)
    finally:
        # With a connection that broke, its lock is gone too.
        if mine and not conn.closed:
            conn.execute(_SQL["unlock"], {"lock": _LOCK})
