"""Water samples and what laboratories found in them. All within the caller's transaction.

Rows are added and never changed: a correction is a further revision of a result.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import psycopg
from psycopg.rows import class_row

from cityhub.errors import Conflict, NotFound
from cityhub.store import notices
from cityhub.store.queries import load
from cityhub.water.samples import Result, Sample
from cityhub.water.scales import Bound

_SQL = load(__file__)
# A laboratory that comes daily brings thirty a month; this stops a flood of them from slowing every answer.
MOST = 200


class ToldOtherwise(Conflict):
    """A laboratory's number is told with another content than before."""


@dataclass(frozen=True, slots=True)
class Told:
    """A sample as it is told. `digest`: of all of it; `sampled_at` is aware."""

    station_id: str
    sampled_at: datetime
    laboratory: str
    reference: str
    told_by: str
    digest: bytes
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Revision:
    """One state of a result; `revision` 0 is what was told first, a later one has its `reason`. `made_at` is aware."""

    parameter: str
    revision: int
    value: float | None
    bound: Bound
    method: str
    reason: str | None
    made_at: datetime


@dataclass(frozen=True, slots=True)
class _Row:
    id: object
    station_id: str
    sampled_at: datetime
    laboratory: str
    reference: str
    told_by: str
    received_at: datetime


def check_station(conn: psycopg.Connection, station_id: str) -> None:
    """Raises NotFound where no water station has the id."""
    [(is_known,)] = conn.execute(_SQL["is_station"], {"station_id": station_id}).fetchall()
    if not is_known:
        raise NotFound("water station", station_id)


def add(conn: psycopg.Connection, told: Told, now: datetime) -> tuple[Sample, bool]:
    """The sample, and whether it is new: the same told again is the same. `now` is aware.

    Raises NotFound, and ToldOtherwise where the laboratory's number came with another content.
    """
    check_station(conn, told.station_id)
    row = {
        "id": uuid4(),
        "station_id": told.station_id,
        "sampled_at": told.sampled_at,
        "laboratory": told.laboratory,
        "reference": told.reference,
        "told_by": told.told_by,
        "digest": told.digest,
        "now": now,
    }
    added = conn.execute(_SQL["add"], row).fetchone()
    if added is None:
        [(id, digest)] = conn.execute(_SQL["told"], row).fetchall()
        if bytes(digest) != told.digest:
            raise ToldOtherwise(
                "this laboratory told another content under this reference before", "water_sample_once"
            )
        return by_id(conn, str(id)), False
    for result in told.results:
        _add_result(conn, str(added[0]), result, 0, told.told_by, None, now)
    notices.changed(conn, {"water"})
    return by_id(conn, str(added[0])), True


def correct(
    conn: psycopg.Connection, id: str, results: Sequence[Result], made_by: str, reason: str, now: datetime
) -> int:
    """How many results became others than they were, each on record as a further revision.

    Raises NotFound, and Conflict where somebody else corrects the same in this moment.
    """
    held = {one.parameter: (one, revision) for one, revision in _results(conn, [by_id(conn, id).id])[id]}
    changed = [one for one in results if one.parameter not in held or held[one.parameter][0] != one]
    for one in changed:
        # A result that was not told before has an empty first state: a later one is always a correction.
        revision = held[one.parameter][1] + 1 if one.parameter in held else 1
        _add_result(conn, id, one, revision, made_by, reason, now)
    if changed:
        notices.changed(conn, {"water"})
    return len(changed)


def by_id(conn: psycopg.Connection, id: str) -> Sample:
    """The sample as it stands; raises NotFound."""
    with conn.cursor(row_factory=class_row(_Row)) as cursor:
        row = cursor.execute(_SQL["by_id"], {"id": id}).fetchone()
    if row is None:
        raise NotFound("water sample", id)
    return _samples(conn, [row])[0]


def revisions(conn: psycopg.Connection, id: str) -> list[Revision]:
    """All that was ever told of a sample, oldest first."""
    with conn.cursor(row_factory=class_row(Revision)) as cursor:
        return cursor.execute(_SQL["revisions"], {"id": id}).fetchall()


def of_stations(
    conn: psycopg.Connection,
    start: datetime,
    end: datetime,
    station_ids: Sequence[str] | None = None,
    limit: int = MOST,
) -> dict[str, list[Sample]]:
    """Samples taken within start < time <= end (aware) by station, the newest first, at most `limit` of all of them."""
    parameters = {
        "start": start,
        "end": end,
        "station_ids": None if station_ids is None else list(station_ids),
        "limit": limit,
    }
    with conn.cursor(row_factory=class_row(_Row)) as cursor:
        rows = cursor.execute(_SQL["of_stations"], parameters).fetchall()
    found: dict[str, list[Sample]] = defaultdict(list)
    for sample in _samples(conn, rows):
        found[sample.station_id].append(sample)
    return dict(found)


def _samples(conn: psycopg.Connection, rows: Sequence[_Row]) -> list[Sample]:
    results = _results(conn, [str(row.id) for row in rows])
    return [
        Sample(
            str(row.id),
            row.station_id,
            row.sampled_at,
            row.laboratory,
            row.reference,
            row.told_by,
            row.received_at,
            tuple(result for result, _ in results[str(row.id)]),
        )
        for row in rows
    ]


def _results(conn: psycopg.Connection, ids: Iterable[str]) -> dict[str, list[tuple[Result, int]]]:
    found: dict[str, list[tuple[Result, int]]] = defaultdict(list)
    wanted = list(ids)
    if wanted:
        for id, parameter, revision, value, bound, method in conn.execute(_SQL["results"], {"ids": wanted}):
            found[str(id)].append((Result(parameter, value, bound, method), revision))
    return found


def _add_result(
    conn: psycopg.Connection,
    id: str,
    result: Result,
    revision: int,
    made_by: str,
    reason: str | None,
    now: datetime,
) -> None:
    row = {
        "sample_id": id,
        "parameter": result.parameter,
        "revision": revision,
        "value": result.value,
        "bound": result.bound,
        "method": result.method,
        "made_by": made_by,
        "reason": reason,
        "now": now,
    }
    conn.execute(_SQL["add_result"], row)
