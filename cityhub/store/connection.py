"""The one door to the database. Driver errors leave here as StoreUnavailable or StoreRefused, without secrets."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn
from psycopg_pool import ConnectionPool

from cityhub.config import mask_url
from cityhub.errors import SettingsError, StoreRefused, StoreUnavailable

CONNECT_TIMEOUT_S = 5
# Keep-alives notice a dead peer within half a minute instead of the system's two hours.
OPTIONS: Mapping[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    # Keep-alives pause while sent data waits for its acknowledgement; this bounds that wait (milliseconds).
    "tcp_user_timeout": 30_000,
}

_VARIABLES = "CITYHUB_DATABASE_URL (or CITYHUB_READ_DATABASE_URL)"
_FORM = "postgresql://user:password@host:5432/database"
# libpq's words, without the value, for an option that no server can make right.
_WRONG_OPTION = re.compile(
    r"invalid (?:port number|integer value|\"?\w+\"? value)|could not match \d+ \w+ (?:names|numbers) to \d+ hosts"
)


@contextmanager
def domain_errors() -> Iterator[None]:
    """Turn what the driver raises inside the block into the store's own errors.

    Only the data itself can be refused. A missing table, a lost privilege, a read-only server in a failover are
    states of the server, which pass: data must not be given up for them.
    """
    try:
        yield
    except (psycopg.DataError, psycopg.IntegrityError) as exc:
        raise StoreRefused(f"the database refused the data: {_first_line(exc)}") from exc
    except (psycopg.OperationalError, psycopg.InterfaceError) as exc:
        raise StoreUnavailable(f"the database does not answer: {_first_line(exc)}") from exc
    except psycopg.Error as exc:
        if exc.sqlstate is None:
            raise  # a mistake of ours, not a word of the server
        raise StoreUnavailable(f"the database cannot do this now: {_first_line(exc)}") from exc


def _first_line(exc: BaseException) -> str:
    # The other lines may repeat data.
    return mask_url((str(exc).strip().splitlines() or [type(exc).__name__])[0])


def check_url(url: str, variable: str = _VARIABLES) -> None:
    """A URL that can never work is SettingsError, not a database that is away and may come back. Opens nothing."""
    try:
        given: dict[str, Any] = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # The driver's text quotes the URL with its password.
        raise SettingsError(f"{variable} cannot be read; write it as {_FORM}") from None
    # libpq judges every option before it looks for a host, and these it looks for on this machine in vain.
    hosts = given.pop("host", None) or given.pop("hostaddr", "")
    given |= {"host": ",".join("/" for _ in hosts.split(",")), "hostaddr": None}
    tried = PGconn.connect_start(make_conninfo(**given).encode())
    wrong = _WRONG_OPTION.search(tried.get_error_message())
    tried.finish()
    if wrong is not None:
        raise SettingsError(f"{variable} cannot be used: {wrong[0]}; write it as {_FORM}")


class Pool:
    """A bounded pool of connections. `with pool.connection() as conn:` is one transaction, unless in autocommit."""

    def __init__(
        self, url: str, name: str, *, min_size: int = 1, max_size: int = 4, autocommit: bool = False
    ) -> None:
        check_url(url)
        self._pool = ConnectionPool(
            url,
            kwargs={**OPTIONS, "application_name": name, "autocommit": autocommit},
            min_size=min_size,
            max_size=max_size,
            timeout=CONNECT_TIMEOUT_S,
            reconnect_timeout=0,
            check=ConnectionPool.check_connection,
            open=True,
            name=name,
        )

    @contextmanager
    def connection(self) -> Iterator[psycopg.Connection]:
        """A connection; commits at the end of the block, rolls back on any error."""
        with domain_errors(), self._pool.connection() as conn:
            yield conn

    def close(self) -> None:
        """Close every connection; idempotent."""
        self._pool.close()


def open_pool(url: str, name: str, *, min_size: int = 1, max_size: int = 4, autocommit: bool = False) -> Pool:
    """A pool whose connections the server lists under `name`. Does not wait for the database.

    Raises SettingsError for a URL that cannot be used.
    """
    return Pool(url, name, min_size=min_size, max_size=max_size, autocommit=autocommit)


def dial(url: str, name: str, *, autocommit: bool = False) -> psycopg.Connection:
    """One connection that the caller closes; statements on it belong inside `domain_errors()`.

    Raises SettingsError for a URL that cannot be used.
    """
    check_url(url)
    with domain_errors():
        return psycopg.connect(url, application_name=name, autocommit=autocommit, **OPTIONS)


@contextmanager
def connect(url: str, name: str, *, autocommit: bool = False) -> Iterator[psycopg.Connection]:
    """One connection for the length of the block; commits at its end, rolls back on any error."""
    with domain_errors(), dial(url, name, autocommit=autocommit) as conn:
        yield conn
