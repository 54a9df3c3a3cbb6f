"""What a stay costs: pure arithmetic over a Schedule.

The price of a stay only ever grows with its end: each moment adds something or nothing to what was charged before. So
an extension is the difference of two quotes, and costs the same as having bought at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct

from cityhub.errors import InvalidInput, RuleBroken
from cityhub.parking.tariffs.model import DAY, Collection, RateLine, RateTable, Schedule
from cityhub.rfc3339 import LocalTime, at_local_time

_ZERO = timedelta()


class Line(Struct, frozen=True, rename={"from_": "from"}):
    """What the time from `from` to `to` adds to the price, and by which rule of the tariff, in both languages."""

    from_: LocalTime
    to: LocalTime
    amount: int
    rule: str
    rule_en: str


class Quote(NamedTuple):
    """A price in VND. The lines follow each other without a gap and sum to `amount`; none for a stay of no length.

    `tariff_version` is the one in force when the stay begins.
    """

    amount: int
    lines: tuple[Line, ...]
    tariff_version: str


def quote(
    schedule: Schedule, vehicle: str, start: datetime, end: datetime, *, is_limited: bool = True
) -> Quote:
    """The price of parking from `start` to `end` (aware). `is_limited`: no longer than the tariff lets buy.

    Raises RuleBroken (`no_tariff`, `vehicle`, `maximum_stay`), InvalidInput for an end before the start.
    """
    start, end = at_local_time(start), at_local_time(end)
    if end < start:
        raise InvalidInput("end", "is before the start")
    table = schedule.at(start)
    table.priced(vehicle)
    if is_limited and end - start > timedelta(minutes=table.maximum_stay):
        raise RuleBroken("maximum_stay", f"at most {table.maximum_stay} minutes can be paid for at once")
    if table.free is not None and _ZERO < end - start <= timedelta(minutes=table.free.minutes):
        free = Line(start, end, 0, table.free.rule_vi, table.free.rule_en)
        return Quote(0, (free,), table.version)
    lines = tuple(_lines(schedule, table, vehicle, start, end))
    return Quote(sum(line.amount for line in lines), lines, table.version)


def extension(
    schedule: Schedule,
    vehicle: str,
    start: datetime,
    end: datetime,
    new_end: datetime,
    *,
    is_limited: bool = True,
) -> int:
    """What is due in VND when a stay paid until `end` is paid until `new_end`. Raises as `quote`."""
    if new_end < end:
        raise InvalidInput("end", "is before what is paid already")
    whole = quote(schedule, vehicle, start, new_end, is_limited=is_limited)
    return whole.amount - quote(schedule, vehicle, start, end, is_limited=False).amount


def unused(schedule: Schedule, vehicle: str, start: datetime, end: datetime, stopped_at: datetime) -> int:
    """What is given back in VND when a stay paid from `start` to `end` ends at `stopped_at`. Raises as `quote`."""
    rule = schedule.at(start).refund
    if rule.of == "nothing" or stopped_at >= end:
        return 0
    paid = quote(schedule, vehicle, start, end, is_limited=False).amount
    used = quote(schedule, vehicle, start, max(start, stopped_at), is_limited=False).amount
    back = paid - used - rule.fee
    return back if back >= max(rule.minimum, 1) else 0


@dataclass(slots=True)
class _Counter:
    """How far a stay is in the steps of a collection. `paid_to` is ahead where a begun increment was charged whole."""

    position: timedelta = _ZERO
    paid_to: timedelta = _ZERO
    charged: dict[tuple[str, int], int] = field(default_factory=dict)


def _lines(
    schedule: Schedule, first: RateTable, vehicle: str, start: datetime, end: datetime
) -> Iterator[Line]:
    """The lines of a stay; how it crosses from one collection into the next is said by its first version."""
    counters: dict[tuple[str, int], _Counter] = {}
    carried = _Counter()
    at = start
    while at < end:
        if first.crossing == "follow_through":
            # As if the day on which it begins never ended: its windows come again every 24 hours.
            table, number, until = first, first.window(vehicle, start)[0], at + DAY
        else:
            # A window that began before a change of the tariff ends by the version with which it began.
            table = schedule.at(at)
            number, _, until = table.window(vehicle, at)
        collection, key = table.collections[number], (table.version, number)
        if first.crossing == "carry":
            counter = carried
        elif collection.reset == "window":
            counter = _Counter()
        else:
            counter = counters.setdefault(key, _Counter())
        until = min(until, end)
        found = _charge(counter, collection, key, at, until)
        if first.crossing == "carry" and counter.paid_to > counter.position:
            over = min(counter.paid_to - counter.position, end - until)
            until += over
            counter.position += over
            last = found[-1]
            found[-1] = Line(last.from_, until, last.amount, last.rule, last.rule_en)
        yield from found
        at = until


def _charge(
    counter: _Counter, collection: Collection, key: tuple[str, int], at: datetime, until: datetime
) -> list[Line]:
    """The lines of a stay within one window, from `at` to `until`; moves the counter on."""
    first, last = counter.position, counter.position + (until - at)
    found: list[Line] = []
    begins = _ZERO
    for line in collection.lines:
        ends = last if line.until is None else timedelta(minutes=line.until)
        part_from, part_to = max(first, begins), min(last, ends)
        if part_from < part_to:
            amount = _price(counter, line, max(counter.paid_to, begins), part_to)
            rule: tuple[str, str] = (line.rule_vi, line.rule_en)
            before = counter.charged.get(key, 0)
            cap = collection.cap
            if cap is not None and before + amount > cap.amount:
                amount, rule = max(cap.amount - before, 0), (cap.rule_vi, cap.rule_en)
            counter.charged[key] = before + amount
            found.append(Line(at + (part_from - first), at + (part_to - first), amount, *rule))
        begins = ends
    counter.position = last
    return found


def _price(counter: _Counter, line: RateLine, unpaid_from: timedelta, to: timedelta) -> int:
    """What `line` adds up to position `to`; what was paid ahead is not paid again."""
    if to <= unpaid_from:
        return 0
    if line.increment == "turn":
        counter.paid_to = to
        return line.price
    increment = timedelta(minutes=line.increment)
    whole, rest = divmod(to - unpaid_from, increment)
    begun = (line.rounding == "up" and rest > _ZERO) or (line.rounding == "nearest" and 2 * rest >= increment)
    count = whole + begun
    counter.paid_to = unpaid_from + count * increment
    return count * line.price
