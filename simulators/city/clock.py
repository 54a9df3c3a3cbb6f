"""Hanoi's clock and calendar from seconds since 1970 (UTC). Viet Nam keeps UTC+7 all year, so this is arithmetic.

Models take `t`, seconds since 1970, because they are evaluated often; aware datetimes stay at the edges.
"""

import math
from datetime import UTC, datetime, timedelta, timezone

HANOI_TIME = timezone(timedelta(hours=7))
DAY_S = 86400
_OFFSET_S = 7 * 3600
_YEAR_D = 365.2425


def moment(t: float) -> datetime:
    """`t` as an aware datetime, +07:00."""
    return datetime.fromtimestamp(t, HANOI_TIME)


def seconds(time: datetime) -> float:
    """An aware datetime as seconds since 1970; ValueError for a naive one."""
    if time.tzinfo is None:
        raise ValueError("a time without an offset")
    return time.astimezone(UTC).timestamp()


def day(t: float) -> int:
    """Days since 1970-01-01 by the local calendar."""
    return math.floor((t + _OFFSET_S) / DAY_S)


def day_start(number: int) -> float:
    """Local midnight at which day `number` begins."""
    return number * DAY_S - _OFFSET_S


def hour(t: float) -> float:
    """Local time of day in hours, 0 <= hour < 24."""
    return ((t + _OFFSET_S) % DAY_S) / 3600


def weekday(t: float) -> int:
    """0 Monday ... 6 Sunday (1970-01-01 was a Thursday)."""
    return (day(t) + 3) % 7


def month_position(t: float) -> float:
    """Where in the year: 0.0 is mid-January, 11.0 mid-December, wrapping at 12."""
    return (((t + _OFFSET_S) / DAY_S) % _YEAR_D / _YEAR_D * 12 - 0.5) % 12


def by_month(table: tuple[float, ...], t: float) -> float:
    """A figure given for each month (January first), joined up smoothly over the year."""
    position = month_position(t)
    first = int(position)
    share = position - first
    return table[first % 12] * (1 - share) + table[(first + 1) % 12] * share


def bump(hours: float, centre: float, width: float) -> float:
    """A bell of height 1 around `centre` o'clock, `width` hours wide (one sigma), wrapping at midnight."""
    distance = (hours - centre + 12) % 24 - 12
    return math.exp(-0.5 * (distance / width) ** 2)
