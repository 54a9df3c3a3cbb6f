"""What came in, what should have, and what likely explains the difference. Pure; whole VND.

Money is exact, as the books have it. What should have come in is an estimate: the price, by the tariff, of the stays
that bays' sensors saw. So is everything that is made of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Literal, Self

Step = Literal["day", "week", "month"]
# From so much silence on an estimate says more about sensors than about drivers.
MUCH_SILENCE = 0.25

Cause = Literal["no_sensor", "met", "silent", "unpaid", "permit", "longer", "unsplit"]


@dataclass(frozen=True, slots=True)
class Figures:
    """Of a place and a span, or of several together. Stays are of what sensors see: never of motorbikes.

    `taken`, `given_back`: by the books; `others`: what other apps said they sold; `compared`: what of these is for
    what a sensor could see, on the `told` days of `days` on which one said anything; `expected`: the price of the
    stays of those days; `split`: what of expected less compared is told apart: `unpaid` (nothing that was paid is
    theirs) and `permit` (a permit may be), the rest is `longer`. `watched_seconds`: of all bays with a sensor.
    """

    days: int = 0
    told: int = 0
    taken: int = 0
    given_back: int = 0
    others: int = 0
    compared: int = 0
    expected: int = 0
    split: int = 0
    unpaid: int = 0
    permit: int = 0
    stays: int = 0
    free_stays: int = 0
    permit_stays: int = 0
    unpaid_stays: int = 0
    silent_seconds: int = 0
    watched_seconds: int = 0

    @classmethod
    def sum(cls, of: Iterable[Self]) -> Self:
        """All of them together."""
        # Of a year, day by day, there are thousands.
        values = attrgetter(*(field.name for field in fields(cls)))
        return cls(*map(sum, zip(*map(values, of), strict=True)))

    @property
    def net(self) -> int:
        """What came in and stayed."""
        return self.taken - self.given_back + self.others

    @property
    def uncompared(self) -> int:
        """What of it no sensor could see: motorbikes, and days without a word of any."""
        return self.net - self.compared

    @property
    def gap(self) -> int | None:
        """What is missing; below zero where more came in than was expected, None where no sensor told anything."""
        return self.expected - self.compared if self.told else None

    @property
    def longer(self) -> int:
        """Of the gap: cars that stood for longer than was paid; below zero: for less, or were not seen."""
        return self.split - self.unpaid - self.permit

    @property
    def unsplit(self) -> int:
        """Of the gap: what was counted before it was told apart."""
        return (self.gap or 0) - self.split

    @property
    def silence(self) -> float | None:
        """The share of time of which nobody knows what stood there; None where there is no sensor."""
        return self.silent_seconds / self.watched_seconds if self.watched_seconds else None

    @property
    def is_silent(self) -> bool:
        """Is so much unknown that what was expected is too little to go by?"""
        return (self.silence or 0) >= MUCH_SILENCE

    @property
    def unseen(self) -> int | None:
        """What more would be expected if it had been as busy while sensors were silent; None where all were."""
        heard = self.watched_seconds - self.silent_seconds
        return round(self.expected * self.silent_seconds / heard) if heard > 0 else None

    @property
    def cause(self) -> Cause:
        """What explains most of the gap; where there is none, whether that is known."""
        gap = self.gap
        if gap is None:
            return "no_sensor"
        if gap <= 0:
            return "silent" if self.is_silent else "met"
        parts: dict[Cause, int] = {
            "unpaid": self.unpaid,
            "permit": self.permit,
            "longer": self.longer,
            "unsplit": self.unsplit,
        }
        return max(parts, key=lambda name: parts[name])
