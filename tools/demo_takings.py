"""The demo's past takings: most cars that its bays' sensors saw have paid, as the simulated drivers of today do.

Nobody can pay in the past through the API, so this is entered through the store, as settled payments of plates that
begin with 00, which no province has. The pages bear the demo's notice all the while.
"""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from random import Random
from threading import Event, Thread
from typing import Final, get_args
from uuid import uuid4

import psycopg

from cityhub.config import Settings
from cityhub.errors import CityHubError
from cityhub.parking.coverage import Priced
from cityhub.parking.plates import normalise
from cityhub.payments import references
from cityhub.payments.model import Provider
from cityhub.rfc3339 import at_local_time
from cityhub.store import connect, ledger, payments, revenue, sessions, settlement
from jobs import revenue as counting

# Of a hundred cars so many pay, and so many of these for less time than they stay.
_PAY, _TOO_SHORT = 72, 12
_BATCH: Final = 50
_PROVIDERS = tuple(name for name in get_args(Provider) if name != "wallet")
_HALF_HOUR_S = 1800
_REST_S = 0.5
_PATIENCE_S = 5.0


class Filling:
    """Runs on a thread of its own, slowly: who has just begun to look at the demo should not wait for the past."""

    def __init__(self, settings: Settings, since: datetime, seed: int) -> None:
        self._stopped = Event()
        self._arguments = settings, since, datetime.now(UTC), seed
        self._thread = Thread(target=self._run, name="past takings", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """Ends with the batch that is being entered."""
        self._stopped.set()
        self._thread.join(_PATIENCE_S)

    def _run(self) -> None:
        # The database may be gone before the demo's parts are told to stop.
        with suppress(CityHubError):
            fill(*self._arguments, self._stopped.wait)


def fill(
    settings: Settings,
    since: datetime,
    now: datetime,
    seed: int,
    rest: Callable[[float], bool] = lambda _: False,
) -> int:
    """Payments for what was seen from `since` to `now` (aware), as far back as days are counted; how many.

    Then these days are counted, so that there is something to look at before the clock next says so. `rest` waits so
    many seconds between batches, and says whether to stop.
    """
    today = at_local_time(now).date()
    first = max(at_local_time(since).date(), today - timedelta(days=counting.DAYS - 1))
    days = [today - timedelta(days=n) for n in range((today - first).days + 1)]
    random, paid = Random(seed), 0  # noqa: S311 - of simulated drivers
    with connect(settings.require("database_url"), "cityhub-demo") as conn:
        for day in days:
            # The newest first, and to be seen as soon as it is there.
            revenue.count(conn, day, now)
            conn.commit()
            seen = iter(_seen(conn, day, since, now))
            while (batch := list(islice(seen, _BATCH))) and not rest(_REST_S):
                paid += sum(_pay(conn, one, random) for one in batch)
                conn.commit()
            ledger.count(conn)
            revenue.count(conn, day, now)
            conn.commit()
    return paid


def _seen(conn: psycopg.Connection, day: date, since: datetime, now: datetime) -> list[Priced]:
    return [
        one
        for one in revenue.seen(conn, day, now)
        if one.price and since <= one.stay.start and one.stay.end < now
    ]


def _pay(conn: psycopg.Connection, one: Priced, random: Random) -> bool:
    share, tells_bay = random.randrange(100), random.random() < 0.6
    plate, provider = f"00A-{random.randrange(100_000):05}", random.choice(_PROVIDERS)
    if share >= _PAY:
        return False
    length_s = (one.stay.end - one.stay.start).total_seconds() / (2 if share < _TOO_SHORT else 1)
    minutes = max(1, -(-int(length_s) // _HALF_HOUR_S)) * _HALF_HOUR_S // 60
    at = one.stay.start.replace(microsecond=0)
    asked = sessions.Asked(
        one.place_id, normalise(plate), "car", minutes, one.bay_id if tells_bay else None, wording="demo"
    )
    try:
        with conn.transaction():
            session = sessions.begin(conn, asked, at, secrets.token_urlsafe(16))
            due = session.first.due
            if due <= 0:
                return False
            payment = payments.add(
                conn, id=str(uuid4()), reference=references.new(secrets.randbelow), provider=provider, amount=due,
                now=at, expires_at=at + timedelta(minutes=15), client_address="127.0.0.1", session=(session.id, 1),
            )  # fmt: skip
            settlement.settle(
                conn, payment, amount=due, transaction=payment.reference, at=at, source="callback"
            )
    except CityHubError:
        # The place is closed then, or takes no such length.
        return False
    return True
