"""The one door to the database. Driver errors leave here as the store's own errors, without secrets."""

import math
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from weakref import WeakKeyDictionary

import psycopg
from psycopg import errors as driver
from psycopg_pool import ConnectionPool

from cityhub.errors import Conflict, StoreRefused, StoreUnavailable
from cityhub.masking import mask
from cityhub.store.bounds import bounded, is_readable
from cityhub.store.session import BY_HAND, CONNECT_TIMEOUT_S, Use, arguments

# A connection taken out of a pool must show within so many seconds that it is alive.
_CHECK_S = 1
# One that was in use so many seconds ago is not asked again, unless it has something to say: that is a round trip of
# the four or five that a small answer takes.
_SURELY_GOOD_S = 1.0
# The row itself is wrong, whatever else is stored. Every other broken constraint tells of a row beside it.
_WRONG_BY_ITSELF = (driver.CheckViolation, driver.NotNullViolation)


@contextmanager
def domain_errors() -> Iterator[None]:
    """Turn what the driver raises inside the block into the store's own errors.

    Only the data itself can be refused, and the error names the constraint that says so; triggers of ours name one by
    `RAISE ... USING CONSTRAINT`. A missing table, a lost privilege, a read-only server in a failover are states of the
    server, which pass: data must not be given up for them.
    """
    try:
        yield
    except (psycopg.IntegrityError, driver.RaiseException) as exc:
        constraint = exc.diag.constraint_name
        refusal = StoreRefused if constraint is None or isinstance(exc, _WRONG_BY_ITSELF) else Conflict
        raise refusal(f"the database refused the data: {_first_line(exc)}", constraint) from exc
    except psycopg.DataError as exc:
        raise StoreRefused(f"the database refused the data: {_first_line(exc)}") from exc
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        raise StoreUnavailable(f"the database does not answer: {_first_line(exc)}") from exc
    except psycopg.Error as exc:
        if exc.sqlstate is None:
            raise  # a mistake of ours, not a word of the server
        raise StoreUnavailable(f"the database cannot do this now: {_first_line(exc)}") from exc


def _first_line(exc: BaseException) -> str:
    # The other lines may repeat data.
    return mask((str(exc).strip().splitlines() or [type(exc).__name__])[0])


class Pool:
    """A bounded pool of connections. `with pool.connection() as conn:` is one transaction, unless in autocommit."""

    def __init__(
        self,
        url: str,
        name: str,
        use: Use = BY_HAND,
        *,
        min_size: int = 1,
        max_size: int = 4,
        autocommit: bool = False,
    ) -> None:
        self._use = use
        self._given_back: WeakKeyDictionary[psycopg.Connection, float] = WeakKeyDictionary()
        self._pool = ConnectionPool(
            url,
            kwargs={**arguments(url, name, use), "autocommit": autocommit},
            min_size=min_size,
            max_size=max_size,
            timeout=min(use.connect_s, CONNECT_TIMEOUT_S),
            reconnect_timeout=0,
            check=self._check,
            open=True,
            name=name,
        )
        self.size = max_size

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """A connection; commits at the end of the block, rolls back on any error."""
        with domain_errors():
            conn = self._pool.getconn()
            try:
                with bounded(conn, self._use.hold_s), conn:
                    yield conn
            finally:
                self._given_back[conn] = time.monotonic()
                self._pool.putconn(conn)

    def _check(self, conn: psycopg.Connection) -> None:
        """Is it still good? The server is asked when it was idle for long, or said something that nobody waits for."""
        idle_s = time.monotonic() - self._given_back.get(conn, -math.inf)
        if idle_s > _SURELY_GOOD_S or is_readable(conn):
            _ask(conn)

    def close(self) -> None:
        """Close every connection; idempotent."""
        self._pool.close()


def open_pool(
    url: str,
    name: str,
    use: Use = BY_HAND,
    *,
    min_size: int = 1,
    max_size: int = 4,
    autocommit: bool = False,
) -> Pool:
    """A pool whose connections the server lists under `name`. Does not wait for the database.

    Raises SettingsError for a URL that cannot be used.
    """
    return Pool(url, name, use, min_size=min_size, max_size=max_size, autocommit=autocommit)


def dial(url: str, name: str, use: Use = BY_HAND, *, autocommit: bool = False) -> psycopg.Connection:
    """One connection that the caller closes; statements on it belong inside `domain_errors()`.

    Raises SettingsError for a URL that cannot be used.
    """
    with domain_errors():
        return psycopg.connect(url, autocommit=autocommit, **arguments(url, name, use))


@contextmanager
def connect(
    url: str, name: str, use: Use = BY_HAND, *, autocommit: bool = False
) -> Iterator[psycopg.Connection]:
    """One connection for the length of the block; commits at its end, rolls back on any error."""
    # The driver leaves a connection open whose commit fails, as with a constraint that is checked then.
    with domain_errors(), closing(dial(url, name, use, autocommit=autocommit)) as conn, conn:
        yield conn


def _ask(conn: psycopg.Connection) -> None:
    with bounded(conn, _CHECK_S):
        ConnectionPool.check_connection(conn)
