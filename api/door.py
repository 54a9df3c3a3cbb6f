"""The door at which people sign in: how often an address may knock, and whose turn it is to have a password compared.

A comparison takes a core and 19 MiB for some fifty milliseconds (argon2id). Strangers are compared one at a time and
few of them wait, so that a flood of them holds up neither pages nor people in browsers that are known, who have a turn
of their own.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import TypeVar

from api.problems import TooManyAtTheDoor, TooManyRequests
from api.rates import Rates, share_of

# Of one lane; of those each address has so many.
MOST_WAITING = 40
PER_ADDRESS = 4

_Found = TypeVar("_Found")


class Lane:
    """Work that is done one at a time, in the order in which it came. For one event loop.

    By a thread of its own: what a comparison took stays with the thread that asked for it (malloc), and there are forty
    that requests share.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "door")
        self._turn = asyncio.Semaphore(1)
        self._waiting: Counter[str] = Counter()

    def check(self, address: str) -> None:
        """Raises TooManyAtTheDoor where this address would not be let wait."""
        if self._waiting.total() >= MOST_WAITING or self._waiting[address] >= PER_ADDRESS:
            raise TooManyAtTheDoor("Too many want to sign in at the moment; try again shortly")

    @asynccontextmanager
    async def turn(self, address: str) -> AsyncIterator[None]:
        """The turn of one request of `address`; raises TooManyAtTheDoor."""
        self.check(address)
        self._waiting[address] += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting[address] -= 1
            if not self._waiting[address]:
                del self._waiting[address]

    async def run(self, address: str, act: Callable[[], _Found]) -> _Found:
        """What `act` finds, in the turn of `address`; raises TooManyAtTheDoor."""
        async with self.turn(address):
            return await asyncio.get_running_loop().run_in_executor(self._thread, act)


class Door:
    """For one event loop. `per_minute`: forms of one address; 0: no limit."""

    def __init__(self, per_minute: int) -> None:
        self._rates = Rates(per_minute, 0)
        self.strangers, self.known = Lane(), Lane()

    async def knock(self, host: str) -> None:
        """Count one form of the client at `host`; raises TooManyRequests."""
        share = await self._rates.take(share_of(host))
        if share is not None and share.is_exhausted:
            raise TooManyRequests(
                f"More than {share.limit} tries to sign in a minute of one address; go on in {share.reset_s} s",
                share.reset_s,
            )

    async def work(self, host: str, act: Callable[[], _Found], *, is_known: bool) -> _Found:
        """What `act`, which compares or makes a password, finds, in its turn; raises TooManyAtTheDoor."""
        return await (self.known if is_known else self.strangers).run(share_of(host), act)
