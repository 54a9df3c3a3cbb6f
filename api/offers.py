"""Places and their tariffs in memory: what a driver moves a slider over is asked for many times a minute."""

import time
from collections import OrderedDict
from typing import NamedTuple

import psycopg
from starlette.concurrency import run_in_threadpool

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
        self._all: tuple[float, tuple[Offer, ...]] | None = None

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

    async def everywhere(self, reads: Turns) -> tuple[Offer, ...]:
        """The offers of all places by id, not older than FRESH_S. Raises as the store."""
        now = time.monotonic()
        if self._all is None or now - self._all[0] >= FRESH_S:
            async with reads.turn() as pool:
                self._all = now, await run_in_threadpool(_read_all, pool)
        return self._all[1]


def _read_all(pool: Pool) -> tuple[Offer, ...]:
    with pool.connection() as conn:
        found = places.all(conn)
        zones = {place.zone for place in found if place.zone is not None}
        schedules = {zone: _schedule(conn, zone) for zone in zones}
    return tuple(Offer(place, schedules.get(place.zone or "")) for place in found)


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
