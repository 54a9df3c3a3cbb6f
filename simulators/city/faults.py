"""What real devices do wrong, on demand: each fault is a row with its probability per message at each level."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args
from zlib import crc32

from cityhub.kinds import KindName
from cityhub.observing.topics import Channel
from simulators.city import clock
from simulators.report import Report, document, encode

Level = Literal["none", "some", "many"]
LEVELS: tuple[str, ...] = get_args(Level)
SENTINEL = -999
_GARBAGE_BYTES = 40
_FIRMWARE = ("1.4.2", "1.4.2", "1.4.2", "1.3.9")


class Message(NamedTuple):
    """A payload ready to be published for one sensor; a status is published retained."""

    kind: KindName
    sensor_id: str
    payload: bytes
    channel: Channel = "telemetry"


def status(
    kind: KindName, sensor_id: str, time: datetime, *, online: bool, reset: str | None = None
) -> Message:
    """What the device, or its last will, says of being connected. `time`: in a last will, when the connection began.

    `reset`: why it began anew, a minute ago.
    """
    body: dict[str, object] = {"online": online, "time": time.isoformat(timespec="milliseconds")}
    if online:
        body["firmware"] = _FIRMWARE[crc32(sensor_id.encode()) % len(_FIRMWARE)]
    if reset is not None:
        body |= {"reset": reset, "uptime_s": 60}
    return Message(kind, sensor_id, encode(body), "status")


@dataclass(slots=True)
class _Memory:
    """What goes on with sensors for longer than one message; times in seconds since 1970."""

    silent_until: dict[str, float] = field(default_factory=dict)
    connected_since: dict[str, datetime] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    stuck: dict[str, tuple[float, Mapping[str, float]]] = field(default_factory=dict)
    swapped: dict[str, Message] = field(default_factory=dict)
    late: list[tuple[float, int, Message]] = field(default_factory=list)
    order: int = 0


def _message(report: Report, body: Mapping[str, object]) -> Message:
    return Message(report.kind, report.sensor_id, encode(body))


def _plain(report: Report) -> Message:
    return _message(report, document(report))


def _with(report: Report, **changed: object) -> list[Message]:
    return [_message(report, {**document(report), **changed})]


def _one_value(report: Report, rng: random.Random, value: object) -> dict[str, object]:
    """The values with one of them, drawn at random, replaced."""
    return {**report.values, rng.choice(sorted(report.values)): value}


def _gap(report: Report, rng: random.Random, memory: _Memory) -> list[Message]:
    memory.silent_until[report.sensor_id] = report.time.timestamp() + rng.uniform(600, 5400)
    return []


def _connection_lost(report: Report, rng: random.Random, memory: _Memory) -> list[Message]:
    # The whole city speaks over one connection, and a last will belongs to a connection: this is what the broker
    # would publish for a device with one of its own.
    memory.silent_until[report.sensor_id] = report.time.timestamp() + rng.uniform(300, 1800)
    memory.away.add(report.sensor_id)
    since = memory.connected_since.get(report.sensor_id, report.time)
    return [status(report.kind, report.sensor_id, since, online=False)]


def _duplicate(report: Report, _rng: random.Random, _memory: _Memory) -> list[Message]:
    return [_plain(report)] * 2


def _late(report: Report, rng: random.Random, memory: _Memory) -> list[Message]:
    arrives = report.time.timestamp() + rng.choice((rng.uniform(120, 1800), rng.uniform(1800, 21600)))
    memory.order += 1
    heapq.heappush(memory.late, (arrives, memory.order, _plain(report)))
    return []


def _out_of_order(report: Report, _rng: random.Random, memory: _Memory) -> list[Message]:
    memory.swapped[report.sensor_id] = _plain(report)
    return []


def _stuck(report: Report, rng: random.Random, memory: _Memory) -> list[Message]:
    until = report.time.timestamp() + rng.uniform(1800, 14400)
    memory.stuck[report.sensor_id] = (until, report.values)
    return [_plain(report)]


def _sentinel(report: Report, rng: random.Random, _memory: _Memory) -> list[Message]:
    return _with(report, values=_one_value(report, rng, SENTINEL))


def _naive_time(report: Report, _rng: random.Random, _memory: _Memory) -> list[Message]:
    return _with(report, time=report.time.replace(tzinfo=None).isoformat(timespec="seconds"))


def _future_time(report: Report, rng: random.Random, _memory: _Memory) -> list[Message]:
    # Years ahead, so that a back-filled report lies in the future too when it arrives.
    ahead = report.time + timedelta(days=3650 + rng.randrange(3650))
    return _with(report, time=ahead.isoformat(timespec="seconds"))


def _clock_not_set(report: Report, rng: random.Random, _memory: _Memory) -> list[Message]:
    return _with(report, time=clock.moment(rng.randrange(86400)).isoformat(timespec="seconds"))


def _garbage(report: Report, rng: random.Random, _memory: _Memory) -> list[Message]:
    # 0xff is neither JSON nor UTF-8, whatever bytes follow.
    return [Message(report.kind, report.sensor_id, b"\xff" + rng.randbytes(_GARBAGE_BYTES))]


def _not_a_number(report: Report, rng: random.Random, _memory: _Memory) -> list[Message]:
    (marked,) = _with(report, values=_one_value(report, rng, "@"))
    return [marked._replace(payload=marked.payload.replace(b'"@"', rng.choice((b"NaN", b"1e999"))))]


def _text_number(report: Report, rng: random.Random, _memory: _Memory) -> list[Message]:
    name = rng.choice(sorted(report.values))
    return _with(report, values={**report.values, name: str(report.values[name])})


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong: probability per message at the levels `some` and `many`, and what it does."""

    name: str
    some: float
    many: float
    make: Callable[[Report, random.Random, _Memory], list[Message]]


FAULTS: tuple[Fault, ...] = (
    Fault("gap", 0.0004, 0.004, _gap),
    Fault("duplicate", 0.002, 0.02, _duplicate),
    Fault("late", 0.002, 0.02, _late),
    Fault("out_of_order", 0.002, 0.02, _out_of_order),
    Fault("stuck", 0.0002, 0.003, _stuck),
    Fault("sentinel", 0.001, 0.01, _sentinel),
    Fault("naive_time", 0.0003, 0.005, _naive_time),
    Fault("future_time", 0.0003, 0.005, _future_time),
    Fault("clock_not_set", 0.0003, 0.005, _clock_not_set),
    Fault("garbage", 0.0003, 0.005, _garbage),
    Fault("not_a_number", 0.0003, 0.005, _not_a_number),
    Fault("text_number", 0.0003, 0.005, _text_number),
    Fault("connection_lost", 0.0001, 0.001, _connection_lost),
)


class FaultyLine:
    """Stands between the devices and the broker. `counts` tells how often each fault happened.

    `missed` counts reports that never leave because their sensor is silent.
    """

    def __init__(self, level: Level, rng: random.Random, table: tuple[Fault, ...] = FAULTS) -> None:
        self._table = table
        shares = {"none": [0.0], "some": [f.some for f in table], "many": [f.many for f in table]}
        self._thresholds = _running_sums(shares[level])
        self._rng = rng
        self._memory = _Memory()
        self.counts: Counter[str] = Counter()
        self.missed = 0

    def send(self, report: Report) -> list[Message]:
        """The messages that leave now because of `report`: none, one or several."""
        if not self._thresholds[-1]:
            return [_plain(report)]
        memory, now = self._memory, report.time.timestamp()
        if now < memory.silent_until.get(report.sensor_id, now):
            self.missed += 1
            return []
        if report.sensor_id in memory.away:
            memory.away.remove(report.sensor_id)
            memory.connected_since[report.sensor_id] = report.time
            back = status(report.kind, report.sensor_id, report.time, online=True, reset="brownout")
            return [back, *self.send(report)]
        until, values = memory.stuck.get(report.sensor_id, (now, report.values))
        if now < until and values.keys() == report.values.keys():
            report = _frozen(report, values)
        before = memory.swapped.pop(report.sensor_id, None)
        drawn = self._rng.random()
        messages: list[Message] | None = None
        for fault, threshold in zip(self._table, self._thresholds, strict=True):
            if drawn < threshold:
                self.counts[fault.name] += 1
                messages = fault.make(report, self._rng, memory)
                break
        if messages is None:
            messages = [_plain(report)]
        return messages if before is None else [*messages, before]

    def arriving(self, t: float) -> list[Message]:
        """Late messages that arrive up to `t` (seconds since 1970)."""
        late, found = self._memory.late, []
        while late and late[0][0] <= t:
            found.append(heapq.heappop(late)[2])
        return found

    def rest(self) -> list[Message]:
        """Everything still held back: what devices deliver when the run ends."""
        swapped = list(self._memory.swapped.values())
        self._memory.swapped.clear()
        return [*swapped, *self.arriving(float("inf"))]


def _frozen(report: Report, values: Mapping[str, float]) -> Report:
    return replace(report, values=values)


def _running_sums(shares: list[float]) -> list[float]:
    total, sums = 0.0, []
    for share in shares:
        total += share
        sums.append(total)
    return sums


BY_NAME: Mapping[str, Fault] = MappingProxyType({fault.name: fault for fault in FAULTS})
