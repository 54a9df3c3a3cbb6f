"""How the hub is told: at once and once, unless something is to go wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx

from simulators.gateways.misbehaviour import LATE, Gateway, Kind

_TIMEOUT_S = 10
_MOST_LOST = 1_000

# Makes the call, signed wrongly where that is asked for; None: the hub could not be reached.
Call = Callable[[bool], Awaitable[httpx.Response | None]]


@dataclass(frozen=True, slots=True)
class Message:
    """What one gateway has to tell of one order. `is_taken` says of an answer whether it ends the calls.

    `tries`: how often it calls at most.
    """

    gateway: Gateway
    call: Call
    is_taken: Callable[[httpx.Response], bool]
    tries: int = 1


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: `delay`: how late is late; `hold`: how long one waits to be overtaken; `forged`: from the forged call to
    the true one; `retry`: between calls that were not taken (VNPAY itself waits five minutes).
    """

    delay: float = 8
    hold: float = 20
    forged: float = 1
    retry: float = 10


class Callbacks:
    """Calls of gateways to the hub; to be used in one event loop, and closed."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        # What nobody told: it can be told by hand.
        self.lost: list[Message] = []
        self._client: httpx.AsyncClient | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._held: dict[Gateway, asyncio.Event] = {}

    @property
    def client(self) -> httpx.AsyncClient:
        """For calls to the hub, and to nobody that it leads to."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False)
        return self._client

    async def close(self) -> None:
        """Break off what is under way; idempotent."""
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def send(self, method: str, url: str, **request: Any) -> httpx.Response | None:
        """The hub's answer, None when it could not be reached."""
        try:
            return await self.client.request(method, url, **request)
        except httpx.HTTPError:
            return None

    async def deliver(self, message: Message, plan: frozenset[Kind]) -> httpx.Response | None:
        """Tell the hub as `plan` says; what it answered first, None while that is not known."""
        if "lose" in plan:
            self.lost = [*self.lost, message][-_MOST_LOST:]
            return None
        answered: asyncio.Future[httpx.Response | None] = asyncio.get_running_loop().create_future()
        self._begin(self._deliver(message, plan, answered))
        return None if plan & LATE else await answered

    async def tell_lost(self) -> int:
        """Tell what was lost, as by hand; of how many orders."""
        lost, self.lost = self.lost, []
        for message in lost:
            await self.deliver(message, frozenset())
        return len(lost)

    async def _deliver(
        self,
        message: Message,
        plan: frozenset[Kind],
        answered: "asyncio.Future[httpx.Response | None]",
    ) -> None:
        try:
            if "delay" in plan:
                await asyncio.sleep(self.pace.delay)
            overtaken = self._held.pop(message.gateway, None)
            if "reorder" in plan and overtaken is None:
                await self._wait_to_be_overtaken(message.gateway)
            if "forge" in plan:
                await message.call(True)
                await asyncio.sleep(self.pace.forged)
            answers = [await message.call(False) for _ in range(2 if "double" in plan else 1)]
            answered.set_result(answers[0])
            if overtaken is not None:
                overtaken.set()
            for _ in range(message.tries - 1):
                if any(answer is not None and message.is_taken(answer) for answer in answers):
                    return
                await asyncio.sleep(self.pace.retry)
                answers = [await message.call(False)]
        finally:
            if not answered.done():
                answered.set_result(None)

    async def _wait_to_be_overtaken(self, gateway: Gateway) -> None:
        mine = self._held[gateway] = asyncio.Event()
        with suppress(TimeoutError):
            await asyncio.wait_for(mine.wait(), self.pace.hold)
        if self._held.get(gateway) is mine:
            del self._held[gateway]

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
