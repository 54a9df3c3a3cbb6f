"""Kinds of connection: how long each may wait, and session settings that no default of a role or database may change.

Sent when a connection begins (libpq's `options`), so they hold from the first statement on and go before whatever
ALTER ROLE or ALTER DATABASE set. A connection pooler in between must pass that parameter on.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn

from cityhub.errors import SettingsError

CONNECT_TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Use:
    """What a connection is for, in seconds; 0: no end.

    `statement_s`: one statement; `lock_s`: a lock that it waits for; `idle_s`: a transaction in which nothing
    happens; `hold_s`: from taking a connection out of its pool to giving it back, or one batch (store/bounds.py);
    `connect_s`: until a connection is there. `read_only`: the server refuses every change.
    """

    statement_s: float
    lock_s: float
    idle_s: float
    hold_s: float = 0
    connect_s: int = CONNECT_TIMEOUT_S
    read_only: bool = False


# What every visitor sees; the next attempt comes soon.
HOT = Use(statement_s=5, lock_s=2, idle_s=5, hold_s=8, read_only=True)
READS = Use(statement_s=5, lock_s=2, idle_s=5, hold_s=8, read_only=True)
HISTORY = Use(statement_s=20, lock_s=2, idle_s=5, hold_s=25, read_only=True)
READINESS = Use(statement_s=2, lock_s=1, idle_s=2, hold_s=3, connect_s=2, read_only=True)
WRITES = Use(statement_s=10, lock_s=2, idle_s=5, hold_s=15)
# A full batch on a busy machine takes seconds, and one that is broken off begins anew: only what hangs is ended.
INGEST = Use(statement_s=120, lock_s=5, idle_s=60, hold_s=180)
JOBS = Use(statement_s=600, lock_s=10, idle_s=60)
BY_HAND = Use(statement_s=3600, lock_s=30, idle_s=600)
# They wait for each other, and what they begin must end.
MIGRATION = Use(statement_s=0, lock_s=0, idle_s=0)

# What the driver's readers of values and the hub's SQL rely on.
_PINNED: Mapping[str, str] = MappingProxyType(
    {
        "timezone": "UTC",
        "datestyle": "ISO",
        "intervalstyle": "postgres",
        "bytea_output": "hex",
        "extra_float_digits": "1",
        "standard_conforming_strings": "on",
        "array_nulls": "on",
        "transform_null_equals": "off",
        "default_transaction_isolation": "read committed",
        "default_transaction_deferrable": "off",
        # A pooled connection or one that listens is idle for long.
        "idle_session_timeout": "0",
    }
)
_NETWORK: Mapping[str, Any] = MappingProxyType(
    {
        "client_encoding": "UTF8",
        # Keep-alives notice a dead peer within half a minute instead of the system's two hours.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        # They pause while sent data waits for its acknowledgement; this bounds that wait (milliseconds).
        "tcp_user_timeout": 30_000,
    }
)

_VARIABLES = "CITYHUB_DATABASE_URL (or CITYHUB_READ_DATABASE_URL)"
_FORM = "postgresql://user:password@host:5432/database"
# libpq's words, without the value, for an option that no server can make right.
_WRONG_OPTION = re.compile(
    r"invalid (?:port number|integer value|\"?\w+\"? value)|could not match \d+ \w+ (?:names|numbers) to \d+ hosts"
)


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


def arguments(url: str, name: str, use: Use) -> dict[str, Any]:
    """What to hand to psycopg.connect beside `url`; the server lists the connection under `name`.

    Time limits and the search path may be set otherwise in the URL's own `options`. Raises SettingsError for a URL that
    cannot be used.
    """
    check_url(url)
    own = conninfo_to_dict(url).get("options") or os.environ.get("PGOPTIONS", "")
    limits = {
        "search_path": "public",
        "statement_timeout": _milliseconds(use.statement_s),
        "lock_timeout": _milliseconds(use.lock_s),
        "idle_in_transaction_session_timeout": _milliseconds(use.idle_s),
    }
    pinned = dict(_PINNED)
    if use.read_only:
        # Else it stays as it is: an operator, or a hosted server whose disk is full, forbids writing by it.
        pinned["default_transaction_read_only"] = "on"
    options = " ".join(part for part in (_words(limits), str(own).strip(), _words(pinned)) if part)
    return {**_NETWORK, "connect_timeout": use.connect_s, "application_name": name, "options": options}


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _words(settings: Mapping[str, str]) -> str:
    return " ".join(f"-c {name}={value.replace(' ', chr(92) + ' ')}" for name, value in settings.items())
