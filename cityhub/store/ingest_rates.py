"""How many messages came, by minute and kind. Within the caller's transaction; times are aware."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import psycopg

from cityhub.ops.rates import BOUNDS_S, MINUTE, Counted, Rate, Step, minute_of
from cityhub.store.queries import load

_SQL = load(__file__)

KEPT = timedelta(days=7)
SHOWN, STEP = timedelta(hours=6), timedelta(minutes=10)
_RATED, _LAGGED = 5, 15
_AHEAD = timedelta(days=1)


def add(conn: psycopg.Connection, counted: Mapping[tuple[datetime, str], Counted]) -> None:
    """Count these too, by minute and kind. In one order, so that no two who count wait for each other."""
    rows = [
        {"minute": minute, "kind": kind, "messages": one.messages, "refused": one.refused, "lags": one.lags}
        for (minute, kind), one in sorted(counted.items(), key=lambda item: item[0])
    ]
    with conn.cursor() as cursor:
        cursor.executemany(_SQL["add"], rows)


def recent(conn: psycopg.Connection, now: datetime) -> list[Rate]:
    """Of each kind of which anything came in the last hours, by name; rates are of whole minutes."""
    minute = minute_of(now)
    first = minute - SHOWN
    row = {"since": first, "until": minute, "step": STEP, "rated_since": minute - _RATED * MINUTE}
    steps: defaultdict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
    rated: dict[str, tuple[int, int]] = {}
    for kind, number, messages, refused, of_late, refused_of_late in conn.execute(_SQL["steps"], row):
        steps[kind][number] = messages, refused
        before = rated.get(kind, (0, 0))
        rated[kind] = before[0] + of_late, before[1] + refused_of_late
    lags: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS_S) + 1))
    for kind, number, count in conn.execute(
        _SQL["lags"], {"since": minute - _LAGGED * MINUTE, "until": minute}
    ):
        lags[kind][number - 1] = count
    return [
        Rate(kind, rated[kind][0] / _RATED, rated[kind][1] / _RATED, lags[kind], _steps(steps[kind], first))
        for kind in sorted(steps)
    ]


def _steps(found: Mapping[int, tuple[int, int]], first: datetime) -> Sequence[Step]:
    minutes = STEP / MINUTE
    counts = (found.get(number, (0, 0)) for number in range(SHOWN // STEP))
    return [
        Step(first + number * STEP, messages / minutes, refused / minutes)
        for number, (messages, refused) in enumerate(counts)
    ]


def forget(conn: psycopg.Connection, now: datetime) -> int:
    """Remove minutes that are older than they are kept at `now`, or a day ahead of it; how many rows."""
    return conn.execute(_SQL["forget"], {"before": now - KEPT, "after": now + _AHEAD}).rowcount
