"""What places took and should have, for those who answer for it: by span, by way of payment, and as the books stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from psycopg.rows import class_row

from cityhub.parking.takings import Figures, Step
from cityhub.payments import ledger as books
from cityhub.store.queries import load
from cityhub.store.revenue import midnight

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Taking:
    """A place in a span that begins on a day of Vietnam's calendar, or on the first day that was asked for.

    Of sums one of both is None: a place in all of the time, or all places in a span.
    """

    place_id: str | None
    begins: date | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Moved:
    """VND that went to an account (`debit`) from another, in so many bookings."""

    debit: str
    credit: str
    bookings: int
    amount: int


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
    return _takings(conn, first, last, step, place_id, is_each=True)


def sums(
    conn: psycopg.Connection, first: date, last: date, step: Step, place_id: str | None = None
) -> tuple[list[Taking], list[Taking]]:
    """The same by place, and by span in order of time."""
    found = _takings(conn, first, last, step, place_id, is_each=False)
    return [one for one in found if one.begins is None], [one for one in found if one.place_id is None]


def _takings(
    conn: psycopg.Connection, first: date, last: date, step: Step, place_id: str | None, *, is_each: bool
) -> list[Taking]:
    row = {
        "first": first,
        "last": last,
        "start": midnight(first),
        "end": midnight(last + timedelta(days=1)),
        "step": step,
        "place_id": place_id,
        "is_each": is_each,
    }
    found = conn.execute(_SQL["takings"], row)
    return [Taking(id, begins, Figures(*figures)) for id, begins, *figures in found]


def names(conn: psycopg.Connection) -> list[tuple[str, str, str]]:
    """The places where time is sold: ids, names in Vietnamese and English."""
    return [(id, vi, en) for id, vi, en in conn.execute(_SQL["names"])]


def moved(conn: psycopg.Connection, first: date, last: date, place_id: str | None = None) -> list[Moved]:
    """What the books moved from day to day; `place_id`: only what this place earned and gave back."""
    row = {"first": first, "last": last, "place_id": place_id}
    with conn.cursor(row_factory=class_row(Moved)) as cursor:
        return cursor.execute(_SQL["pairs"], row).fetchall()


def ways(found: Sequence[Moved]) -> list[Way]:
    """What was taken and given back by each way of payment, the most first, permits after all else."""
    by_way: dict[tuple[bool, str], list[int]] = {}
    for one in found:
        if books.kind_of(one.credit) == "revenue":
            earned_by, other, at = one.credit, one.debit, 0
        elif books.kind_of(one.debit) == "refunds":
            earned_by, other, at = one.debit, one.credit, 1
        else:
            continue
        is_permit = earned_by.partition(":")[2].startswith("permits:")
        sums = by_way.setdefault((is_permit, other.removeprefix("clearing:")), [0, 0, 0, 0])
        sums[at] += one.bookings
        sums[at + 2] += one.amount
    found_ways = [Way(way, is_permit, *sums) for (is_permit, way), sums in by_way.items()]
    return sorted(found_ways, key=lambda one: (one.permits, -one.taken, one.way))


def by_account(found: Sequence[Moved]) -> dict[str, int]:
    """What was moved by kind of account, clearing by provider: debits less credits, VND."""
    sums: dict[str, int] = {}
    for one in found:
        for account, amount in ((one.debit, one.amount), (one.credit, -one.amount)):
            kind = account if account.startswith("clearing:") else books.kind_of(account)
            sums[kind] = sums.get(kind, 0) + amount
    return dict(sorted(sums.items()))


def open_now(conn: psycopg.Connection) -> Open:
    """What waits for a person."""
    with conn.cursor(row_factory=class_row(Open)) as cursor:
        [found] = cursor.execute(_SQL["open"]).fetchall()
    return found
