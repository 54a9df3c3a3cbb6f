"""One driver's visit: a place, a price, the time, the payment, what goes wrong on the way, and the end."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from simulators.drivers.habits import Driver
from simulators.drivers.hub import Hub
from simulators.drivers.paying import Payer

_SESSIONS = "/parking/sessions"
_THINKS_S = 3.0
# A wrong plate is noticed so long after it was paid for.
_NOTICES_S = 15.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A car in a bay for so many seconds from now on."""

    bay_id: str
    stays_s: float


@dataclass(frozen=True, slots=True)
class Visit:
    """`wait`: seconds of the simulated city; `count`: that something happened; `occupy`: a bay is taken."""

    driver: Driver
    dice: Random
    hub: Hub
    payer: Payer
    wait: Callable[[float], "asyncio.Future[None] | Any"]
    count: Callable[[str], None]
    occupy: Callable[[Arrival], None]

    async def go(self) -> None:
        """The whole visit; raises GaveUp and Refused where it ends before its time."""
        driver = self.driver
        place = self._place((await self.hub.get("/parking/places", vehicle=driver.vehicle))["places"])
        if place is None:
            self.count("no place")
            return
        bay = self._bay((await self.hub.get(f"/parking/places/{place}")).get("bays", ()))
        if bay is not None:
            self.occupy(Arrival(bay, driver.stays_s))
        if not driver.asks_at_all:
            self.count("never asked")
            return
        about = {"place_id": place, "vehicle": driver.vehicle}
        await self.hub.post("/parking/quote", {**about, "minutes": driver.asks})
        await self.wait(_THINKS_S)
        session = await self.hub.post(_SESSIONS, {**about, **self._asked(bay)})
        self.count("sessions")
        token = session["token"]
        if not driver.pays:
            self.count("did not pay")
            # Who does not mean to pay for a start-stop stay just drives off: it is not ended.
            return
        if session["due"] and not await self._pay(token, cancels=driver.cancels):
            return
        left_s = driver.stays_s - _THINKS_S
        left_s -= await self._correct(token, left_s)
        if driver.extends is not None and driver.mode == "prepaid":
            await self.wait(left_s / 2)
            left_s /= 2
            longer = await self.hub.post(f"{_SESSIONS}/{token}/extend", {"minutes": driver.extends})
            self.count("extended")
            if longer["due"]:
                await self._pay(token)
        await self.wait(left_s)
        if not driver.stops:
            self.count("left")
            return
        ended = await self.hub.post(f"{_SESSIONS}/{token}/stop")
        self.count("stopped")
        if ended["due"]:
            await self._pay(token)

    def _asked(self, bay: str | None) -> dict[str, Any]:
        driver = self.driver
        asked: dict[str, Any] = {"plate": driver.mistyped or driver.plate, "mode": driver.mode}
        if driver.mode == "prepaid":
            asked["minutes"] = driver.asks
        if bay is not None:
            asked["bay_id"] = bay
        if driver.phone is not None:
            asked["phone"] = driver.phone
        return asked

    def _place(self, places: Sequence[dict[str, Any]]) -> str | None:
        """One that has room; where nobody knows, one that may have."""
        for state in ("open", "unknown"):
            if found := [str(place["id"]) for place in places if place["state"] == state]:
                return self.dice.choice(found)
        return None

    def _bay(self, bays: Sequence[dict[str, Any]]) -> str | None:
        free = [str(bay["id"]) for bay in bays if bay["state"] == "free"]
        return self.dice.choice(free) if free and self.driver.vehicle == "car" else None

    async def _pay(self, token: str, *, cancels: bool = False) -> bool:
        outcome = await self.payer.pay(token, cancels=cancels)
        self.count({"paid": "payments", "failed": "failed payments", "waits": "unheard payments"}[outcome])
        if outcome != "paid":
            return False
        session = await self.hub.get(f"{_SESSIONS}/{token}")
        for number in session["receipts"][-1:]:
            await self.hub.get(f"/receipts/{number}", token=token)
        return True

    async def _correct(self, token: str, left_s: float) -> float:
        """The right plate, if it was wrong; how long that took."""
        if self.driver.mistyped is None:
            return 0
        passed = min(_NOTICES_S, left_s / 2)
        await self.wait(passed)
        await self.hub.post(f"{_SESSIONS}/{token}/correct", {"plate": self.driver.plate})
        self.count("corrected")
        return passed
