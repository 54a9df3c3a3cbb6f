"""What was tried by a name, and whose tries those are: a known browser's own, or those of all strangers together.

Whatever is wrong, and whether anybody has the name or not, the same statements go to the database: how long an answer
takes tells nothing about names.
"""

from dataclasses import dataclass
from datetime import datetime

import psycopg

from cityhub.accounts import Attempts, after_failure
from cityhub.store import audit, known_browsers, people
from cityhub.store.people import Person

# No person has this number.
_NOBODY = 0


@dataclass(frozen=True, slots=True)
class Tries:
    """At `now` (aware). `person`: None for a name that nobody has; `known`: the cookie of a browser that is theirs."""

    person: Person | None
    name: str
    known: str | None
    attempts: Attempts
    now: datetime

    @classmethod
    def of(
        cls, conn: psycopg.Connection, person: Person | None, name: str, cookie: str | None, now: datetime
    ) -> "Tries":
        """What counts for a browser that brings `cookie`. Holds what is counted of names that nobody has."""
        strangers = people.hold_nobody(conn, name) if person is None else person.attempts
        own = _of_browser(conn, person, cookie, now)
        if own is not None:
            return cls(person, name, cookie, own, now)
        return cls(person, name, None, strangers, now)

    @property
    def is_known_browser(self) -> bool:
        """Did this person come in with this browser before?"""
        return self.known is not None

    @property
    def is_locked(self) -> bool:
        """Is nobody let in for a while?"""
        return self.attempts.is_locked(self.now)

    def count_failure(self, conn: psycopg.Connection) -> None:
        """One more that was wrong, of a person who is held; while it is locked nothing more is counted, but written."""
        counted = self.attempts if self.is_locked else after_failure(self.attempts, self.now)
        if self.person is None:
            people.count_failure_of_nobody(conn, self.name, counted)
        elif self.known is not None:
            known_browsers.count_failure(conn, self.person.id, self.known, counted)
        else:
            people.count_failure(conn, self.person, counted)
        if self.person is not None and not self.is_locked and counted.is_locked(self.now):
            audit.add(conn, self.person.name, "locked for a while", f"person:{self.person.name}")


def is_known_browser_of(
    conn: psycopg.Connection, person: Person | None, cookie: str | None, now: datetime
) -> bool:
    """Did this person come in before with a browser that brings `cookie`?"""
    return _of_browser(conn, person, cookie, now) is not None


def _of_browser(
    conn: psycopg.Connection, person: Person | None, cookie: str | None, now: datetime
) -> Attempts | None:
    if cookie is None:
        return None
    return known_browsers.find(conn, _NOBODY if person is None else person.id, cookie, now)
