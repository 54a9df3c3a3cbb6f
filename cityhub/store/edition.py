"""What the server can do is asked once, at migration: TimescaleDB with its own licence, with Apache's, or none."""

from dataclasses import dataclass
from typing import Literal

import psycopg

from cityhub.store.queries import load

_SQL = load(__file__)

EditionName = Literal["timescale", "apache", "plain"]


@dataclass(frozen=True, slots=True)
class Edition:
    """`timescale`: hypertables and columnstore; `apache`: hypertables; `plain`: ordinary tables."""

    name: EditionName

    @property
    def hypertables(self) -> bool:
        """Can observations be cut into chunks by time?"""
        return self.name != "plain"

    def shape(self, conn: psycopg.Connection) -> None:
        """Give `observation` the shape this edition allows; idempotent. Needs autocommit."""
        if self.hypertables:
            conn.execute(_SQL["make_hypertable"])
        if self.name == "timescale":
            row = conn.execute(_SQL["columnstore_enabled"]).fetchone()
            if row is None or not row[0]:
                conn.execute(_SQL["enable_columnstore"])
            conn.execute(_SQL["columnstore_policy"])


def prepare(conn: psycopg.Connection) -> Edition:
    """Create the TimescaleDB extension where it can be had, and tell the edition. Needs autocommit."""
    row = conn.execute(_SQL["timescale_available"]).fetchone()
    if row is not None and row[0]:
        conn.execute(_SQL["create_timescale"])
    return edition_of(conn)


def edition_of(conn: psycopg.Connection) -> Edition:
    """The edition of a database as it stands."""
    row = conn.execute(_SQL["licence"]).fetchone()
    if row is None or not row[1]:
        return Edition("plain")
    return Edition("timescale" if row[0] == "timescale" else "apache")
