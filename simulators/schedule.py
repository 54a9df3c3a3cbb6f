"""When each sensor of the live city speaks. Pure: monotonic seconds go in, sensor ids come out."""

import heapq
import math
import random
from collections.abc import Sequence
from typing import Protocol

from cityhub.catalogue.model import Sensor

# An even rate catches up on delays of so many seconds.
_MADE_UP_S = 1.0


class Schedule(Protocol):
    """Who is to report next and when; `spend` tells it that a message was sent out of turn.

    `due(waiting)` is when the next message may leave, given whether one is waiting to be sent out of turn.
    Turns missed while nothing could be sent (broker away, machine asleep) are left out, not made up for.
    """

    def due(self, waiting: bool) -> float: ...

    def next(self, now: float) -> str: ...

    def spend(self) -> None: ...


class EvenRate:
    """`rate` messages a second in all, every sensor in turn; messages sent out of turn take the place of one.

    The first turns are of one sensor of each kind: however low the rate, no kind is without a reading for long.
    """

    def __init__(self, sensors: Sequence[Sensor], rate: float, start: float, seed: int) -> None:
        # Kinds lie together in the catalogue; mixed, each kind's map changes all the time.
        mixed = sorted(sensors, key=lambda sensor: sensor.id)
        random.Random(seed).shuffle(mixed)  # noqa: S311 - an order, no secret
        firsts = {sensor.kind: sensor.id for sensor in reversed(mixed)}.values()
        self._ids = [*firsts, *(sensor.id for sensor in mixed if sensor.id not in firsts)]
        self._step_s = 1 / rate
        self._due = start
        self._index = 0

    def due(self, waiting: bool) -> float:  # noqa: ARG002 - the rate holds for all messages alike
        return self._due

    def next(self, now: float) -> str:
        found = self._ids[self._index % len(self._ids)]
        self._index += 1
        self._due = max(self._due, now - _MADE_UP_S) + self._step_s
        return found

    def spend(self) -> None:
        self._due += self._step_s


class OwnIntervals:
    """Every sensor at its own `interval_s`, first ones spread over their first interval."""

    def __init__(self, sensors: Sequence[Sensor], start: float, seed: int) -> None:
        rng = random.Random(seed)  # noqa: S311 - an order, no secret
        self._heap = [(start + rng.random() * s.interval_s, s.id, float(s.interval_s)) for s in sensors]
        heapq.heapify(self._heap)

    def due(self, waiting: bool) -> float:
        return -math.inf if waiting else self._heap[0][0]

    def next(self, now: float) -> str:
        due, sensor_id, interval_s = self._heap[0]
        missed = max(0, math.floor((now - due) / interval_s))
        heapq.heapreplace(self._heap, (due + (1 + missed) * interval_s, sensor_id, interval_s))
        return sensor_id

    def spend(self) -> None:
        """A change does not move anybody's turn."""
