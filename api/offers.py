"""Places and their tariffs in memory: what a driver moves a slider over is asked for many times a minute."""

import asyncio
import time
from collections import OrderedDict
from typing import NamedTuple

import psycopg
from starlette.concurrency import run_in_threadpool

from api.nearby import Everywhere
from api.pools import Turns
from cityhub.errors import RuleBroken
from cityhub.model import PlaceRow
from cityhub.parking.bays import Bay
from cityhub.parking.tariffs import Schedule
from cityhub.store import Pool, places, tariffs

# A quote may be so much behind the catalogue; who sells asks the database again.
FRESH_S = 2.0
MOST = 2_000


class Offer(NamedTuple):
    """A place and its zone's tariff, which is None where nobody runs the place or none is loaded."""

    place: PlaceRow
    schedule: Schedule | None
    # Of one place that was asked for; a list of places is without them.
    bays: tuple[Bay, ...] = ()


class Offers:
    """For one event loop."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[float, Offer]] = OrderedDict()
        self._all: tuple[float, str, Everywhere] | None = None
        self._reading = asyncio.Lock()

    async def get(self, reads: Turns, place_id: str) -> Offer:
        """The offer of a place, not older than FRESH_S. Raises NotFound and as the store."""
        now = time.monotonic()
        known = self._known.get(place_id)
        if known is not None and now - known[0] < FRESH_S:
            return known[1]
        async with reads.turn() as pool:
            offer = await run_in_threadpool(_read, pool, place_id)
        self._known[place_id] = now, offer
        self._known.move_to_end(place_id)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return offer

    async def everywhere(self, reads: Turns) -> Everywhere:
        """The offers of all places, not older than FRESH_S. Raises as the store."""
        async with self._reading:
            known, now = self._all, time.monotonic()
            if known is not None and now - known[0] < FRESH_S:
                return known[2]
            async with reads.turn() as pool:
                edition, found = await run_in_threadpool(_read_all, pool, None if known is None else known[1])
            # Thousands of places are read anew only when one has changed.
            kept = known[2] if found is None and known is not None else found
            assert kept is not None  # noqa: S101 - the first time everything is read
            self._all = now, edition, kept
            return kept


def _read_all(pool: Pool, known: str | None) -> tuple[str, Everywhere | None]:
    """The edition of what is stored, and everything unless that is `known`."""
    with pool.connection() as conn:
        edition = places.edition(conn)
        if edition == known:
            return edition, None
        found = places.all(conn)
        zones = {place.zone for place in found if place.zone is not None}
        schedules = {zone: _schedule(conn, zone) for zone in zones}
    return edition, Everywhere([Offer(place, schedules.get(place.zone or "")) for place in found])


def _schedule(conn: psycopg.Connection, zone: str) -> Schedule | None:
    try:
        return tariffs.schedule(conn, zone)
    except RuleBroken:
        # A zone whose tariff is not loaded yet keeps no other place off the list.
        return None


def _read(pool: Pool, place_id: str) -> Offer:
    with pool.connection() as conn:
        place = places.get(conn, place_id)
        schedule = None if place.zone is None else _schedule(conn, place.zone)
        return Offer(place, schedule, tuple(places.bays(conn, place_id)))
