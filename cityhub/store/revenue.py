"""What places saw, should have earned and were paid, day by day. Days are of Vietnam's calendar."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby

import psycopg
from psycopg.rows import class_row

from cityhub.errors import RuleBroken
from cityhub.observing.quality import REJECTED
from cityhub.parking.coverage import Explained, Priced, Span, explain
from cityhub.parking.departures import Seen
from cityhub.parking.stays import silence, stays, within
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

    `expected`: the price of the stays seen; `paid`: what the hub took that day less what it gave back then; `others`:
    what other apps sold.
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
    return sum(_count_zone(conn, zone, places, day, now) for zone, places in _zones(conn))


def seen(conn: psycopg.Connection, day: date, now: datetime) -> list[Priced]:
    """The stays that began on a day, as sensors told them up to `now` (aware), with their prices."""
    return [
        one for zone in _zones(conn) for watched in _watched(conn, *zone, day, now) for one in watched.stays
    ]


@dataclass(slots=True)
class _Watched:
    """A place on a day: `bays` whose sensors said anything, of `sensors`; `seconds`: that cars stood there."""

    place_id: str
    sensors: int
    bays: int = 0
    seconds: int = 0
    silent: timedelta = field(default_factory=timedelta)
    stays: list[Priced] = field(default_factory=list)


def _zones(conn: psycopg.Connection) -> list[tuple[str, list[tuple[str, int]]]]:
    """Each zone with its places and how many of their bays have a sensor."""
    found = conn.execute(_SQL["places"]).fetchall()
    return [
        (zone, [(place_id, sensors) for place_id, _, sensors in places])
        for zone, places in groupby(found, key=lambda one: str(one[1]))
    ]


def _watched(
    conn: psycopg.Connection, zone: str, places: Sequence[tuple[str, int]], day: date, now: datetime
) -> list[_Watched]:
    start, end = midnight(day), midnight(day + timedelta(days=1))
    over, until = min(end, now), min(end + _AFTER, now)
    row = {"start": start - _BEFORE, "end": until, "rejected": int(REJECTED)}
    schedule: Schedule | None = None
    watched = []
    for place_id, sensors in places:
        of, spoke = _Watched(place_id, sensors), 0
        found = conn.execute(_SQL["reports"], {**row, "place_id": place_id})
        for bay_id, reports in groupby(found, key=lambda one: str(one[0])):
            told = [Seen(time, bool(value)) for _, time, value in reports]
            spoke += 1
            of.bays += any(start <= report.time < end for report in told)
            of.silent += silence(told, start, over)
            for stay in stays(told, until):
                of.seconds += int(within(stay, start, end).total_seconds())
                if start <= stay.start < end:
                    schedule = schedule or tariffs.schedule(conn, zone)
                    of.stays.append(Priced(place_id, bay_id, stay, _price(schedule, stay.start, stay.end)))
        of.silent += (sensors - spoke) * max(over - start, timedelta())
        watched.append(of)
    return watched


def _count_zone(
    conn: psycopg.Connection, zone: str, places: Sequence[tuple[str, int]], day: date, now: datetime
) -> int:
    """The places of a zone together: its permits are good at all of them."""
    watched = [one for one in _watched(conn, zone, places, day, now) if one.bays]
    span = {"zone": zone, "start": midnight(day), "end": min(midnight(day + timedelta(days=1)) + _AFTER, now)}
    spans = [Span(*one) for one in conn.execute(_SQL["spans"], span)]
    explained = explain([stay for one in watched for stay in one.stays], spans)
    for one in watched:
        row = {
            "place_id": one.place_id,
            "day": day,
            "bays": one.bays,
            "stays": len(one.stays),
            "seconds": one.seconds,
            "expected": sum(stay.price for stay in one.stays),
            "sensors": one.sensors,
            "silent_seconds": int(one.silent.total_seconds()),
            **asdict(explained.get(one.place_id, Explained())),
            "now": now,
        }
        conn.execute(_SQL["count"], row)
    return len(watched)


def _price(schedule: Schedule, start: datetime, end: datetime) -> int:
    try:
        return quote(schedule, _VEHICLE, start, end, is_limited=False).amount
    except RuleBroken:
        # Where no car pays by the hour none is expected to.
        return 0
