"""People come in: by a password, then by a code where they have a second factor. One answer for all that is wrong."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
from anyio import to_thread

from api.hub import Hub
from cityhub.accounts import is_right, passwords, second_factor
from cityhub.errors import Unauthenticated
from cityhub.store import audit, people, sign_ins
from cityhub.store.people import Person


class NotLetIn(Unauthenticated):
    """The name, the password or the code is wrong, or nobody is let in by that name for a while."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What asks to be let in, as its person will see it in the list of their sign-ins."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class LetIn:
    """`cookie`: by which the browser is known from now on; `is_whole`: no code has to follow."""

    cookie: str
    is_whole: bool


async def by_password(hub: Hub, name: str, password: str, browser: Browser) -> LetIn:
    """Raises NotLetIn, which does not tell what was wrong; it takes the work of a comparison whoever is named."""
    # What can be nobody's name is not asked for: a database takes no text with a zero in it.
    person = await hub.pools.write(lambda conn: people.find(conn, name)) if name.isprintable() else None
    kept = None if person is None else person.password

    def compare() -> bool:
        return is_right(password[: passwords.LONGEST], kept or passwords.nobodys())

    async with hub.hashing:
        is_known = await to_thread.run_sync(compare)

    def decide(conn: psycopg.Connection) -> LetIn | None:
        if person is None:
            return None
        held, now = people.hold(conn, person.id), datetime.now(UTC)
        if held.disabled_at is not None or held.attempts.is_locked(now) or held.password != kept:
            return None
        if not is_known:
            _failed(conn, held, now)
            return None
        is_whole = held.totp_secret is None
        if is_whole:
            people.came_in(conn, held, now)
        return _sign_in(conn, held, now, browser, is_whole=is_whole)

    return _let_in(await hub.pools.write(decide))


async def by_code(hub: Hub, cookie: str, code: str, browser: Browser) -> LetIn:
    """The second factor of a browser whose password was right, in exchange for a new cookie. Raises NotLetIn."""

    def decide(conn: psycopg.Connection) -> LetIn | None:
        now = datetime.now(UTC)
        half = sign_ins.who(conn, cookie, now)
        if half is None or half.is_whole:
            return None
        held = people.hold(conn, half.id)
        if held.totp_secret is None or held.attempts.is_locked(now):
            return None
        written = "".join(code.split())
        step = second_factor.step_of(held.totp_secret, written, now, held.totp_step)
        if step is None and not people.use_recovery(conn, held, second_factor.kept_code(written)):
            _failed(conn, held, now)
            return None
        if step is None:
            audit.add(conn, held.name, "recovery code used", f"person:{held.name}")
        people.came_in(conn, held, now, step)
        sign_ins.end(conn, cookie, now)
        return _sign_in(conn, held, now, browser, is_whole=True)

    return _let_in(await hub.pools.write(decide))


async def is_own_password(hub: Hub, person_id: int, password: str) -> bool:
    """Is it the password of who is signed in? A wrong one counts as one at the door."""
    person = await hub.pools.write(lambda conn: people.by_id(conn, person_id))
    async with hub.hashing:
        is_known = await to_thread.run_sync(is_right, password[: passwords.LONGEST], person.password)

    def decide(conn: psycopg.Connection) -> bool:
        held, now = people.hold(conn, person_id), datetime.now(UTC)
        if held.attempts.is_locked(now):
            return False
        if not is_known:
            _failed(conn, held, now)
        return is_known

    return await hub.pools.write(decide)


async def in_turn(hub: Hub, act: Callable[[psycopg.Connection], None]) -> None:
    """What makes a new password's hash, in its turn."""
    async with hub.hashing:
        await hub.pools.write(act)


def _failed(conn: psycopg.Connection, held: Person, now: datetime) -> None:
    people.count_failure(conn, held, now)
    if people.hold(conn, held.id).attempts.is_locked(now):
        audit.add(conn, held.name, "locked for a while", f"person:{held.name}")


def _sign_in(
    conn: psycopg.Connection, person: Person, now: datetime, browser: Browser, *, is_whole: bool
) -> LetIn:
    cookie = secrets.token_urlsafe(32)
    sign_ins.add(
        conn, person.id, cookie, now, is_whole=is_whole, browser=browser.name, address=browser.address
    )
    if is_whole:
        audit.add(conn, person.name, "signed in", f"person:{person.name}")
    return LetIn(cookie, is_whole)


def _let_in(found: LetIn | None) -> LetIn:
    if found is None:
        raise NotLetIn("The name, the password or the code is wrong, or too many were: try again in a while")
    return found
