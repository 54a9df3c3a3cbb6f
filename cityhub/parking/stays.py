"""Stays: cars that bays' sensors saw, and what each should have cost. Pure.

Sensors flap: a gap shorter than two minutes is none, and what was seen for less than three is no stay. A silence ends
what was seen before it, because nobody knows what stood there meanwhile.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cityhub.parking.departures import Seen

SHORTEST = timedelta(minutes=3)
GAP = timedelta(minutes=2)
LONGEST_SILENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Stay:
    """A car in a bay, from when to when (aware)."""

    start: datetime
    end: datetime


def stays(reports: Iterable[Seen], until: datetime) -> list[Stay]:
    """The stays that a bay's reports tell, in order of time; one that goes on ends at `until` (aware)."""
    found: list[Stay] = []
    start: datetime | None = None
    last: datetime | None = None
    for report in reports:
        if start is not None and last is not None and report.time - last > LONGEST_SILENCE:
            found.append(Stay(start, last))
            start = None
        if report.is_occupied and start is None:
            start = report.time
        elif not report.is_occupied and start is not None:
            found.append(Stay(start, report.time))
            start = None
        last = report.time
    if start is not None and last is not None:
        found.append(Stay(start, until if until - last <= LONGEST_SILENCE else last))
    return [one for one in _joined(found) if one.end - one.start >= SHORTEST]


def _joined(found: list[Stay]) -> list[Stay]:
    """Without the gaps that are none."""
    joined: list[Stay] = []
    for one in found:
        if joined and one.start - joined[-1].end < GAP:
            joined[-1] = Stay(joined[-1].start, one.end)
        else:
            joined.append(one)
    return joined


def within(stay: Stay, start: datetime, end: datetime) -> timedelta:
    """How much of a stay lies in a span (aware)."""
    return max(min(stay.end, end) - max(stay.start, start), timedelta())


def silence(reports: Iterable[Seen], start: datetime, end: datetime) -> timedelta:
    """How much of a span (aware) nobody knows anything of: from half an hour after a report on to the next one.

    `reports`: of one bay in order of time, from some time before `start` on.
    """
    silent, known = timedelta(), start
    for report in reports:
        if report.time >= end:
            break
        silent += max(report.time - known, timedelta())
        known = max(known, report.time + LONGEST_SILENCE)
    return silent + max(end - known, timedelta())
