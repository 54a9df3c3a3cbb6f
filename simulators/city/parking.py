"""Cars in street bays: they arrive by hour and weekday, stay lognormally long, and drive on when all is full.

Streets are swept every Monday before 4 o'clock, when no car may stand: what happens in a week depends on the seed
and the week alone, whenever a run starts.
"""

import heapq
import math
import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from simulators.city import clock
from simulators.city.noise import between, uniform

# Share of the bays that would be taken if nobody were turned away, by hour of day from midnight.
_WEEKDAY = (
    *(0.22, 0.20, 0.19, 0.18, 0.18, 0.20, 0.32, 0.58, 0.82, 0.95, 0.98, 0.95),
    *(0.85, 0.85, 0.95, 0.98, 0.95, 0.85, 0.72, 0.74, 0.70, 0.55, 0.38, 0.27),
)
_WEEKEND = (
    *(0.25, 0.22, 0.20, 0.19, 0.18, 0.18, 0.22, 0.32, 0.48, 0.66, 0.75, 0.74),
    *(0.66, 0.66, 0.74, 0.80, 0.84, 0.86, 0.92, 0.98, 0.94, 0.76, 0.50, 0.34),
)
_MEDIAN_STAY_S = 55 * 60
_SIGMA = 0.75
_MEAN_STAY_S = _MEDIAN_STAY_S * math.exp(_SIGMA**2 / 2)
_SHORTEST_S, _LONGEST_S = 4 * 60.0, 14 * 3600.0
# Cars that would stand longer leave at some moment of the last two hours of the week.
_SWEEP_S = 2 * 3600.0
_WEEK_S = 7 * clock.DAY_S
# A Monday, 4 o'clock local time.
_FIRST_WEEK_S = clock.day_start(4) + 4 * 3600.0
# A bay that was just left is free for the next car only after it has pulled out.
_TURNOVER_S = 20.0


class Change(NamedTuple):
    """A bay that became taken (1) or free (0) at `t`."""

    t: float
    bay_id: str
    occupied: int


def demand(t: float) -> float:
    """Share of bays wanted at `t` (seconds since 1970) at an average place."""
    table = _WEEKDAY if clock.weekday(t) < 5 else _WEEKEND
    hours = clock.hour(t)
    first = int(hours)
    share = hours - first
    return table[first] * (1 - share) + table[(first + 1) % 24] * share


class Place:
    """One parking place as a queue without waiting room. Events depend on the seed, never on when it is asked."""

    def __init__(self, seed: int, place_id: str, bays: Sequence[str], start: float) -> None:
        self._seed, self._id, self._bays = seed, place_id, tuple(bays)
        self._popularity = between(0.72, 1.25, seed, "popularity", place_id)
        self._fastest = len(bays) * 1.3 / _MEAN_STAY_S
        self._leaving: list[tuple[float, str]] = []
        self.occupied: dict[str, int] = dict.fromkeys(bays, 0)
        self._begin(math.floor((start - _FIRST_WEEK_S) / _WEEK_S))
        self.advance(start)

    def _begin(self, week: int) -> None:
        """Begin a week with all bays free."""
        self._week, self._end = week, _FIRST_WEEK_S + (week + 1) * _WEEK_S
        self._rng = random.Random(int(uniform(self._seed, "parking", self._id, week) * 2**53))  # noqa: S311 - cars
        self._free = list(self._bays)
        self._clearing: list[tuple[float, str]] = []
        self._arrival = self._end - _WEEK_S
        self._next_arrival()

    def advance(self, t: float) -> list[Change]:
        """The changes up to and including `t`, oldest first."""
        changes: list[Change] = []
        while True:
            leaves = self._leaving[0][0] if self._leaving else math.inf
            if min(leaves, self._arrival, self._end) > t:
                return changes
            if self._end <= min(leaves, self._arrival):
                self._begin(self._week + 1)
            elif leaves <= self._arrival:
                at, bay = heapq.heappop(self._leaving)
                self.occupied[bay] = 0
                self._clearing.append((at + _TURNOVER_S, bay))
                changes.append(Change(at, bay, 0))
            else:
                change = self._arrive(self._arrival)
                if change is not None:
                    changes.append(change)
                self._next_arrival()

    def park(self, bay_id: str, t: float, leaves: float) -> Change | None:
        """A car that somebody else drives stands in the bay from `t` to `leaves`; None when it is taken.

        Only after `advance(t)`. What comes later is another story than without this car.
        """
        if self.occupied[bay_id]:
            return None
        self._free = [bay for bay in self._free if bay != bay_id]
        self._clearing = [one for one in self._clearing if one[1] != bay_id]
        # All bays are free when a week begins.
        heapq.heappush(self._leaving, (min(max(leaves, t + 1), self._end - 1), bay_id))
        self.occupied[bay_id] = 1
        return Change(t, bay_id, 1)

    def _arrive(self, t: float) -> Change | None:
        while self._clearing and self._clearing[0][0] <= t:
            self._free.append(self._clearing.pop(0)[1])
        if self._rng.random() * self._fastest > self._wanted(t) or not self._free:
            return None
        place = self._rng.randrange(len(self._free))
        self._free[place], self._free[-1] = self._free[-1], self._free[place]
        bay = self._free.pop()
        stay = _MEDIAN_STAY_S * math.exp(self._rng.gauss(0, _SIGMA))
        leaves = t + min(max(stay, _SHORTEST_S), _LONGEST_S)
        if leaves >= self._end:
            earliest = max(t, self._end - _SWEEP_S)
            leaves = earliest + (self._end - earliest) * self._rng.uniform(0.1, 0.9)
        heapq.heappush(self._leaving, (leaves, bay))
        self.occupied[bay] = 1
        return Change(t, bay, 1)

    def _wanted(self, t: float) -> float:
        """Arrivals a second, by Little's law from the wanted share and the mean stay."""
        return len(self.occupied) * demand(t) * self._popularity / _MEAN_STAY_S

    def _next_arrival(self) -> None:
        self._arrival += self._rng.expovariate(self._fastest)


class Parking:
    """All places with their bays: `bays` maps a place id to the ids of its bays."""

    def __init__(self, seed: int, bays: Mapping[str, Sequence[str]], start: float) -> None:
        self._places = {place: Place(seed, place, tuple(ids), start) for place, ids in sorted(bays.items())}

    def advance(self, t: float) -> list[Change]:
        """The changes of all bays up to `t`, oldest first."""
        return sorted(change for place in self._places.values() for change in place.advance(t))

    def park(self, place_id: str, bay_id: str, t: float, leaves: float) -> Change | None:
        """As `Place.park`."""
        return self._places[place_id].park(bay_id, t, leaves)

    def occupied(self, place_id: str, bay_id: str) -> int:
        """1 when a car stands in the bay, else 0."""
        return self._places[place_id].occupied[bay_id]

    def count(self, place_id: str) -> int:
        """Cars at the place: the sum of its bays."""
        return sum(self._places[place_id].occupied.values())

    def bays(self) -> Iterable[tuple[str, str]]:
        """Every (place id, bay id)."""
        return ((place, bay) for place, state in self._places.items() for bay in state.occupied)
