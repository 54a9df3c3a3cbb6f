"""People who work with the hub: found, let in, shut out. All within the caller's transaction; times are aware."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import LiteralString

import psycopg
from psycopg.rows import class_row

from cityhub.accounts import Attempts, passwords
from cityhub.accounts import roles as rules
from cityhub.accounts.roles import RoleName
from cityhub.errors import Conflict, InvalidInput, NotFound
from cityhub.store.queries import load

_SQL = load(__file__)


class NameTaken(Conflict):
    """Somebody has this name, or had it: what they did stays theirs."""


@dataclass(frozen=True, slots=True)
class Person:
    """`password`: what is kept of it; `totp_step`: of the last code; `recovery_left`: codes for a lost telephone."""

    id: int
    name: str
    role: RoleName
    password: str
    must_change: bool
    totp_secret: bytes | None
    totp_step: int | None
    recovery_left: int
    failures: int
    locked_until: datetime | None
    created_at: datetime
    last_seen_at: datetime
    disabled_at: datetime | None

    def __repr__(self) -> str:
        return f"Person({self.name!r}, {self.role!r})"

    @property
    def attempts(self) -> Attempts:
        """Wrong passwords and codes of late."""
        return Attempts(self.failures, self.locked_until)


def add(conn: psycopg.Connection, name: str, role: str, password: str, now: datetime) -> None:
    """Somebody new, who has to choose another password first. Raises InvalidInput, NameTaken."""
    passwords.check_new(password, name)
    if name == "hub":
        raise InvalidInput("name", "hub is the hub's own in the audit trail")
    row = {
        "name": name,
        "role": rules.role(role).name,
        "password": passwords.hashed(password),
        "now": now,
    }
    try:
        with conn.transaction():
            conn.execute(_SQL["add"], row)
    except psycopg.errors.UniqueViolation as exc:
        raise NameTaken(f"there is a person {name} already", "person_name_once") from exc
    except psycopg.errors.CheckViolation as exc:
        raise InvalidInput("name", "must have 2 to 40 of a-z, 0-9, '.', '_', '-'") from exc


def find(conn: psycopg.Connection, name: str) -> Person | None:
    """The person of a name, also one who is shut out."""
    return _one(conn, _SQL["by_name"], {"name": name})


def by_name(conn: psycopg.Connection, name: str) -> Person:
    """Raises NotFound."""
    found = find(conn, name)
    if found is None:
        raise NotFound("person", name)
    return found


def by_id(conn: psycopg.Connection, id: int) -> Person:
    """Raises NotFound."""
    found = _one(conn, _SQL["by_id"], {"id": id})
    if found is None:
        raise NotFound("person", str(id))
    return found


def hold(conn: psycopg.Connection, id: int) -> Person:
    """The same, held until the transaction ends."""
    found = _one(conn, _SQL["hold"], {"id": id})
    if found is None:
        raise NotFound("person", str(id))
    return found


def all(conn: psycopg.Connection) -> list[Person]:
    """Everybody, by name."""
    with conn.cursor(row_factory=class_row(Person)) as cursor:
        return cursor.execute(_SQL["all"]).fetchall()


def count_failure(conn: psycopg.Connection, person: Person, counted: Attempts) -> None:
    """What strangers tried by the name of a person whose row is held."""
    row = {"id": person.id, "failures": counted.failures, "locked_until": counted.locked_until}
    conn.execute(_SQL["count_failure"], row)


def hold_nobody(conn: psycopg.Connection, name: str) -> Attempts:
    """What was tried by a name that nobody has, and by others that fall together with it; held as a person's row is."""
    found = conn.execute(_SQL["hold_nobody"], {"bucket": _bucket(name)}).fetchone()
    return Attempts() if found is None else Attempts(*found)


def count_failure_of_nobody(conn: psycopg.Connection, name: str, counted: Attempts) -> None:
    """The same work as for a name that somebody has."""
    row = {"bucket": _bucket(name), "failures": counted.failures, "locked_until": counted.locked_until}
    conn.execute(_SQL["count_failure_of_nobody"], row)


def _bucket(name: str) -> int:
    return sha256(name.encode("utf-8", "replace")).digest()[0]


def came_in(
    conn: psycopg.Connection,
    person: Person,
    now: datetime,
    step: int | None = None,
    *,
    is_known: bool = False,
) -> None:
    """They proved who they are; `step`: of the code, which is good once; `is_known`: by a browser that is known."""
    conn.execute(_SQL["came_in"], {"id": person.id, "now": now, "step": step, "is_known": is_known})


def set_password(conn: psycopg.Connection, person: Person, password: str, *, must_change: bool) -> None:
    """Another password; `must_change`: somebody else chose it. Raises InvalidInput.

    It takes a tenth of a second: whoever holds rows meanwhile holds up others.
    """
    passwords.check_new(password, person.name)
    keep_password(conn, person, passwords.hashed(password), must_change=must_change)


def keep_password(conn: psycopg.Connection, person: Person, hashed: str, *, must_change: bool) -> None:
    """The same with what is kept of a password that was checked."""
    row = {"id": person.id, "password": hashed, "must_change": must_change}
    conn.execute(_SQL["set_password"], row)


def set_second_factor(
    conn: psycopg.Connection,
    person: Person,
    secret: bytes | None,
    step: int | None = None,
    recovery: list[bytes] | None = None,
) -> None:
    """A telephone's secret and what is kept of the codes for when it is lost; None: no second factor."""
    row = {"id": person.id, "secret": secret, "step": step, "recovery": recovery or []}
    conn.execute(_SQL["set_second_factor"], row)


def use_recovery(conn: psycopg.Connection, person: Person, digest: bytes) -> bool:
    """One of the codes for a lost telephone is used up; False when it is none."""
    return conn.execute(_SQL["use_recovery"], {"id": person.id, "digest": digest}).rowcount > 0


def disable(conn: psycopg.Connection, person: Person, now: datetime) -> bool:
    """Shut out at once, everywhere; False when they were."""
    return conn.execute(_SQL["disable"], {"id": person.id, "now": now}).rowcount > 0


def enable(conn: psycopg.Connection, person: Person, now: datetime) -> None:
    """Let in again."""
    conn.execute(_SQL["enable"], {"id": person.id, "now": now})


def set_role(conn: psycopg.Connection, person: Person, role: str) -> None:
    """Another role, from the next request on. Raises InvalidInput."""
    conn.execute(_SQL["set_role"], {"id": person.id, "role": rules.role(role).name})


def close_idle(conn: psycopg.Connection, before: datetime, now: datetime) -> list[str]:
    """Shut out who was not seen since `before`; their names."""
    return [name for (name,) in conn.execute(_SQL["close_idle"], {"before": before, "now": now})]


def _one(conn: psycopg.Connection, query: LiteralString, row: dict[str, object]) -> Person | None:
    with conn.cursor(row_factory=class_row(Person)) as cursor:
        return cursor.execute(query, row).fetchone()
