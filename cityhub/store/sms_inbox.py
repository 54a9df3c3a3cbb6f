"""Messages from phones, each answered once. All within the caller's transaction.

Who sent one is known by a keyed token (cityhub.phones); what was written is not kept.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg

from cityhub.store.queries import load

_SQL = load(__file__)


def once(
    conn: psycopg.Connection,
    reference: str,
    sender: bytes,
    now: datetime,
    act: Callable[[], tuple[str, str | None]],
) -> str:
    """What `act` answers (text, id of its session), or answered when the gateway's `reference` came before.

    What `act` did and its answer are there together, or neither. `now` is aware.
    """
    row: dict[str, object] = {"reference": reference, "sender": sender, "now": now}
    if not conn.execute(_SQL["claim"], row).rowcount:
        [(answer,)] = conn.execute(_SQL["found"], row).fetchall()
        return str(answer)
    text, session_id = act()
    conn.execute(_SQL["answered"], row | {"answer": text, "session_id": session_id})
    return text


def answered(conn: psycopg.Connection, sender: bytes, now: datetime, within: timedelta) -> int:
    """How many messages of a sender were answered in the time `within` before `now` (aware)."""
    [(count,)] = conn.execute(_SQL["count"], {"sender": sender, "since": now - within}).fetchall()
    return int(count)


def session_token(conn: psycopg.Connection, phone: str, sender: bytes, over: datetime) -> str | None:
    """The token of the sender's newest session, one that is paid for before others; None without one.

    Sessions that were over at `over` (aware) do not count. `phone`: E.164.
    """
    found = conn.execute(_SQL["session"], {"phone": phone, "sender": sender, "over": over}).fetchone()
    return None if found is None else found[0]


def place_ids(conn: psycopg.Connection) -> list[str]:
    """Where time is sold."""
    return [id for (id,) in conn.execute(_SQL["place_ids"])]


def forget(conn: psycopg.Connection, before: datetime) -> int:
    """Remove what came before `before` (aware); how many."""
    return conn.execute(_SQL["forget"], {"before": before}).rowcount
