"""Runs the simulated city against a broker: first its past as fast as it can, then live."""

import random
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Protocol

from cityhub.catalogue import Catalogue, read
from cityhub.config import Settings
from cityhub.errors import InvalidInput
from cityhub.observing import topics
from cityhub.stopping import stop_on_signals
from simulators import history, traffic
from simulators.city import City
from simulators.city.clock import HANOI_TIME
from simulators.city.faults import LEVELS, FaultyLine, Level, Message, status
from simulators.progress import Display
from simulators.publish import Publisher
from simulators.report import Report
from simulators.schedule import EvenRate, OwnIntervals, Schedule

if TYPE_CHECKING:
    from simulators.drivers import Arrival

_LONGEST_WAIT_S = 0.5
# How often bays are looked at for cars that came or went.
_BAYS_EVERY_S = 1.0
# So much of the past has every minute of rain.
_OFTEN = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a run did. `history` reports belong to the past, `live` ones to its own time.

    `published` messages are what leaves of the reports, and `statuses`.
    """

    sensors: int
    history: int
    live: int
    statuses: int
    published: int
    acknowledged: int
    refused: int
    faults: Mapping[str, int]
    seconds: float
    drivers: str | None = None

    def lines(self) -> list[str]:
        """The summary as it is printed."""
        found = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items())) or "none"
        return [
            f"{self.sensors} sensors, {self.history} past and {self.live} live reports in {self.seconds:.1f} s",
            f"published {self.published}, acknowledged {self.acknowledged}, refused {self.refused}",
            f"faults: {found}",
            *([] if self.drivers is None else [self.drivers]),
        ]


class Line(Protocol):
    """The part of a Publisher that a run needs."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None: ...

    def wait(self, seconds: float) -> None: ...


def now_in_hanoi() -> datetime:
    """This moment, +07:00."""
    return datetime.now(HANOI_TIME)


def run(
    settings: Settings,
    *,
    rate: float | None = None,
    for_s: float | None = None,
    seed: int = 1,
    storm: bool = False,
    faults: str = "none",
    days: float = 0,
    catalogue: Catalogue | None = None,
    drivers: float = 0,
    api: str | None = None,
) -> Simulated:
    """Publish `days` of history, then live for `for_s` seconds (None: until SIGINT or SIGTERM).

    `rate`: messages a second over all sensors (None: each at its own interval). So many `drivers` an hour meanwhile
    park at the hub at the URL `api` (None: the setting api_url). Raises InvalidInput,
    SettingsError, FileError (the catalogue) and ServiceError (the broker is away or did not take every message).
    History is aligned to absolute time, see simulators/history.py: `days` may be a fraction.
    """
    level = _checked(rate, for_s, faults, days)
    started = time.monotonic()
    catalogue = read() if catalogue is None else catalogue
    past = timedelta(days=days)
    start = now_in_hanoi() - past
    city = City(catalogue, seed, start)
    if not city.sensors:
        raise InvalidInput("catalogue", "lists no sensor to simulate")
    line = FaultyLine(level, random.Random(seed))  # noqa: S311 - faults on demand, no secret
    with stop_on_signals() as stopping, Publisher(settings, stopped=stopping.is_set) as publisher:
        town = Town(city, line, publisher, settings.topic_prefix, stopping.is_set)
        told = town.publish_history(seed, start, past) if days > 0 else 0
        if storm:
            city.start_storm(now_in_hanoi())
        if for_s != 0:
            town.say_online()
        monotonic = time.monotonic()
        schedule: Schedule
        if rate is None:
            schedule = OwnIntervals(city.sensors, monotonic, seed)
        else:
            schedule = EvenRate(city.sensors, rate, monotonic, seed)
        with traffic.drivers(settings, api, drivers, seed, town.arrivals) as say:
            live = town.publish_live(schedule, None if for_s is None else monotonic + for_s)
        town.send(line.rest())
        publisher.finish()
    return Simulated(
        sensors=len(city.sensors),
        history=told,
        live=live,
        statuses=town.statuses,
        published=publisher.published,
        acknowledged=publisher.acknowledged,
        refused=publisher.refused,
        faults=dict(line.counts),
        seconds=time.monotonic() - started,
        drivers=say(),
    )


def _checked(rate: float | None, for_s: float | None, faults: str, days: float) -> Level:
    if rate is not None and not 0 < rate <= 100_000:
        raise InvalidInput("rate", "messages a second must be above 0 and at most 100000")
    if for_s is not None and for_s < 0:
        raise InvalidInput("for", "seconds must not be negative")
    if not 0 <= days <= 3660:
        raise InvalidInput("days", "must be between 0 and 3660")
    for level in ("none", "some", "many"):
        if faults == level:
            return level
    raise InvalidInput("faults", f"must be one of {', '.join(LEVELS)}")


class Town:
    """A city connected to a broker."""

    def __init__(
        self,
        city: City,
        line: FaultyLine,
        broker: Line,
        prefix: str,
        stopped: Callable[[], bool],
        clock: Callable[[], datetime] = now_in_hanoi,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._city, self._line, self._broker = city, line, broker
        self._prefix, self._stopped = prefix, stopped
        self._clock, self._monotonic = clock, monotonic
        self.statuses = 0
        # Cars that somebody else drives, from whatever thread.
        self.arrivals: SimpleQueue[Arrival] = SimpleQueue()

    def say_online(self) -> None:
        """Let every device say that it is connected, as it does when its connection begins."""
        now = self._clock()
        self.send(
            status(sensor.kind, sensor.id, now, online=True, reset="power-on")
            for sensor in self._city.sensors
        )

    def publish_history(self, seed: int, start: datetime, past: timedelta) -> int:
        """Publish everything from `start` to now as fast as the broker takes it; the number of reports."""
        told = 0
        total = history.estimate(self._city, past.total_seconds() / 86400)
        began = self._monotonic()
        with Display("history", total) as display:
            for report in history.reports(self._city, seed, start, self._clock, self._clock() - _OFTEN):
                self.send(self._line.arriving(report.time.timestamp()))
                # The past has no statuses: what the broker keeps of them is now's.
                told_later = replace(report, replay=True)
                self.send(one for one in self._line.send(told_later) if one.channel == "telemetry")
                told += 1
                if told % 200 == 0:
                    speed = told / max(self._monotonic() - began, 1e-6)
                    display.show(told, f"{report.time:%Y-%m-%d %H:%M}, {told} reports, {speed:.0f}/s")
                    if self._stopped():
                        break
            display.finish(f"{told} reports")
        return told

    def publish_live(self, schedule: Schedule, end: float | None) -> int:
        """Publish as time goes by until the monotonic time `end`; the number of reports."""
        began, told = self._monotonic(), 0
        pending: deque[Report] = deque()
        bays_at = began
        with Display("live", None if end is None else end - began) as display:
            while not self._stopped():
                moment = self._monotonic()
                if end is not None and moment >= end:
                    break
                if moment >= bays_at:
                    time_now = self._clock()
                    pending.extend(self._city.changes(time_now))
                    pending.extend(self._arrived(time_now))
                    self.send(self._line.arriving(time_now.timestamp()))
                    bays_at = moment + _BAYS_EVERY_S
                due = schedule.due(bool(pending))
                if due > moment:
                    until = min(due, bays_at, moment + _LONGEST_WAIT_S)
                    self._broker.wait((until if end is None else min(until, end)) - moment)
                    continue
                if pending:
                    schedule.spend()
                    report = pending.popleft()
                else:
                    report = self._city.report(schedule.next(moment), self._clock())
                self.send(self._line.send(report))
                told += 1
                passed = moment - began
                display.show(passed, f"{told} reports, {told / max(passed, 1e-6):.1f}/s")
        return told

    def _arrived(self, now: datetime) -> Iterator[Report]:
        with suppress(Empty):
            while True:
                arrival = self.arrivals.get_nowait()
                yield from self._city.park(arrival.bay_id, now, arrival.stays_s)

    def send(self, messages: Iterable[Message]) -> None:
        """Hand messages to the broker."""
        for kind, sensor_id, payload, channel in messages:
            if channel == "status":
                self.statuses += 1
                topic = topics.status(self._prefix, kind, sensor_id)
                self._broker.publish(topic, payload, retain=True)
            else:
                self._broker.publish(topics.telemetry(self._prefix, kind, sensor_id), payload)
