"""Times as RFC 3339 writes them: date, time and offset, nothing of ISO 8601's other forms."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated

from msgspec import Meta

# Viet Nam has kept +07:00 since 1975 and has no daylight saving time.
HANOI_TIME = timezone(timedelta(hours=7))
# A time of an answer: `at_local_time` gives it its offset.
LocalTime = Annotated[datetime, Meta(tz=True)]

_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)


def parse(text: str) -> datetime:
    """The moment in UTC; ValueError in words when it is no such time, or has no offset.

    A leap second (:60) is refused: PostgreSQL and Python have no place for it.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a time as in 2026-11-22T10:00:00+07:00")
    if match["offset"] is None:
        raise ValueError("no offset, write +07:00 or Z at its end")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no such date or time") from None


def at_local_time(time: datetime) -> datetime:
    """The same moment at +07:00. `time` is aware and not within a day of year 1 or 9999."""
    return time.astimezone(HANOI_TIME)


def local_time(time: datetime) -> str:
    """RFC 3339 at +07:00. `time` as for `at_local_time`."""
    return at_local_time(time).isoformat()
