"""All readings of a kind over a month: how many there are, whether they changed, and the whole of them as CSV."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from cityhub.kinds import KINDS, KindName
from cityhub.observing.quality import NAMES
from cityhub.store.queries import load

_SQL = load(__file__)
# Counts up when files of the same readings look otherwise than before.
_FORM = 1


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a kind's listed sensors: the first hour and the newest reading (aware; None: nothing yet).

    `bbox`: min_lon, min_lat, max_lon, max_lat of the sensors.
    """

    kind: KindName
    sensors: int
    first: datetime | None
    last: datetime | None
    illustrative: bool
    bbox: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Stamp:
    """How many readings of a span are there one by one, and a text that changes with any of them."""

    rows: int
    digest: str


def one_moment(conn: psycopg.Connection) -> None:
    """First in a transaction: all that it reads is of one moment."""
    conn.execute(_SQL["one_moment"])


def kinds(conn: psycopg.Connection) -> dict[KindName, Held]:
    """What is held by kind; a kind without sensors is not there."""
    return {
        kind: Held(kind, sensors, first, last, illustrative, (west, south, east, north))
        for kind, sensors, first, last, illustrative, west, south, east, north in conn.execute(
            _SQL["kinds"], _measured()
        )
    }


def months(conn: psycopg.Connection) -> list[tuple[KindName, datetime, int]]:
    """Kind, beginning of a month of Asia/Ho_Chi_Minh (aware) and its readings, oldest first."""
    return [(kind, month, rows) for kind, month, rows in conn.execute(_SQL["months"], _measured())]


def kept(conn: psycopg.Connection, start: datetime, end: datetime) -> dict[KindName, int]:
    """Readings of start <= time < end (aware) that retention left one by one, by kind; without any it is not there."""
    return dict(conn.execute(_SQL["kept"], {**_measured(), "start": start, "end": end}).fetchall())


def stamp(conn: psycopg.Connection, kind: KindName, start: datetime, end: datetime) -> Stamp:
    """Of the readings of start <= time < end (aware)."""
    parameters = {"kind": kind, "properties": _properties(kind), "start": start, "end": end}
    [(rows, *rest)] = conn.execute(_SQL["stamp"], parameters).fetchall()
    told = repr((_FORM, kind, start.isoformat(), rows, *rest))
    return Stamp(int(rows), hashlib.blake2b(told.encode(), digest_size=8).hexdigest())


def csv(conn: psycopg.Connection, kind: KindName, start: datetime, end: datetime) -> Iterator[bytes]:
    """The readings of start <= time < end (aware), by sensor, property and time, in pieces. Within one transaction."""
    parameters = {
        "kind": kind,
        "properties": _properties(kind),
        "start": start,
        "end": end,
        "bits": list(NAMES),
        "names": list(NAMES.values()),
    }
    conn.execute(_SQL["as_measured"])
    with conn.cursor().copy(_SQL["copy"], parameters) as copy:
        yield from map(bytes, copy)


def _properties(kind: KindName) -> list[str]:
    return list(KINDS[kind].properties)


def _measured() -> Mapping[str, Sequence[str]]:
    pairs = [(kind.name, name) for kind in KINDS.values() for name in kind.properties]
    return {"kinds": [kind for kind, _ in pairs], "properties": [name for _, name in pairs]}
