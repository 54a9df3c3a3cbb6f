"""Kinds of days in Viet Nam: working days, weekends, public holidays with lunar Tết and the days off given for them."""

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Literal, get_args

import holidays

DayKind = Literal["working_day", "weekend", "holiday"]
DAY_KINDS: tuple[DayKind, ...] = get_args(DayKind)


@lru_cache(maxsize=1)
def _viet_nam() -> holidays.HolidayBase:
    return holidays.country_holidays("VN")


def prepare() -> None:
    """Load Viet Nam's holidays, which takes half a second; years are then found as they are asked for."""
    day_kind(datetime.now(UTC).date())


@lru_cache(maxsize=4096)
def day_kind(day: date) -> DayKind:
    """The kind of a day. A Saturday that is worked in place of a bridge day is a working day."""
    if day in _viet_nam():
        return "holiday"
    return "working_day" if _viet_nam().is_working_day(day) else "weekend"
