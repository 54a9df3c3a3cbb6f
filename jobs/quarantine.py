"""Quarantined messages read once more, with the catalogue and the rules of today.

with connect(url, "name", autocommit=True) as conn:
    replay(conn, "hanoi", 262_144, reason="unknown_sensor")
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import psycopg

from cityhub.config import Settings
from cityhub.errors import StoreRefused
from cityhub.kinds import KindName
from cityhub.logs import get_logger
from cityhub.observing.continuity import Limits, Row
from cityhub.observing.decoded import Decoded, RegisteredSensor, Rejected
from cityhub.observing.kept import decode_kept, is_cut
from cityhub.store import (
    batches,
    connect,
    domain_errors,
    notices,
    observations,
    quarantine,
    session,
    statuses,
)
from cityhub.store.counters import TotalRow
from cityhub.store.quarantine import QuarantineRow
from cityhub.store.registry import Registry

_log = get_logger()


@dataclass(slots=True)
class Replayed:
    """Counts of a replay: messages read again, observations that were new, messages that stay.

    `cut`: messages of which only the beginning was kept, so that they cannot be read again.
    """

    messages: int = 0
    stored: int = 0
    still_bad: int = 0
    cut: int = 0


@dataclass(slots=True)
class _Judged:
    """A row with what its message holds today."""

    row: QuarantineRow
    kind: KindName | None
    rows: list[Row]
    totals: list[TotalRow]
    status: statuses.Report | None
    rejected: list[Rejected] = field(default_factory=list)


def replay(
    conn: psycopg.Connection,
    prefix: str,
    max_bytes: int,
    *,
    reason: str | None = None,
    sensor_id: str | None = None,
    replays: bool = True,
    keep_days: int | None = None,
) -> Replayed:
    """Store what is good by now and remove it from quarantine; what is still bad stays, with today's reason.

    `conn` is in autocommit; every portion is a transaction of its own, and doing it again changes nothing.
    A message without a time keeps the one at which it was first received. `replays`: what says that it is a replay of
    the past may be older than its sensor. `keep_days`: for how long raw readings are kept, None for ever.
    """
    replayed = Replayed()
    observations.prepare(conn)
    registry = Registry(keep_days, replays=replays)
    registry.refresh(conn)
    # Rows that come while this runs, its own among them, are for the next time.
    after_id, last_id = 0, quarantine.newest_id(conn)
    while rows := quarantine.portion(
        conn, after_id=after_id, last_id=last_id, reason=reason, sensor_id=sensor_id
    ):
        judged: list[_Judged] = []
        held = 0
        for row in rows:
            after_id = row.id
            if is_cut(row):
                replayed.cut += 1
                continue
            judged.append(_judge(conn, prefix, row, registry, max_bytes, replays=replays))
            held += len(judged[-1].rows) + len(judged[-1].totals)
            if held >= batches.MOST_ROWS:
                break
        with conn.transaction():
            replayed.stored += _store(conn, judged, registry.limits)
            # Before the statuses, as ingest does, or the two wait for each other.
            _settle(conn, judged)
            told = statuses.record(conn, (one.status for one in judged if one.status))
            notices.changed(conn, {registry.known[id].kind for id in told})
        replayed.messages += len(judged)
        replayed.still_bad += sum(bool(one.rejected) for one in judged)
    return replayed


def _judge(
    conn: psycopg.Connection,
    prefix: str,
    row: QuarantineRow,
    registry: Registry,
    max_bytes: int,
    *,
    replays: bool,
) -> _Judged:
    decoded = _decoded(prefix, row, registry.known, max_bytes, replays=replays)
    status = None
    if decoded.status is not None:
        sensor_id, online, time, details = decoded.status
        status = statuses.Report(sensor_id, online, row.last_received_at, time, details=details)
    rows = registry.rows(conn, decoded.observations)
    totals = registry.totals(conn, decoded.totals)
    return _Judged(row, decoded.kind, rows, totals, status, decoded.rejected)


def _decoded(
    prefix: str, row: QuarantineRow, known: Mapping[str, RegisteredSensor], max_bytes: int, *, replays: bool
) -> Decoded:
    try:
        return decode_kept(prefix, row, known, max_bytes, replays=replays)
    except Exception:
        # decode never raises; if it should all the same, this message stays and the others go on.
        _log.exception("decoding failed", topic=row.topic, quarantine_id=row.id)
        decoded = Decoded(None, row.sensor_id)
        decoded.reject("schema", "the decoder failed; the log has the reason")
        return decoded


def _store(conn: psycopg.Connection, judged: Sequence[_Judged], limits: Mapping[int, Limits]) -> int:
    """How many observations were new. A message that the database refuses is found by halving."""
    rows = [row for one in judged for row in one.rows]
    totals = [total for one in judged for total in one.totals]
    if not rows and not totals:
        return 0
    try:
        with domain_errors(), conn.transaction():
            stored = batches.add(conn, rows, limits, totals).stored
            if stored:
                notices.changed(conn, {one.kind for one in judged if (one.rows or one.totals) and one.kind})
            return stored
    except StoreRefused as exc:
        if len(judged) == 1:
            judged[0].rejected.append(Rejected("refused", str(exc)[:200], judged[0].row.sensor_id))
            return 0
    middle = len(judged) // 2
    return _store(conn, judged[:middle], limits) + _store(conn, judged[middle:], limits)


def _settle(conn: psycopg.Connection, judged: Sequence[_Judged]) -> None:
    quarantine.lock(conn, (one.row.id for one in judged))
    for one in judged:
        if one.rejected:
            quarantine.rejudge(conn, one.row, one.rejected)
        else:
            quarantine.remove(conn, one.row)


def run(settings: Settings, reason: str | None = None, sensor_id: str | None = None) -> None:
    """The task: replay all, or those of one reason or sensor."""
    with connect(
        settings.require("database_url"), "cityhub-quarantine", session.JOBS, autocommit=True
    ) as conn:
        done = replay(
            conn,
            settings.topic_prefix,
            settings.max_payload_bytes,
            reason=reason,
            sensor_id=sensor_id,
            replays=settings.accept_replays,
            keep_days=settings.raw_retention_days,
        )
    _log.info("replayed the quarantine", **asdict(done))
