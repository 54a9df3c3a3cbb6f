"""The register of breaches of personal data: entered, told, closed, never removed. Each step is in the audit trail."""

from collections.abc import Sequence
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from cityhub.breaches import REPORT_WITHIN, Addressee, Breach, Touched, checked
from cityhub.errors import InvalidInput, NotFound, RuleBroken
from cityhub.store import audit
from cityhub.store.queries import load

_SQL = load(__file__)


def add(
    conn: psycopg.Connection,
    what: str,
    touched: Sequence[Touched],
    persons: int | None,
    *,
    known_at: datetime,
    now: datetime,
    who: str,
) -> Breach:
    """A new entry, with its deadline. Times are aware; raises InvalidInput."""
    if known_at > now:
        raise InvalidInput("known_at", "must not lie in the future")
    row = {
        "what": checked("what", what),
        "touched": sorted(set(touched)),
        "persons": persons,
        "known_at": known_at,
        "report_by": known_at + REPORT_WITHIN,
        "now": now,
        "who": who,
    }
    [(id,)] = conn.execute(_SQL["add"], row).fetchall()
    after = {"known_at": known_at.isoformat(), "touched": row["touched"], "persons": persons}
    audit.add(conn, who, "breach entered", f"breach:{id}", after=after)
    return get(conn, id)


def told(
    conn: psycopg.Connection,
    id: int,
    whom: Addressee,
    *,
    at: datetime,
    now: datetime,
    reference: str,
    who: str,
) -> Breach:
    """That `whom` was told `at` (aware). Raises NotFound, RuleBroken."""
    breach = _open(conn, id)
    if not breach.known_at <= at <= now:
        raise RuleBroken("time", "nobody can be told before it was known, or in the future")
    before = {"authority": breach.authority_told_at, "persons": breach.persons_told_at}[whom]
    if before is not None:
        raise RuleBroken("told", f"the {whom} were told before: breach {id}")
    row = {"id": id, "at": at, "reference": checked("reference", reference) if reference.strip() else None}
    conn.execute(_SQL["told_authority"] if whom == "authority" else _SQL["told_persons"], row)
    audit.add(
        conn, who, f"breach told to {whom}", f"breach:{id}", after={"at": at.isoformat()}, why=reference
    )
    return get(conn, id)


def close(
    conn: psycopg.Connection, id: int, *, outcome: str, unreported: bool, now: datetime, who: str
) -> Breach:
    """It is over. Raises NotFound, RuleBroken where somebody still has to be told and nobody says why not."""
    breach = _open(conn, id)
    if breach.to_tell and not unreported:
        raise RuleBroken(
            "untold",
            f"the {' and the '.join(breach.to_tell)} must be told first: ./hub privacy breach told {id} ...",
        )
    conn.execute(_SQL["close"], {"id": id, "now": now, "who": who, "outcome": checked("outcome", outcome)})
    audit.add(
        conn, who, "breach closed", f"breach:{id}", after={"told": not breach.to_tell}, why=outcome.strip()
    )
    return get(conn, id)


def get(conn: psycopg.Connection, id: int) -> Breach:
    """One entry; raises NotFound."""
    found = _read(conn, id=id, limit=1)
    if not found:
        raise NotFound("breach", str(id))
    return found[0]


def newest(conn: psycopg.Connection, limit: int) -> list[Breach]:
    """The register: what is open first, by its deadline; then the newest."""
    return _read(conn, id=None, limit=limit)


def _open(conn: psycopg.Connection, id: int) -> Breach:
    # Two who work on one wait for each other.
    conn.execute(_SQL["lock"], {"id": id})
    breach = get(conn, id)
    if breach.closed_at is not None:
        raise RuleBroken("closed", f"breach {id} is closed")
    return breach


def _read(conn: psycopg.Connection, *, id: int | None, limit: int) -> list[Breach]:
    with conn.cursor(row_factory=class_row(Breach)) as cursor:
        return cursor.execute(_SQL["read"], {"id": id, "limit": limit}).fetchall()
