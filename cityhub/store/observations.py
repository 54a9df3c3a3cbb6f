"""Observations: stored once, and summed up by the hour as they are stored."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import msgspec
import psycopg

from cityhub.observing.continuity import Finding, Row
from cityhub.observing.quality import REJECTED
from cityhub.store.datastreams import Datastream
from cityhub.store.queries import load

_SQL = load(__file__)
_KEY, _TIME = itemgetter(0), itemgetter(1)
_HOUR = timedelta(hours=1)


def prepare(conn: psycopg.Connection) -> None:
    """Settings for a connection that will add for long."""
    conn.execute(_SQL["allow_late_rows"])


def add(
    conn: psycopg.Connection, batch: Mapping[int, Sequence[Row]], held: Mapping[int, Datastream]
) -> list[Row]:
    """Store rows and add them to their hours; those that were new, each datastream's in the order of time.

    `batch`: rows of datastreams that are held, each one's in the order of time and without two of one time. What is
    newer than a datastream's newest is stored by the quickest way; UniqueViolation tells that this was not so.
    """
    new: list[Row] = []
    late: list[Row] = []
    for id, rows in batch.items():
        newest = held[id].time
        if newest is None or rows[0][1] > newest:
            new += rows
        else:
            at = bisect_right(rows, newest, key=_TIME)
            late += rows[:at]
            new += rows[at:]
    if new:
        _copy(conn, new)
    if late:
        new = _add_late(conn, late) + new
    if new:
        _sum_up(conn, new)
    return new


def _copy(conn: psycopg.Connection, rows: Sequence[Row]) -> None:
    with conn.cursor() as cursor, cursor.copy(_SQL["copy"]) as copy:
        copy.set_types(["int4", "timestamptz", "float8", "int2"])
        for row in rows:
            copy.write_row(row)


def _add_late(conn: psycopg.Connection, rows: Sequence[Row]) -> list[Row]:
    ids, times, values, qualities = zip(*rows, strict=True)
    parameters = {
        "ids": list(ids),
        "times": list(times),
        "values": list(map(float, values)),
        "qualities": list(qualities),
    }
    [(count, stored_ids, stored_times)] = conn.execute(_SQL["add_late"], parameters, binary=True)
    if count == len(rows):
        return list(rows)
    stored = set(zip(stored_ids or (), stored_times or (), strict=True))
    return [row for row in rows if row[:2] in stored]


class _Hour(msgspec.Struct, gc=False):
    """What a batch adds to an hour; figures leave out rejected values."""

    n: int = 0
    sum: float = 0.0
    min: float | None = None
    max: float | None = None
    n_rejected: int = 0


def _sum_up(conn: psycopg.Connection, rows: Sequence[Row]) -> None:
    keys, hours = zip(*sorted(_hours(rows).items(), key=_KEY), strict=True)
    parameters = {
        "ids": [id for id, _ in keys],
        "hours": [hour for _, hour in keys],
        "ns": [hour.n for hour in hours],
        "sums": [hour.sum for hour in hours],
        "mins": [None if hour.min is None else float(hour.min) for hour in hours],
        "maxs": [None if hour.max is None else float(hour.max) for hour in hours],
        "rejected": [hour.n_rejected for hour in hours],
    }
    conn.execute(_SQL["sum_up"], parameters)


def _hours(rows: Sequence[Row]) -> dict[tuple[int, datetime], _Hour]:
    """By datastream and the hour of UTC that begins then."""
    hours: dict[tuple[int, datetime], _Hour] = {}
    hour, stream = _Hour(), None
    start = end = datetime.max.replace(tzinfo=UTC)
    for id, time, value, quality in rows:
        if not start <= time < end:
            start = time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
            end, stream = start + _HOUR, None
        if id != stream:
            stream = id
            hour = hours.setdefault((id, start), _Hour())
        if quality & REJECTED:
            hour.n_rejected += 1
        else:
            hour.n += 1
            hour.sum += value
            if hour.min is None or value < hour.min:
                hour.min = value
            if hour.max is None or value > hour.max:
                hour.max = value
    return hours


def mark(conn: psycopg.Connection, found: Sequence[Finding]) -> None:
    """Give stored rows the flags that were found. Flags that judging gives do not reach the sums."""
    if not found:
        return
    ids = [one.datastream_id for one in found]
    times = [one.time for one in found]
    parameters = {
        "ids": ids,
        "times": times,
        "flags": [one.flags for one in found],
        "streams": sorted(set(ids)),
        "first": min(times),
        "last": max(times),
    }
    conn.execute(_SQL["mark"], parameters)


def standing(conn: psycopg.Connection, rows: Sequence[Row]) -> dict[tuple[int, datetime], tuple[float, int]]:
    """What is stored for the datastreams and times of the rows: value and quality bits."""
    if not rows:
        return {}
    ids, times = [row[0] for row in rows], [row[1] for row in rows]
    parameters = {"ids": ids, "times": times, "first": min(times), "last": max(times)}
    found = conn.execute(_SQL["standing"], parameters, binary=True)
    return {(id, time): (value, quality) for id, time, value, quality in found}
