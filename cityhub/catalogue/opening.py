"""When a place is open: the same hours every day, or by kinds of days. Pure; times of day are Vietnam's.

    24/7
    06:00-22:00
    working_day 06:00-22:00; weekend 07:00-24:00; holiday closed

Hours do not go over midnight: what is open all night says 24/7, or 18:00-24:00 and from 00:00 the next day.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cityhub.rfc3339 import HANOI_TIME, at_local_time

_DAY_KINDS = ("working_day", "weekend", "holiday")
_SPAN = re.compile(r"(?P<begins>[0-9]{2}:[0-9]{2})-(?P<ends>[0-9]{2}:[0-9]{2})")
_DAY = timedelta(days=1)
# Minutes of a day, from the first up to but not including the second.
Span = tuple[int, int]
_ALL_DAY: Span = (0, 24 * 60)


@dataclass(frozen=True, slots=True)
class Opening:
    """`hours`: when it is open on a day of each kind, in order; `text`: the same as it was written."""

    hours: Mapping[str, Sequence[Span]]
    text: str

    def is_open(self, moment: datetime, kind_of: Callable[[date], str]) -> bool:
        """Is it open at `moment` (aware)? `kind_of` tells the kind of a day."""
        local = at_local_time(moment)
        minute = 60 * local.hour + local.minute
        return any(begins <= minute < ends for begins, ends in self._on(local.date(), kind_of))

    def is_open_throughout(self, start: datetime, end: datetime, kind_of: Callable[[date], str]) -> bool:
        """Is it open from `start` to `end` (aware, start < end) without a break?"""
        moment = at_local_time(start)
        while moment < end:
            midnight = datetime.combine(moment.date(), time(), HANOI_TIME)
            closes = [
                midnight + timedelta(minutes=ends)
                for begins, ends in self._on(moment.date(), kind_of)
                if midnight + timedelta(minutes=begins) <= moment < midnight + timedelta(minutes=ends)
            ]
            if not closes:
                return False
            moment = closes[0]
        return True

    def _on(self, day: date, kind_of: Callable[[date], str]) -> Sequence[Span]:
        hours = list(self.hours.values())
        # Where all days are alike nobody needs to know the holidays, which take half a second to load.
        return hours[0] if all(one == hours[0] for one in hours) else self.hours[kind_of(day)]


def parse(text: str) -> Opening:
    """What a catalogue says; ValueError in words."""
    if text == "24/7":
        return Opening(dict.fromkeys(_DAY_KINDS, (_ALL_DAY,)), text)
    parts = [part.strip() for part in text.split(";")]
    if len(parts) == 1 and " " not in parts[0]:
        return Opening(dict.fromkeys(_DAY_KINDS, (_span(parts[0]),)), text)
    hours: dict[str, list[Span]] = {}
    for part in parts:
        kind, _, span = part.partition(" ")
        if kind not in _DAY_KINDS:
            raise ValueError(f"{kind[:20]!r} is none of {', '.join(_DAY_KINDS)}")
        spans = hours.setdefault(kind, [])
        if span.strip() != "closed":
            spans.append(_span(span.strip()))
    if missing := [kind for kind in _DAY_KINDS if kind not in hours]:
        raise ValueError(f"nothing is said of a {missing[0]}; write `{missing[0]} closed` if it is so")
    for spans in hours.values():
        spans.sort()
        if any(later[0] < earlier[1] for earlier, later in itertools.pairwise(spans)):
            raise ValueError("hours overlap")
    return Opening(hours, text)


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:20]!r} is no span such as 06:00-22:00")
    begins, ends = _minutes(match["begins"]), _minutes(match["ends"])
    if begins >= ends:
        raise ValueError(f"{text} ends before it begins; hours do not go over midnight")
    return begins, ends


def _minutes(clock: str) -> int:
    hours, minutes = (int(part) for part in clock.split(":"))
    found = 60 * hours + minutes
    if minutes >= 60 or found > _ALL_DAY[1]:
        raise ValueError(f"{clock} is no time of day")
    return found
