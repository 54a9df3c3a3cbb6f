"""What is wrong, and what somebody has taken note of. Within the caller's transaction; times are aware."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Literal, cast

import psycopg
from psycopg.rows import dict_row

from cityhub.devices import trouble as rules
from cityhub.devices.status import OFFLINE_AFTER_INTERVALS
from cityhub.devices.trouble import Code, Device
from cityhub.errors import InvalidInput, NotFound
from cityhub.kinds import KindName
from cityhub.observing.decode import FUTURE_TOLERANCE
from cityhub.observing.quality import LATE_AFTER_INTERVALS
from cityhub.ops.trouble import Facts
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import audit, jobs
from cityhub.store.queries import load

_SQL = load(__file__)

State = Literal["open", "acknowledged", "maintenance"]
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Note:
    """Somebody knows: who, what they said, and until when that is enough."""

    id: int
    by: str
    note: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A trouble of a sensor. `since`: None where nobody can know; `maintained_until`: of one that is worked on."""

    sensor_id: str
    kind: KindName
    name_vi: str
    name_en: str
    code: Code
    since: datetime | None
    state: State
    device: Device
    note: Note | None
    maintained_until: datetime | None


@dataclass(frozen=True, slots=True)
class Summary:
    """How all sensors do: `heard` of them within three of their intervals.

    `lags_s`: median and 95 % of the seconds from a reading's time until it was stored, of what came in the last quarter
    of an hour, None without any. `expected_per_minute`: reports, by the sensors' intervals.
    """

    sensors: int
    heard: int
    newest_heard: datetime | None
    lags_s: tuple[float, float] | None
    expected_per_minute: float
    heard_last_minute: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page of troubles, how many match, and how many there are by state and code."""

    summary: Summary
    lines: Sequence[Line]
    matching: int
    counts: Mapping[tuple[State, Code], int]


@dataclass(frozen=True, slots=True)
class HubNote(Note):
    """The same of a trouble of the hub itself."""

    code: str
    made_at: datetime


def of_devices(
    conn: psycopg.Connection,
    now: datetime,
    *,
    state: State | None = "open",
    code: Code | None = None,
    kind: KindName | None = None,
    sensor_id: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Found:
    """The gravest and newest first; None of a filter asks for all."""
    row = {
        "now": now,
        "today": now.astimezone(HANOI_TIME).date(),
        "patience": OFFLINE_AFTER_INTERVALS,
        "late": LATE_AFTER_INTERVALS,
        "tolerance": FUTURE_TOLERANCE,
        "low_battery": rules.LOW_BATTERY,
        "weak_signal": rules.WEAK_SIGNAL,
        "state": state,
        "code": code,
        "kind": kind,
        "sensor_id": sensor_id,
        "limit": limit,
        "offset": offset,
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_SQL["devices"], row).fetchall()
    first = rows[0]
    lags = first["lags_s"]
    summary = Summary(
        first["sensors"],
        first["heard"],
        first["newest_heard"],
        None if lags is None or lags[0] is None else (float(lags[0]), float(lags[1])),
        first["expected_per_minute"] or 0.0,
        first["heard_last_minute"],
    )
    counts = {
        cast(tuple[State, Code], tuple(key.split(":"))): n for key, n in (first["counts"] or {}).items()
    }
    return Found(summary, [_line(one) for one in rows if one["id"] is not None], first["matching"], counts)


def _line(row: Mapping[str, Any]) -> Line:
    note = None
    if row["acknowledgement_id"] is not None:
        note = Note(row["acknowledgement_id"], row["made_by"], row["note"], row["due_at"])
    since, day = row["since"], row["low_since"]
    return Line(
        row["id"],
        row["kind"],
        row["name_vi"],
        row["name_en"],
        row["code"],
        since if day is None else datetime.combine(day, time(), HANOI_TIME),
        row["state"],
        Device(
            row["interval_s"],
            row["newest"],
            row["page_heard"],
            row["flat_since"],
            row["battery"],
            row["rssi"],
            row["online"],
            row["told_at"],
            row["refused"],
        ),
        note,
        row["maintained_until"],
    )


def of_hub(conn: psycopg.Connection, now: datetime, summary: Summary, **more: Any) -> Facts:
    """How the hub does at `now` (aware); `more`: facts that the database does not know."""
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_SQL["hub"], {"now": now}).fetchone()
    assert found is not None  # noqa: S101 - sums of nothing are a row too
    lag_s = None if summary.lags_s is None else summary.lags_s[0]
    return Facts(
        newest_heard=summary.newest_heard, lag_s=lag_s, jobs_seen=jobs.last_seen(conn), **found, **more
    )


def notes_of_hub(conn: psycopg.Connection, now: datetime) -> dict[str, HubNote]:
    """What somebody knows of the hub's own troubles, by code."""
    found = conn.execute(_SQL["of_hub"], {"now": now}).fetchall()
    return {
        code: HubNote(id, by, note, due_at, code, made_at) for id, code, by, note, due_at, made_at in found
    }


def acknowledge(
    conn: psycopg.Connection, subject: str, code: str, by: str, note: str, now: datetime, due_at: datetime
) -> int:
    """Somebody knows until `due_at`; the number by which that is undone. Raises InvalidInput."""
    if not note.strip():
        raise InvalidInput("note", "must say what is being done")
    if due_at <= now:
        raise InvalidInput("due_at", "must be ahead")
    row = {"subject": subject, "code": code, "by": by, "note": note.strip()[:LONGEST_NOTE], "now": now}
    [(id,)] = conn.execute(_SQL["acknowledge"], row | {"due_at": due_at}).fetchall()
    after = {"code": code, "due_at": due_at.isoformat()}
    audit.add(conn, by, "trouble acknowledged", subject, after=after, why=note)
    return int(id)


def undo(conn: psycopg.Connection, id: int, by: str, now: datetime) -> None:
    """It is unacknowledged again. Raises NotFound."""
    row = conn.execute(_SQL["undo"], {"id": id, "by": by, "now": now}).fetchone()
    if row is None:
        raise NotFound("acknowledgement", str(id))
    subject, code, made_by, note, due_at = row
    before = {"code": code, "by": made_by, "note": note, "due_at": due_at.isoformat()}
    audit.add(conn, by, "acknowledgement undone", subject, before=before)
