"""Who the city's provider of identities knows, and who that is here. All within the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from cityhub.accounts.roles import RoleName
from cityhub.errors import Conflict
from cityhub.store.people import Person
from cityhub.store.queries import load

_SQL = load(__file__)
# By constraint.
_TAKEN = {
    "person_identity_pkey": "somebody is linked to that identity already: ./hub user list",
    "person_identity_once": "they are linked to another identity of the provider already: --instead changes it",
}


class IdentityTaken(Conflict):
    """The identity is linked already, to this person or another, or the person to another."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as their provider knows them: by `issuer` and `subject`, whatever their name or address becomes."""

    issuer: str
    subject: str


def person_of(conn: psycopg.Connection, identity: Identity, name: str, role: RoleName, now: datetime) -> int:
    """The id of their person, who has `role` from now on (but for who is shut out).

    They are made at the first time, by `name` or, where somebody else has that, one like it.
    """
    row = {"issuer": identity.issuer, "subject": identity.subject, "name": name, "role": role, "now": now}
    found = conn.execute(_SQL["person_of"], row).fetchone()
    assert found is not None  # noqa: S101 - a function gives one row
    return int(found[0])


def find(conn: psycopg.Connection, identity: Identity) -> int | None:
    """The id of their person; None before their first sign-in."""
    row = {"issuer": identity.issuer, "subject": identity.subject}
    found = conn.execute(_SQL["find"], row).fetchone()
    return None if found is None else int(found[0])


def is_linked(conn: psycopg.Connection, person_id: int, issuer: str) -> bool:
    """Does the provider know them?"""
    found = conn.execute(_SQL["is_linked"], {"person_id": person_id, "issuer": issuer}).fetchone()
    return found is not None and bool(found[0])


def link(
    conn: psycopg.Connection, identity: Identity, person: Person, now: datetime, *, instead: bool = False
) -> bool:
    """Whom the provider knows so is this person, who was here before. Raises IdentityTaken.

    `instead`: of whom it knew as them until now, if anybody, which is returned.
    """
    row = {
        "issuer": identity.issuer,
        "subject": identity.subject,
        "person_id": person.id,
        "now": now,
    }
    try:
        with conn.transaction():
            replaced = instead and conn.execute(_SQL["unlink"], row).rowcount > 0
            conn.execute(_SQL["link"], row)
    except psycopg.errors.UniqueViolation as exc:
        name = exc.diag.constraint_name or ""
        raise IdentityTaken(_TAKEN.get(name, _TAKEN["person_identity_pkey"]), name) from exc
    return replaced
