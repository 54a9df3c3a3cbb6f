"""Storage: PostgreSQL with TimescaleDB where it is there. Functions take a connection and never commit.

    with connect(url, "name") as conn:
        catalogue.save(conn, read())

A connection says what it is for (`session.READS`, `session.JOBS` and so on), which bounds how long it waits.
One module per noun reads and writes it, its SQL beside it: `sensors`, `places`, `areas`, `observations`,
`quarantine` and so on; `catalogue` saves a catalogue as a whole, `latest` reads the newest state of a kind.
"""

from cityhub.store import session
from cityhub.store.connection import Pool, connect, dial, domain_errors, open_pool
from cityhub.store.session import arguments, check_url

__all__ = ["Pool", "arguments", "check_url", "connect", "dial", "domain_errors", "open_pool", "session"]
