"""What is wrong: a look over all sensors, and a page of what it found. In the caller's transaction; times are aware.

A look costs the database a tenth of a second with ten thousand sensors, so that many pages may be made of one
(api/looks.py). What somebody knows is read for every page: who takes note of a trouble sees it gone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import psycopg
from psycopg.rows import dict_row

from cityhub.devices import trouble as rules
from cityhub.devices.status import OFFLINE_AFTER_INTERVALS
from cityhub.devices.trouble import Code, Device
from cityhub.kinds import KindName
from cityhub.observing.quality import LATE_AFTER_INTERVALS
from cityhub.ops.console import Asked, Known, Listed, Note, State, Wrong, in_order, listed, wrongs
from cityhub.ops.trouble import Facts
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import acknowledgements, database_backups, jobs, maintenance
from cityhub.store.queries import load

_SQL = load(__file__)
_OF_ALL = 6


@dataclass(frozen=True, slots=True)
class Line:
    """A trouble as a page tells it. `since`: None where nobody can know; `maintained_until`: where one works on it."""

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
class Look:
    """What was wrong with sensors at a moment, the gravest and newest first."""

    at: datetime
    summary: Summary
    wrong: Sequence[Wrong]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what is `listed`."""

    lines: Sequence[Line]
    listed: Listed


@dataclass(frozen=True, slots=True)
class AreaName:
    """An area that holds sensors."""

    level: str
    id: str
    name_vi: str
    name_en: str


def look(conn: psycopg.Connection, now: datetime, sensor_id: str | None = None) -> Look:
    """Over all listed sensors, or one."""
    row = {
        "now": now,
        "patience": OFFLINE_AFTER_INTERVALS,
        "late": LATE_AFTER_INTERVALS,
        "low_battery": rules.LOW_BATTERY,
        "weak_signal": rules.WEAK_SIGNAL,
        "sensor_id": sensor_id,
    }
    rows = conn.execute(_SQL["look"], row, binary=True).fetchall()
    sensors, heard, newest_heard, lags, expected, last_minute = rows[0][:_OF_ALL]
    summary = Summary(
        sensors,
        heard,
        newest_heard,
        None if lags is None or lags[0] is None else (float(lags[0]), float(lags[1])),
        expected or 0.0,
        last_minute,
    )
    wrong = (one for row in rows if row[_OF_ALL] is not None for one in _wrongs(now, *row[_OF_ALL:]))
    return Look(now, summary, in_order(wrong))


def _wrongs(
    now: datetime, sensor_id: str, kind: KindName, name_vi: str, name_en: str, *device: Any
) -> Iterator[Wrong]:
    return wrongs(sensor_id, kind, name_vi, name_en, Device(*device), now)


def known(conn: psycopg.Connection, now: datetime) -> Known:
    """What somebody knows of sensors."""
    notes = {
        (subject.removeprefix("sensor:"), code): note
        for (subject, code), note in acknowledgements.standing(conn, now).items()
    }
    return Known(notes, maintenance.of_all(conn, now))


def page(
    conn: psycopg.Connection, found: Look, asked: Asked, now: datetime, *, limit: int, offset: int = 0
) -> Found:
    """Of what a look found what is asked for."""
    knowing = known(conn, now)
    chosen = listed(found.wrong, knowing, asked)
    some = chosen.lines[offset : offset + limit]
    row = {
        "ids": [one.sensor_id for one in some],
        "codes": [one.code for one in some],
        "heard": [one.device.heard for one in some],
        "now": now,
        "today": now.astimezone(HANOI_TIME).date(),
        "low_battery": rules.LOW_BATTERY,
        "weak_signal": rules.WEAK_SIGNAL,
    }
    details = conn.execute(_SQL["details"], row).fetchall() if some else []
    lines = [
        Line(
            one.sensor_id,
            one.kind,
            one.name_vi,
            one.name_en,
            one.code,
            one.since if day is None else datetime.combine(day, time(), HANOI_TIME),
            knowing.state(one),
            replace(one.device, refused=refused),
            knowing.of(one),
            knowing.maintained.get(one.sensor_id),
        )
        for one, (_, refused, day) in zip(some, details, strict=True)
    ]
    return Found(lines, chosen)


def of_sensor(conn: psycopg.Connection, sensor_id: str, now: datetime) -> Sequence[Line]:
    """What is wrong with one."""
    return page(conn, look(conn, now, sensor_id), Asked(state=None), now, limit=len(rules.KINDS)).lines


def sensors_in(conn: psycopg.Connection, areas: Collection[str]) -> frozenset[str]:
    """The sensors of any of these areas; none for what is no area."""
    return frozenset(id for (id,) in conn.execute(_SQL["sensors_in"], {"areas": list(areas)}))


def areas(conn: psycopg.Connection) -> list[AreaName]:
    """Those that hold sensors, the largest level first, by name."""
    return [AreaName(*row) for row in conn.execute(_SQL["areas"])]


def of_hub(conn: psycopg.Connection, now: datetime, summary: Summary, **more: Any) -> Facts:
    """How the hub does at `now` (aware); `more`: facts that the database does not know."""
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_SQL["hub"], {"now": now}).fetchone()
    assert found is not None  # noqa: S101 - sums of nothing are a row too
    lag_s = None if summary.lags_s is None else summary.lags_s[0]
    saved = database_backups.standing(conn)
    if saved is not None:
        more["archived"], more["archive_failed"] = saved.archived, saved.failed
        more["backed_up"] = max(saved.newest.values(), default=None)
    return Facts(
        newest_heard=summary.newest_heard, lag_s=lag_s, jobs_seen=jobs.last_seen(conn), **found, **more
    )
