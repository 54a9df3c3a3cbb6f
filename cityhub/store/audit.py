"""The trail of what people changed or looked up: only added to, in the transaction of what it tells of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Entry:
    """Who did what to which object, and how it was before and after. Times are aware; plates are masked."""

    id: int
    at: datetime
    who: str
    action: str
    object: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    why: str


def add(
    conn: psycopg.Connection,
    who: str,
    action: str,
    object: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str = "",
) -> None:
    """One thing that somebody did; never passwords, codes, keys, whole plates or phones."""
    row = {
        "who": who,
        "action": action,
        "object": object,
        "before": None if before is None else Jsonb(dict(before)),
        "after": None if after is None else Jsonb(dict(after)),
        "why": why[:500],
    }
    conn.execute(_SQL["add"], row)


def newest(
    conn: psycopg.Connection,
    limit: int,
    *,
    object: str | None = None,
    before_id: int | None = None,
    with_money: bool = True,
) -> list[Entry]:
    """The trail, the newest first; of one object, or from an entry on into the past.

    `with_money`: also what was decided about parked money and refunds.
    """
    row = {"limit": limit, "object": object, "before_id": before_id, "with_money": with_money}
    return [Entry(*found) for found in conn.execute(_SQL["newest"], row)]
