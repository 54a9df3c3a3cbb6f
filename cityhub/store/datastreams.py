"""The newest observation of each datastream and what judging remembers of it: one row, held while more are stored.

Whoever stores observations of a datastream, or changes stored ones, holds its row first, until its transaction ends.
So nobody else stores any meanwhile, and what is newer than the newest cannot be stored yet.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import psycopg

from cityhub.observing.continuity import Memory
from cityhub.store.queries import load

_SQL = load(__file__)


class NotBegun(Exception):
    """Nothing was ever stored of some of the datastreams: `begin` them, with nothing held, and hold them again."""


class Datastream(msgspec.Struct, gc=False):
    """The newest observation by phenomenon time (aware), None before the first; `memory` None: nothing was judged.

    `revision` counts the batches and corrections that changed the past, what is not newer than the newest; days of
    air are kept of hours before `days_until` (cityhub.store.air_days).
    """

    time: datetime | None
    value: float
    quality: int
    revision: int
    days_until: datetime | None
    memory: Memory | None


def hold(conn: psycopg.Connection, ids: Sequence[int]) -> dict[int, Datastream]:
    """Hold the rows of the datastreams until the transaction ends. Raises NotBegun."""
    rows = conn.execute(_SQL["hold"], {"ids": ids}, binary=True).fetchall()
    if len(rows) < len(ids):
        raise NotBegun
    return {
        id: Datastream(
            time, value, quality, revision, days_until, None if memory[0] is None else Memory(*memory)
        )
        for id, time, value, quality, revision, days_until, *memory in rows
    }


def begin(conn: psycopg.Connection, ids: Sequence[int]) -> None:
    """Make rows for those that have none.

    Only for whoever goes on to store observations of all of them in the same transaction.
    """
    conn.execute(_SQL["begin"], {"ids": ids})


def catch_up(conn: psycopg.Connection, ids: Sequence[int]) -> None:
    """Bring those up to date that lag behind what is stored, because it was put there past the hub."""
    conn.execute(_SQL["catch_up"], {"ids": ids})


def save(conn: psycopg.Connection, datastreams: Mapping[int, Datastream]) -> None:
    """Write back rows that are held."""
    if not datastreams:
        return
    ids = list(datastreams)
    held = datastreams.values()
    memories = [one.memory for one in held]
    parameters = {
        "ids": ids,
        "times": [one.time for one in held],
        "values": [float(one.value) for one in held],
        "qualities": [one.quality for one in held],
        "judged_times": [memory and memory.time for memory in memories],
        "judged_values": [None if memory is None else float(memory.value) for memory in memories],
        "sinces": [memory and memory.since for memory in memories],
        "readings": [memory and memory.readings for memory in memories],
        "believed_times": [memory and memory.believed_time for memory in memories],
        "believed_values": [None if memory is None else float(memory.believed_value) for memory in memories],
        "revisions": [one.revision for one in held],
    }
    conn.execute(_SQL["save"], parameters)
