"""What places saw, should have earned and were paid. Money in VND."""

from datetime import date
from typing import Literal, Self

from msgspec import Struct

from cityhub.rfc3339 import LocalTime, at_local_time
from cityhub.store.revenue import Day


class DayAnswer(Struct, frozen=True, kw_only=True):
    """A place on a day of Vietnam. What no sensor told is null, with `why`.

    `stays`, `hours`: what bays' sensors saw; `expected`: what that costs by the tariff; `paid`: what the hub took less
    what it gave back; `others`: what other apps sold; `difference`: paid and others less expected.
    """

    place_id: str
    date: date
    bays: int | None
    stays: int | None
    hours: float | None
    expected: int | None
    paid: int
    others: int
    difference: int | None
    why: Literal["no_sensor"] | None
    counted_at: LocalTime | None

    @classmethod
    def of(cls, day: Day) -> Self:
        """One day."""
        return cls(
            place_id=day.place_id,
            date=day.day,
            bays=day.bays,
            stays=day.stays,
            hours=None if day.seconds is None else round(day.seconds / 3600, 2),
            expected=day.expected,
            paid=day.paid,
            others=day.others,
            difference=None if day.expected is None else day.paid + day.others - day.expected,
            why="no_sensor" if day.expected is None else None,
            counted_at=None if day.counted_at is None else at_local_time(day.counted_at),
        )


class RevenueAnswer(Struct, frozen=True):
    """Sums are over the days that sensors told of; `days` in order of date and place."""

    expected: int
    paid: int
    others: int
    difference: int
    days: list[DayAnswer]

    @classmethod
    def of(cls, days: list[Day]) -> Self:
        """All of them."""
        told = [day for day in days if day.expected is not None]
        expected = sum(day.expected or 0 for day in told)
        paid, others = sum(day.paid for day in told), sum(day.others for day in told)
        return cls(expected, paid, others, paid + others - expected, [DayAnswer.of(day) for day in days])
