"""Roles of the programs, each with what its work takes and no more.

The role that migrates owns everything, and the others are named after it: for `cityhub` they are `cityhub_ingest`,
`cityhub_api` and `cityhub_jobs`. Who administers the server makes them (deploy/timescaledb/010_role.sql); where they
are missing, as in development, one role does everything.
"""

from typing import LiteralString

from psycopg import Connection, sql

from cityhub.store.queries import load

_SQL = load(__file__)

_STORING = _SQL["storing"] + ";"
_PROGRAMS: dict[str, LiteralString] = {
    "ingest": _STORING + _SQL["ingest"],
    "api": _STORING + _SQL["money"] + ";" + _SQL["people"] + ";" + _SQL["api"],
    "jobs": _STORING + _SQL["money"] + ";" + _SQL["jobs"],
}


def grant(conn: Connection) -> list[str]:
    """Give the roles that are there what they may do, and nothing else; their names. By the owner, in autocommit."""
    [(owner,)] = conn.execute(_SQL["owner"]).fetchall()
    programs = {f"{owner}_{program}": rights for program, rights in _PROGRAMS.items()}
    existing = [name for (name,) in conn.execute(_SQL["existing"], {"names": list(programs)})]
    if not existing:
        return []
    # At once: programs that run meanwhile never see a role between the two.
    with conn.transaction():
        conn.execute(_SQL["close_schema"])
        for name in sorted(existing):
            role = sql.Identifier(name)
            conn.execute(sql.SQL(_SQL["take_away"]).format(role=role))
            conn.execute(sql.SQL(programs[name]).format(role=role))
    return sorted(existing)
