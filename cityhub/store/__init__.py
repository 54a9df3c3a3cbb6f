"""Storage: PostgreSQL with TimescaleDB where it is there. Functions take a connection and never commit.

    with connect(url, "name") as conn:
        catalogue.save(conn, read())

One module per noun reads and writes it, its SQL beside it: `sensors`, `places`, `areas`, `observations`,
`quarantine` and so on; `catalogue` saves a catalogue as a whole, `latest` reads the newest state of a kind.
"""

from cityhub.store.connection import Pool, check_url, connect, dial, domain_errors, open_pool

__all__ = ["Pool", "check_url", "connect", "dial", "domain_errors", "open_pool"]
