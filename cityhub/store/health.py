"""How devices do: counted by day for all of them, and live for one. Days are those of Asia/Ho_Chi_Minh."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

import psycopg
from psycopg.rows import class_row

from cityhub.devices import health
from cityhub.devices.health import Gaps, Hour
from cityhub.kinds import KindName
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store.queries import load

_SQL = load(__file__)
_DAY = timedelta(days=1)
# How far back days are counted that an outage left out; older ones by `hub health --day`.
_BACK = timedelta(days=30)
_NUMBERS = {
    "smallest": health.SMALLEST_NUMBER,
    "largest": health.LARGEST_NUMBER,
    "jump": health.BELIEVED_JUMP,
    "per_interval": health.BELIEVED_PER_INTERVAL,
}


@dataclass(frozen=True, slots=True)
class DayRow:
    """A sensor's day. `completeness` from 0 to 1, None where nothing was expected.

    `missing` messages and `restarts` of the counter are None where the sensor did not number its messages;
    `n_rejected` counts values; battery in %, rssi in dBm. Counted last at `updated_at`.
    """

    sensor_id: str
    kind: KindName
    name_vi: str
    name_en: str
    day: date
    interval_s: int
    expected: int
    reports: int
    completeness: float | None
    missing: int | None
    restarts: int | None
    n_rejected: int
    battery: float | None
    rssi: float | None
    first_time: datetime | None
    last_time: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Current:
    """The last 24 whole hours of a sensor, oldest first, and the gaps in its numbers during the last 24 hours.

    `gaps` is None where it numbered no message in that time. `excess`: how many times the reports expected came in the
    busiest of these hours and the one under way; None where that is nothing to speak of.
    """

    hours: list[Hour]
    gaps: Gaps | None
    excess: float | None


def today(now: datetime) -> date:
    """The day in Hanoi at `now` (aware)."""
    return now.astimezone(HANOI_TIME).date()


def refresh(conn: psycopg.Connection, now: datetime) -> int:
    """Count today, yesterday once an hour, and of the last 31 days those not counted since they were over.

    `now` is aware. Returns how many rows were written. Each day commits by itself on a connection in autocommit, so an
    interruption loses one and the next call goes on. Idempotent. A day whose raw observations retention has removed
    stays as it was counted.
    """
    written = 0
    for day in unsettled(conn, now):
        with conn.transaction():
            written += refresh_day(conn, day, now)
    conn.execute(_SQL["forget_hours"], {"before": now - _BACK - 2 * _DAY})
    return written


def unsettled(conn: psycopg.Connection, now: datetime) -> list[date]:
    """Of the last 31 days up to `now` (aware) those that have data before them or on them, were not counted since the
    day after them was over, nor within the hour if they are over, and still can be; oldest first.
    """
    until = today(now)
    days = conn.execute(_SQL["unsettled"], {"oldest": until - _BACK, "today": until, "now": now})
    return [day for (day,) in days]


def refresh_day(conn: psycopg.Connection, day: date, now: datetime) -> int:
    """Count one day that is not in the future; of today only the time gone by is expected. Commit is the caller's."""
    start = datetime.combine(day, time(), HANOI_TIME)
    end = start + _DAY
    parameters = {
        "day": day,
        "start": start,
        "end": end,
        "until": min(end, now),
        "now": now,
        "spare": health.SPARE_REPORTS,
    }
    conn.execute(_SQL["count_hours"], parameters | _NUMBERS)
    return conn.execute(_SQL["count_day"], parameters | _NUMBERS).rowcount


def of_day(
    conn: psycopg.Connection,
    day: date,
    *,
    kind: str | None = None,
    after: str | None = None,
    limit: int | None = None,
) -> list[DayRow]:
    """The day of every listed sensor in order of id, only those after the id `after`."""
    parameters = {"day": day, "kind": kind, "after": after, "limit": limit}
    with conn.cursor(row_factory=class_row(DayRow)) as cursor:
        return cursor.execute(_SQL["of_day"], parameters).fetchall()


def of_sensor(
    conn: psycopg.Connection, sensor_id: str, start: date, end: date, *, after: date | None, limit: int
) -> list[DayRow]:
    """Days of one sensor, start <= day < end, oldest first, only those after `after`."""
    parameters = {"sensor_id": sensor_id, "start": start, "end": end, "after": after, "limit": limit}
    with conn.cursor(row_factory=class_row(DayRow)) as cursor:
        return cursor.execute(_SQL["of_sensor"], parameters).fetchall()


def current(conn: psycopg.Connection, sensor_id: str, interval_s: float, now: datetime) -> Current:
    """How the sensor does at `now` (aware)."""
    end = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    span = {"sensor_id": sensor_id, "start": end - _DAY, "end": now}
    reports = {hour.astimezone(UTC): count for hour, count in conn.execute(_SQL["hours"], span)}
    [(first,)] = conn.execute(_SQL["first_hour"], {"sensor_id": sensor_id}).fetchall()
    span |= {"start": now - _DAY, "end": now}
    # A sensor that never numbered a message may have no datastream of numbers.
    row = conn.execute(_SQL["gaps"], span | _NUMBERS).fetchone()
    gaps = None if row is None or not row[0] else Gaps(*row[1:])
    return Current(
        health.hours(reports, first, interval_s, end), gaps, health.excess(reports.values(), interval_s)
    )


@dataclass(frozen=True, slots=True)
class Span:
    """Some days of a sensor: the share of reports that came, None where none was expected; `missing` messages."""

    sensor_id: str
    name_vi: str
    name_en: str
    days: dict[date, float | None]
    missing: int | None


def spans(
    conn: psycopg.Connection, first: date, last: date, *, kind: str | None, limit: int, offset: int
) -> list[Span]:
    """Days first <= day <= last of a page of sensors, those first of which least came on the last."""
    row = {"first": first, "last": last, "kind": kind, "limit": limit, "offset": offset}
    found: list[Span] = []
    for (id, name_vi, name_en), some in groupby(conn.execute(_SQL["spans"], row), lambda one: one[:3]):
        days = [one[3:] for one in some if one[3] is not None]
        lost = [missing for _, _, missing in days if missing is not None]
        found.append(
            Span(id, name_vi, name_en, {day: share for day, share, _ in days}, sum(lost) if lost else None)
        )
    return found
