"""What falls over when: a random schedule, the same for the same seed, and the hands that carry it out.

ingest is killed (SIGKILL; of several workers one, or their supervisor), PostgreSQL shut down immediately (SIGQUIT: no
checkpoint, the next start recovers from the log), Mosquitto stopped (SIGTERM, which saves its queue), the link
between ingest and broker cut. PostgreSQL runs with its ordinary, safe settings; yet an immediate shutdown is the
crash of a program, not of a machine: what a power cut does to a disk's cache is not shown here.
"""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Literal

from tools.chaos.ingestor import Ingestor
from tools.chaos.proxy import Proxy
from tools.services.instance import Instance

Target = Literal["ingest", "postgres", "broker", "link"]
# Of each: seconds between two falls on average, and seconds that one lasts at least and at most.
RHYTHM: dict[Target, tuple[float, float, float]] = {
    "ingest": (10, 0, 1.5),
    "postgres": (20, 0.2, 3),
    "broker": (30, 0.2, 2),
    "link": (20, 0.3, 3),
}


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """At second `at` of the run a target falls, or stands up again."""

    at: float
    target: Target
    falls: bool


def schedule(seconds: float, seed: int, targets: Iterable[Target]) -> list[Event]:
    """Falls of every target spread over the run, each at least once: a slot of time for each, a random moment in it."""
    dice = Random(seed)  # noqa: S311 - disorder, not secrets
    events = []
    for target in targets:
        between, shortest, longest = RHYTHM[target]
        slots = max(1, int(seconds / between))
        width = seconds / slots
        for slot in range(slots):
            at = (slot + dice.uniform(0.05, 0.6)) * width
            lasting = min(dice.uniform(shortest, longest), 0.3 * width)
            events += [Event(at, target, True), Event(at + lasting, target, False)]
    return sorted(events)


class Disorder:
    """Carries out a schedule; `falls` counts. Its methods belong to the thread that started the instance."""

    def __init__(self, instance: Instance, proxy: Proxy, ingestor: Ingestor) -> None:
        self.falls: Counter[Target] = Counter()
        self._hands: dict[Target, tuple[Callable[[], object], Callable[[], object]]] = {
            "ingest": (ingestor.kill, ingestor.start),
            "postgres": (
                lambda: instance.halt("postgres", signal.SIGQUIT),
                lambda: instance.resume("postgres"),
            ),
            "broker": (lambda: instance.halt("broker", signal.SIGTERM), lambda: instance.resume("broker")),
            "link": (proxy.cut, proxy.heal),
        }

    def run(self, events: Iterable[Event], meanwhile: Callable[[str], None]) -> None:
        """All events in their order, each at its time or as soon as the one before is done."""
        began = time.monotonic()
        for event in events:
            while (left := began + event.at - time.monotonic()) > 0:
                time.sleep(min(left, 0.2))
                meanwhile("")
            fall, stand_up = self._hands[event.target]
            meanwhile(f"{event.target} {'falls' if event.falls else 'stands up'}")
            if event.falls:
                fall()
                self.falls[event.target] += 1
            else:
                stand_up()
