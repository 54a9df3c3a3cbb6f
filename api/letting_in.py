"""People come in: by a password or their provider, then by a code where they have a second factor. One answer for all
that is wrong.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from api.hub import Hub
from api.tries import Tries, is_known_browser_of
from cityhub.accounts import is_right, passwords, second_factor
from cityhub.accounts.roles import RoleName
from cityhub.errors import Unauthenticated
from cityhub.store import audit, identities, known_browsers, people, sign_ins
from cityhub.store.identities import Identity
from cityhub.store.people import Person


class NotLetIn(Unauthenticated):
    """The name, the password or the code is wrong, or nobody is let in by that name for a while."""


@dataclass(frozen=True, slots=True)
class Browser:
    """What asks to be let in, as its person will see it in the list of their sign-ins.

    `known`: the cookie by which it says that somebody came in with it before.
    """

    name: str
    address: str
    known: str | None = None


@dataclass(frozen=True, slots=True)
class LetIn:
    """`cookie`: by which the browser is known from now on; `is_whole`: no code has to follow.

    `known`: by which it is known at its next sign-in; None until it is let in as a whole.
    """

    cookie: str
    is_whole: bool
    known: str | None = None


async def by_password(hub: Hub, name: str, password: str, browser: Browser) -> LetIn:
    """Raises NotLetIn, which does not tell what was wrong: whoever is named, it takes the same work.

    Raises TooManyRequests, TooManyAtTheDoor for who tries too often, or where too many do.
    """
    await hub.door.knock(browser.address)
    if browser.known is None:
        # Before the database is asked anything.
        hub.door.strangers.check(browser.address)
    # What can be nobody's name is not asked for: a database takes no text with a zero in it.
    name = name if name.isprintable() else ""

    def look(conn: psycopg.Connection) -> tuple[Person | None, bool]:
        person = people.find(conn, name)
        if person is not None and not person.password:
            # They come by their provider: as a name that nobody has, for there is nothing to guess.
            person = None
        return person, is_known_browser_of(conn, person, browser.known, datetime.now(UTC))

    person, is_known_browser = await hub.pools.write(look)
    kept = None if person is None else person.password

    def compare() -> bool:
        return is_right(password[: passwords.LONGEST], kept or passwords.nobodys())

    is_known = await hub.door.work(browser.address, compare, is_known=is_known_browser)

    def decide(conn: psycopg.Connection) -> LetIn | None:
        now = datetime.now(UTC)
        held = None if person is None else people.hold(conn, person.id)
        tries = Tries.of(conn, held, name, browser.known, now)
        if (
            held is None
            or not is_known
            or held.disabled_at is not None
            or tries.is_locked
            or held.password != kept
        ):
            tries.count_failure(conn)
            return None
        is_whole = held.totp_secret is None
        if is_whole:
            people.came_in(conn, held, now, is_known=tries.is_known_browser)
        return _sign_in(conn, held, now, browser, is_whole=is_whole)

    return _let_in(await hub.pools.write(decide))


async def by_code(hub: Hub, cookie: str, code: str, browser: Browser) -> LetIn:
    """The second factor of a browser whose password was right, in exchange for a new cookie.

    Raises NotLetIn, TooManyRequests.
    """
    await hub.door.knock(browser.address)

    def decide(conn: psycopg.Connection) -> LetIn | None:
        now = datetime.now(UTC)
        half = sign_ins.who(conn, cookie, now)
        if half is None or half.is_whole:
            return None
        held = people.hold(conn, half.id)
        tries = Tries.of(conn, held, held.name, browser.known, now)
        if held.totp_secret is None or tries.is_locked:
            return None
        written = "".join(code.split())
        step = second_factor.step_of(held.totp_secret, written, now, held.totp_step)
        if step is None and not people.use_recovery(conn, held, second_factor.kept_code(written)):
            tries.count_failure(conn)
            return None
        if step is None:
            audit.add(conn, held.name, "recovery code used", f"person:{held.name}")
        people.came_in(conn, held, now, step, is_known=tries.is_known_browser)
        sign_ins.end(conn, cookie, now)
        return _sign_in(conn, held, now, browser, is_whole=True)

    return _let_in(await hub.pools.write(decide))


async def by_identity(
    hub: Hub, identity: Identity, name: str, role: RoleName, browser: Browser, *, has_factor: bool
) -> LetIn:
    """Whom the city's provider knows, who has `role` there; `has_factor`: it proved a second one. Raises NotLetIn.

    Wrong passwords that somebody tried by their name do not keep them out: none is asked for here.
    """

    def decide(conn: psycopg.Connection) -> LetIn | None:
        now = datetime.now(UTC)
        held = people.hold(conn, identities.person_of(conn, identity, name, role, now))
        if held.disabled_at is not None:
            return None
        is_whole = has_factor or held.totp_secret is None
        if is_whole:
            # Of passwords that somebody tried it says nothing.
            people.came_in(conn, held, now, is_known=True)
        return _sign_in(
            conn, held, now, browser, is_whole=is_whole, factor_by_provider=has_factor, issuer=identity.issuer
        )

    return _let_in(await hub.pools.write(decide))


async def refuse_identity(hub: Hub, identity: Identity) -> None:
    """Whom their provider gives no role any more is signed out here, in every browser."""

    def leave(conn: psycopg.Connection) -> None:
        person_id = identities.find(conn, identity)
        if person_id is not None and sign_ins.end_others(conn, person_id, None, datetime.now(UTC)):
            name = people.by_id(conn, person_id).name
            audit.add(conn, name, "signed out: no role at the provider", f"person:{name}")

    await hub.pools.write(leave)


async def is_own_password(hub: Hub, person_id: int, password: str, browser: Browser) -> bool:
    """Is it the password of who is signed in? A wrong one counts as one at the door. Raises TooManyAtTheDoor."""
    person = await hub.pools.write(lambda conn: people.by_id(conn, person_id))
    if not person.password:
        return False

    def compare() -> bool:
        return is_right(password[: passwords.LONGEST], person.password)

    is_known = await hub.door.work(browser.address, compare, is_known=True)

    def decide(conn: psycopg.Connection) -> bool:
        held, now = people.hold(conn, person_id), datetime.now(UTC)
        tries = Tries.of(conn, held, held.name, browser.known, now)
        if tries.is_locked:
            return False
        if not is_known:
            tries.count_failure(conn)
        return is_known

    return await hub.pools.write(decide)


async def change_password(
    hub: Hub, person_id: int, password: str, cookie: str, browser: Browser, now: datetime
) -> str:
    """Another password for who is signed in; every other browser is signed out and a stranger again.

    The new cookie of this one: whoever got hold of the old has nothing of it. Raises InvalidInput, TooManyAtTheDoor.
    """
    person = await hub.pools.write(lambda conn: people.by_id(conn, person_id))
    passwords.check_new(password, person.name)
    kept = await hub.door.work(browser.address, lambda: passwords.hashed(password), is_known=True)
    renewed = sign_ins.new_cookie()

    def change(conn: psycopg.Connection) -> None:
        people.keep_password(conn, person, kept, must_change=False)
        sign_ins.end_others(conn, person_id, cookie, now)
        sign_ins.renew(conn, cookie, renewed)
        known_browsers.forget_others(conn, person_id, browser.known)
        audit.add(conn, person.name, "password changed", f"person:{person.name}")

    await hub.pools.write(change)
    return renewed


def _sign_in(
    conn: psycopg.Connection,
    person: Person,
    now: datetime,
    browser: Browser,
    *,
    is_whole: bool,
    factor_by_provider: bool = False,
    issuer: str | None = None,
) -> LetIn:
    cookie = sign_ins.new_cookie()
    sign_ins.add(
        conn,
        person.id,
        cookie,
        now,
        is_whole=is_whole,
        factor_by_provider=factor_by_provider,
        browser=browser.name,
        address=browser.address,
    )
    if not is_whole:
        return LetIn(cookie, False)
    by = None if issuer is None else {"issuer": issuer}
    audit.add(conn, person.name, "signed in", f"person:{person.name}", after=by)
    if issuer is not None:
        # The provider's answer is a link of another site, which does not bring the cookie of browsers that are known.
        return LetIn(cookie, True)
    known = sign_ins.new_cookie()
    known_browsers.came_in(conn, person.id, browser.known, known, now)
    return LetIn(cookie, True, known)


def _let_in(found: LetIn | None) -> LetIn:
    if found is None:
        raise NotLetIn("The name, the password or the code is wrong, or too many were: try again in a while")
    return found
