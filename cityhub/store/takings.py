"""What places took and should have, for those who answer for it: by span, by way of payment, and as the books stand."""

from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from psycopg.rows import class_row

from cityhub.parking.takings import Figures, Step
from cityhub.store.queries import load
from cityhub.store.revenue import midnight

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Taking:
    """A place in a span that begins on a day of Vietnam's calendar, or on the first day that was asked for."""

    place_id: str
    name_vi: str
    name_en: str
    begins: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class Way:
    """By way of a provider, or of wallets. `permits`: for permits, which no place earns alone. VND."""

    way: str
    permits: bool
    payments: int
    refunds: int
    taken: int
    given_back: int


@dataclass(frozen=True, slots=True)
class Open:
    """What waits for a person now: money without a place, and refunds that were not done. VND."""

    parked: int
    parked_sum: int
    refunds: int
    refunds_sum: int


def freeze(conn: psycopg.Connection) -> None:
    """What is read from now on is of one moment, so that its sums agree. At the beginning of a transaction."""
    conn.execute(_SQL["freeze"])


def takings(
    conn: psycopg.Connection, first: date, last: date, step: Step, place_id: str | None = None
) -> list[Taking]:
    """Every place where time is sold, span by span from day to day, both included. Weeks begin on Monday."""
    row = {**_span(first, last), "step": step, "place_id": place_id}
    return [
        Taking(id, name_vi, name_en, begins, Figures(*figures))
        for id, name_vi, name_en, begins, *figures in conn.execute(_SQL["takings"], row)
    ]


def names(conn: psycopg.Connection) -> list[tuple[str, str, str]]:
    """The places where time is sold: ids, names in Vietnamese and English."""
    return [(id, vi, en) for id, vi, en in conn.execute(_SQL["names"])]


def ways(conn: psycopg.Connection, first: date, last: date, place_id: str | None = None) -> list[Way]:
    """What was taken and given back by each way of payment, the most first; at a place, or everywhere with permits."""
    row = {"first": first, "last": last, "place_id": place_id}
    with conn.cursor(row_factory=class_row(Way)) as cursor:
        return cursor.execute(_SQL["ways"], row).fetchall()


def books(conn: psycopg.Connection, first: date, last: date) -> dict[str, int]:
    """What the books moved from day to day, by kind of account, clearing by provider: debits less credits, VND."""
    return dict(conn.execute(_SQL["books"], {"first": first, "last": last}).fetchall())


def open_now(conn: psycopg.Connection) -> Open:
    """What waits for a person."""
    with conn.cursor(row_factory=class_row(Open)) as cursor:
        [found] = cursor.execute(_SQL["open"]).fetchall()
    return found


def _span(first: date, last: date) -> dict[str, object]:
    return {
        "first": first,
        "last": last,
        "start": midnight(first),
        "end": midnight(last + timedelta(days=1)),
    }
