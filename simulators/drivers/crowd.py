"""Drivers who come at random moments, many an hour, each on a visit of their own; in a thread beside the city."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import httpx

from cityhub.errors import InvalidInput
from cityhub.logs import get_logger
from simulators.drivers.habits import Driver, driver
from simulators.drivers.hub import GaveUp, Hub, Refused
from simulators.drivers.paying import Payer
from simulators.drivers.visit import Arrival, Visit

MOST_PER_HOUR = 36_000
# Who comes while so many are at it stays away.
MOST_AT_ONCE = 500
_LOOK_S = 2.0
# Longer than the hub waits before it asks a provider that did not call.
_LOOKS = 130

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Pace:
    """`per_hour`: drivers an hour of the city; `haste`: how many times faster than the clock the city's time goes by.

    `patience_s`: how long a driver tries while the hub is away, by the clock.
    """

    per_hour: float
    haste: float = 1
    patience_s: float = 120


def check(per_hour: float) -> None:
    """Raises InvalidInput for a rate that nobody should send at a hub."""
    if not 0 <= per_hour <= MOST_PER_HOUR:
        raise InvalidInput("drivers", f"an hour must be from 0 to {MOST_PER_HOUR}")


@dataclass
class Crowd:
    """Drivers of the hub at `api`. `bank`: the page where transfers are typed; `occupy`: told of every bay taken.

    `counts` says what they did, `drivers` who came; `asked`: is called with every address that they ask.
    """

    api: str
    pace: Pace
    seed: int = 1
    bank: str | None = None
    occupy: Callable[[Arrival], None] = lambda _arrival: None
    asked: Callable[[str], None] = lambda _url: None
    counts: Counter[str] = field(default_factory=Counter)
    drivers: list[Driver] = field(default_factory=list)

    async def run(self, stopped: asyncio.Event, for_s: float | None = None) -> None:
        """Drivers come for `for_s` seconds of the city, or until it is `stopped`; then all of them are broken off."""
        dice = Random(f"{self.seed}/arrivals")  # noqa: S311 - traffic, no secret
        came, left_s, number = set[asyncio.Task[None]](), for_s, 0
        limits = httpx.Limits(max_connections=50, max_keepalive_connections=20)
        hooks = {"request": [self._note]}
        async with httpx.AsyncClient(timeout=20, limits=limits, event_hooks=hooks, trust_env=False) as client:
            while True:
                gap_s = dice.expovariate(self.pace.per_hour / 3600)
                wait_s = gap_s if left_s is None else min(gap_s, left_s)
                if await _is_set_within(stopped, wait_s / self.pace.haste):
                    break
                if left_s is not None and (left_s := left_s - wait_s) <= 0:
                    break
                number += 1
                if len(came) >= MOST_AT_ONCE:
                    self.counts["too many"] += 1
                    continue
                task = asyncio.create_task(self._visit(client, number))
                came.add(task)
                task.add_done_callback(came.discard)
            for task in tuple(came):
                task.cancel()
            await asyncio.gather(*came, return_exceptions=True)

    def line(self) -> str:
        """What they did, in one line."""
        found = ", ".join(f"{name} {count}" for name, count in sorted(self.counts.items()))
        return f"drivers: {found or 'none'}"

    async def _visit(self, client: httpx.AsyncClient, number: int) -> None:
        who = driver(self.seed, number)
        # Only the newest are remembered, for whoever looks.
        self.drivers[:] = [*self.drivers, who][-10_000:]
        self.counts["came"] += 1
        hub = Hub(client, self.api, self.pace.patience_s)
        visit = Visit(
            who,
            Random(f"{self.seed}/visit/{number}"),  # noqa: S311 - as above
            hub,
            Payer(hub, who.way, self.bank, _LOOK_S / self.pace.haste, _LOOKS),
            lambda seconds: asyncio.sleep(max(seconds, 0) / self.pace.haste),
            self._count,
            self.occupy,
        )
        try:
            await visit.go()
        except Refused as exc:
            self.counts[f"refused: {exc.rule}"] += 1
        except GaveUp:
            self.counts["gave up"] += 1
        except (KeyError, TypeError, ValueError) as exc:
            # An answer of a form that nobody expects: the city goes on.
            _log.warning("a driver did not understand the hub", error=type(exc).__name__)
            self.counts["not understood"] += 1

    def _count(self, what: str) -> None:
        self.counts[what] += 1

    async def _note(self, request: httpx.Request) -> None:
        self.asked(str(request.url))


@contextmanager
def in_background(crowd: Crowd) -> Iterator[Mapping[str, int]]:
    """Within the block the drivers come, in a thread of their own; what they did by now."""
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(crowd.run(stopped)), name="drivers")
    thread.start()
    try:
        yield crowd.counts
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join(30)
        if not thread.is_alive():
            loop.close()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
