"""Stored readings judged beside the ones before them; what that remembers is in the database, with the readings."""

from collections.abc import Mapping, Sequence

import psycopg

from cityhub.observing.continuity import Finding, Limits, Memory, Row, judge
from cityhub.store.queries import load

_SQL = load(__file__)


def mark(conn: psycopg.Connection, rows: Sequence[Row], limits: Mapping[int, Limits]) -> list[Finding]:
    """Flag rows that the caller's transaction has just inserted; what was found.

    After the rows and not before, so that of several ingestors none waits for another's copying. The flags told here
    do not reach the sums. Of rows that somebody else inserted `latest` would not be locked in the order that all keep.
    A transaction that fails leaves the memory as it was.
    """
    ids = sorted({row[0] for row in rows if row[0] in limits})
    if not ids:
        return []
    memories = {
        id: Memory(*memory) for id, *memory in conn.execute(_SQL["recall"], {"ids": ids}, binary=True)
    }
    found, changed = judge(rows, limits, memories)
    if changed:
        _remember(conn, sorted(changed), memories)
    if found:
        parameters = _parameters(found)
        conn.execute(_SQL["mark_observation"], parameters)
        conn.execute(_SQL["mark_latest"], parameters)
    return found


def _remember(conn: psycopg.Connection, ids: Sequence[int], memories: Mapping[int, Memory]) -> None:
    held = [memories[id] for id in ids]
    parameters = {
        "ids": ids,
        "times": [memory.time for memory in held],
        "values": [memory.value for memory in held],
        "sinces": [memory.since for memory in held],
        "readings": [memory.readings for memory in held],
        "believed_times": [memory.believed_time for memory in held],
        "believed_values": [memory.believed_value for memory in held],
    }
    conn.execute(_SQL["remember"], parameters)


def _parameters(found: Sequence[Finding]) -> dict[str, object]:
    ids = [one.datastream_id for one in found]
    times = [one.time for one in found]
    return {
        "ids": ids,
        "times": times,
        "flags": [one.flags for one in found],
        "streams": sorted(set(ids)),
        "first": min(times),
        "last": max(times),
    }
