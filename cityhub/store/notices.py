"""Word between programs that something changed, over PostgreSQL's LISTEN and NOTIFY."""

import time
from collections.abc import Iterable
from typing import LiteralString

import psycopg

from cityhub.store.bounds import bounded
from cityhub.store.connection import dial, domain_errors
from cityhub.store.queries import load
from cityhub.store.session import HOT

_SQL = load(__file__)
# A listener that hears nothing for so long asks whether anybody is there, and waits so long for an answer.
_SILENCE_S = 10.0
_ANSWER_S = 2.0


def changed(conn: psycopg.Connection, kinds: Iterable[str]) -> None:
    """Tell every listener, when the caller's transaction commits, that `latest` of these kinds changed."""
    names = ",".join(sorted(kinds))
    if names:
        conn.execute(_SQL["notify"], {"kinds": names})


def catalogue_changed(conn: psycopg.Connection) -> None:
    """Tell every ingestor, when the caller's transaction commits, that sensors were added or changed."""
    conn.execute(_SQL["notify_catalogue"])


def listen_for_catalogue(conn: psycopg.Connection) -> None:
    """From now on the connection (in autocommit) hears of changes to the catalogue."""
    conn.execute(_SQL["listen_catalogue"])


def heard(conn: psycopg.Connection) -> bool:
    """Did the connection hear anything since last asked? Does not wait."""
    return any(True for _ in conn.notifies(timeout=0))


class Listener:
    """A connection that waits for such words. Not shared between threads."""

    def __init__(self, url: str, name: str) -> None:
        self._conn = dial(url, name, HOT, autocommit=True)
        self._heard_at = time.monotonic()
        try:
            with domain_errors(), bounded(self._conn, _ANSWER_S):
                self._conn.execute(_SQL["listen"])
        except BaseException:
            self._conn.close()
            raise

    def wait(self, timeout_s: float) -> set[str]:
        """The kinds that changed, at the first word or after `timeout_s` seconds (then empty).

        Raises StoreUnavailable when the database is gone: close this listener and make a new one.
        """
        kinds: set[str] = set()
        with domain_errors():
            for notice in self._conn.notifies(timeout=timeout_s, stop_after=1):
                kinds.update(notice.payload.split(","))
        if kinds:
            self._heard_at = time.monotonic()
        elif time.monotonic() - self._heard_at > _SILENCE_S:
            self.ask(_SQL["anybody"])
        return kinds

    def ask(self, query: LiteralString) -> int:
        """The one number that the server answers; raises StoreUnavailable."""
        with domain_errors(), bounded(self._conn, _ANSWER_S):
            [(number,)] = self._conn.execute(query).fetchall()
        self._heard_at = time.monotonic()
        return int(number)

    def close(self) -> None:
        """Close the connection; idempotent."""
        self._conn.close()
