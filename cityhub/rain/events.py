"""When it began to rain, and how much has fallen since: an event ends after six hours without rain. Pure.

Hours are read instead of reports, since hourly sums are exact at every moment: from one wet hour to the next but five
there were less than six dry hours, to the next but seven more. Only where six lie between them, and for the first and
the last, the reports themselves have to be asked for (`undecided`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

DRY = timedelta(hours=6)
HOUR = timedelta(hours=1)


class RainHour(NamedTuple):
    """An hour that begins at `start` (aware, a whole hour): mm of `observed` good reports, 0 without any."""

    start: datetime
    mm: float
    observed: int


class WetTimes(NamedTuple):
    """The first and the last report of an hour (aware) that told of rain."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Rain in mm since `start` (aware), the time of the first report of it; `last_rain`: of the newest.

    `hour`: the whole hour that it began in; from there on `observed` good reports came.
    """

    start: datetime
    last_rain: datetime
    mm: float
    hour: datetime
    observed: int


def undecided(hours: Sequence[RainHour]) -> set[datetime]:
    """The hours (in order of time) whose first and last rain have to be known before `event` can tell."""
    wet = [hour.start for hour in hours if hour.mm > 0]
    if not wet:
        return set()
    found = {wet[-1]}
    for later, before in pairwise(reversed(wet)):
        if later - before > DRY:
            return found | {later}
        if later - before == DRY:
            found |= {later, before}
    return found | {wet[0]}


def begins_at_edge(hours: Sequence[RainHour]) -> bool:
    """May the event reach back beyond the hours given?"""
    wet = [hour.start for hour in hours if hour.mm > 0]
    if not wet:
        return False
    first = wet[-1]
    for later, before in pairwise(reversed(wet)):
        if later - before > DRY:
            break
        first = before
    return first - hours[0].start <= DRY


def event(hours: Sequence[RainHour], times: Mapping[datetime, WetTimes], now: datetime) -> Event | None:
    """The rain that goes on at `now` (aware), None after six hours without; `times` of the undecided hours.

    Hours without reports are no rain: how many came since it began is told with the sum.
    """
    wet = [hour.start for hour in hours if hour.mm > 0]
    # Of an hour whose reports are gone (retention, a correction meanwhile) only the hour is known.
    times = {start: times.get(start, WetTimes(start, start)) for start in wet}
    if not wet or now - times[wet[-1]].last >= DRY:
        return None
    first = wet[-1]
    for later, before in pairwise(reversed(wet)):
        gap = later - before
        if gap > DRY or (gap == DRY and times[later].first - times[before].last >= DRY):
            break
        first = before
    since = [hour for hour in hours if hour.start >= first]
    return Event(
        times[first].first,
        times[wet[-1]].last,
        sum(hour.mm for hour in since),
        first,
        sum(hour.observed for hour in since),
    )
