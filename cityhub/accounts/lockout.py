"""How long nobody can sign in after wrong passwords or codes. Pure.

Five are free. Then each makes the time twice as long, up to an hour: a guesser has some thirty tries a day. The price:
whoever goes on guessing at a name keeps its owner out; `./hub user reset` lets them in, and the trail tells of it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

FREE = 5
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Attempts:
    """Wrong ones since the last right one; `locked_until` (aware): before that nobody is let in."""

    failures: int = 0
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        """Is it locked at `now` (aware)?"""
        return self.locked_until is not None and now < self.locked_until


def after_failure(before: Attempts, now: datetime) -> Attempts:
    """One more that was wrong, at `now` (aware)."""
    failures = before.failures + 1
    if failures < FREE:
        return Attempts(failures)
    # No power beyond what the longest takes.
    length = min(_FIRST * 2 ** min(failures - FREE, 10), _LONGEST)
    return Attempts(failures, now + length)
