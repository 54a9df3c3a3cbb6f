"""What places saw, should have earned and were paid, day by day. Days are of Vietnam's calendar."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

import psycopg
from psycopg.rows import class_row

from cityhub.errors import RuleBroken
from cityhub.observing.quality import REJECTED
from cityhub.parking.departures import Seen
from cityhub.parking.stays import stays, within
from cityhub.parking.tariffs import Schedule, quote
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import tariffs
from cityhub.store.queries import load

_SQL = load(__file__)
# A stay that began before a day is looked for so far back.
_BEFORE = timedelta(hours=12)
# Its end is looked for so far on; what goes on for longer is counted to there.
_AFTER = timedelta(hours=36)
# Bays have sensors for cars.
_VEHICLE = "car"


@dataclass(frozen=True, slots=True)
class Day:
    """A place on a day. Money in VND; what sensors tell is None where none said anything.

    `expected`: the price of the stays seen; `paid`: what the hub took less what it gave back; `others`: what
    other apps sold.
    """

    place_id: str
    day: date
    bays: int | None
    stays: int | None
    seconds: int | None
    expected: int | None
    paid: int
    others: int
    counted_at: datetime | None


def midnight(day: date) -> datetime:
    """The beginning of a day in Vietnam."""
    return datetime.combine(day, time(), HANOI_TIME)


def days(conn: psycopg.Connection, first: date, last: date, place_id: str | None = None) -> list[Day]:
    """Every place from day to day, both included."""
    row = {
        "first": first,
        "last": last,
        "start": midnight(first),
        "end": midnight(last + timedelta(days=1)),
        "place_id": place_id,
    }
    with conn.cursor(row_factory=class_row(Day)) as cursor:
        return cursor.execute(_SQL["days"], row).fetchall()


def count(conn: psycopg.Connection, day: date, now: datetime) -> int:
    """Count a day anew from what the bays' sensors said, up to `now` (aware); how many places. Within a transaction.

    A stay belongs to the day on which it begins, with all of its price; its hours to the days on which they are.
    """
    start, end = midnight(day), midnight(day + timedelta(days=1))
    until = min(end + _AFTER, now)
    row = {"start": start - _BEFORE, "end": until, "rejected": int(REJECTED)}
    schedules: dict[str, Schedule] = {}
    total = 0
    for place_id, zone in conn.execute(_SQL["places"]).fetchall():
        bays = seen = seconds = expected = 0
        found = conn.execute(_SQL["reports"], {**row, "place_id": place_id})
        for _, reports in groupby(found, key=lambda one: str(one[0])):
            told = [Seen(time, bool(value)) for _, time, value in reports]
            bays += any(start <= report.time < end for report in told)
            for stay in stays(told, until):
                seconds += int(within(stay, start, end).total_seconds())
                if start <= stay.start < end:
                    seen += 1
                    if zone not in schedules:
                        schedules[zone] = tariffs.schedule(conn, zone)
                    expected += _price(schedules[zone], stay.start, stay.end)
        counted = {"place_id": place_id, "day": day, "bays": bays, "stays": seen, "seconds": seconds}
        if bays:
            conn.execute(_SQL["count"], {**counted, "expected": expected, "now": now})
            total += 1
    return total


def _price(schedule: Schedule, start: datetime, end: datetime) -> int:
    try:
        return quote(schedule, _VEHICLE, start, end, is_limited=False).amount
    except RuleBroken:
        # Where no car pays by the hour none is expected to.
        return 0
