"""Flags of stored readings changed afterwards, with the sums and `latest` that follow from them, and on record.

Values are never touched. A change of `range` or `fault` moves readings out of the hourly sums or back into them.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

import psycopg
from psycopg.errors import DeadlockDetected
from psycopg.rows import class_row

from cityhub.errors import InvalidInput, NotFound
from cityhub.observing.quality import NAMES, REJECTED
from cityhub.store import air_days, datastreams, notices, observations
from cityhub.store.queries import load

_SQL = load(__file__)
_ALL_BITS = sum(NAMES)
# Locks are taken in ingest's order, so a deadlock is not expected; another version of the server may order otherwise.
_ATTEMPTS = 5
# Nothing is stored from before, and what ends later cannot be told in every offset.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Correction:
    """Flags to set and clear on a datastream's readings of start <= time < end (aware); bits of observing/quality.py.

    Raises InvalidInput naming the field that makes no sense.
    """

    datastream_id: int
    start: datetime
    end: datetime
    made_by: str
    reason: str
    set_bits: int = 0
    cleared_bits: int = 0

    def __post_init__(self) -> None:
        for field in ("start", "end"):
            if getattr(self, field).tzinfo is None:
                raise InvalidInput(field, "a time without offset")
            if not _EARLIEST <= getattr(self, field) < _LATEST:
                raise InvalidInput(field, "times must lie within the years 2000 to 2199 (UTC)")
        if self.end <= self.start:
            raise InvalidInput("end", "must be after the start")
        both = self.set_bits | self.cleared_bits
        if both == 0 or both & ~_ALL_BITS:
            raise InvalidInput("flags", "name at least one flag to set or to clear")
        if self.set_bits & self.cleared_bits:
            raise InvalidInput("flags", "the same flag is to be set and cleared")
        for field in ("made_by", "reason"):
            if not getattr(self, field).strip():
                raise InvalidInput(field, "must not be empty")


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """A correction on record; times are aware, `observations` counts the readings whose flags it changed."""

    id: int
    made_at: datetime
    made_by: str
    reason: str
    sensor_id: str
    property: str
    start: datetime
    end: datetime
    set_bits: int
    cleared_bits: int
    observations: int


def apply(conn: psycopg.Connection, correction: Correction) -> int:
    """How many readings got other flags; all of it in one transaction, the caller's if one is open, else its own.

    Where nothing changes, nothing is recorded. Who applies several in one transaction (READ COMMITTED) goes by
    ascending datastream id, as ingest does. Raises NotFound when there is no such datastream.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _apply(conn, correction)
        except DeadlockDetected:
            continue
    return _apply(conn, correction)


def _apply(conn: psycopg.Connection, correction: Correction) -> int:
    with conn.transaction():
        changed = change(conn, correction)
        if changed:
            conn.execute(_SQL["record"], {**asdict(correction), "observations": changed})
    return changed


def change(conn: psycopg.Connection, correction: Correction) -> int:
    """As `apply`, within the caller's transaction and without a record: for who judges readings as they come."""
    parameters = asdict(correction)
    kind = conn.execute(_SQL["kind"], parameters).fetchone()
    if kind is None:
        raise NotFound("datastream", str(correction.datastream_id))
    # Readings older than a week may lie in the columnstore.
    observations.prepare(conn)
    try:
        # Whoever stores comes by here too: it keeps the raw rows and the hours together. Retention closes hours
        # beside it, and `sum_up` asks for that; to lock hours before raw rows would reverse retention's order.
        datastreams.hold(conn, [correction.datastream_id])
    except datastreams.NotBegun:
        # Nothing is stored yet. What arrives from here on is not held and must not be touched.
        return 0
    [(changed, hours)] = conn.execute(_SQL["change"], parameters).fetchall()
    if not changed:
        return 0
    if (correction.set_bits | correction.cleared_bits) & REJECTED:
        conn.execute(_SQL["sum_up"], {**parameters, "hours": hours})
        conn.execute(_SQL["revise"], parameters)
        air_days.forget(conn, [(correction.datastream_id, hour) for hour in hours])
    conn.execute(_SQL["judge_latest"], parameters)
    notices.changed(conn, kind)
    if correction.set_bits & REJECTED:
        # The next reading is the first of a new memory.
        conn.execute(_SQL["disbelieve"], parameters)
    return int(changed)


def datastream_id(conn: psycopg.Connection, sensor_id: str, name: str) -> int:
    """The id of a sensor's datastream of the property; raises NotFound naming what there is not."""
    row = conn.execute(_SQL["datastream"], {"sensor_id": sensor_id, "property": name}).fetchone()
    if row is not None:
        return int(row[0])
    [(known,)] = conn.execute(_SQL["sensor_exists"], {"sensor_id": sensor_id}).fetchall()
    raise NotFound("datastream", f"{sensor_id}/{name}") if known else NotFound("sensor", sensor_id)


def history(
    conn: psycopg.Connection, sensor_id: str | None = None, *, limit: int = 50, before_id: int | None = None
) -> list[CorrectionRow]:
    """What was corrected, newest first; `before_id` is the id of the last row already given."""
    parameters = {"sensor_id": sensor_id, "limit": limit, "before_id": before_id}
    with conn.cursor(row_factory=class_row(CorrectionRow)) as cursor:
        return cursor.execute(_SQL["history"], parameters).fetchall()
