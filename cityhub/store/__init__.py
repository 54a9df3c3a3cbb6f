"""Storage: PostgreSQL with TimescaleDB where it is there. Functions take a connection and never commit.

    with connect(url, "name") as conn:
        sensors.save(conn, catalogue)

Nouns: `sensors`, `places`, `districts`, `observations`, `latest`, `quarantine`; each has its SQL beside it.
"""

from cityhub.store.connection import Pool, check_url, connect, dial, domain_errors, open_pool

__all__ = ["Pool", "check_url", "connect", "dial", "domain_errors", "open_pool"]
