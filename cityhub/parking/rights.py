"""Rights: a plate may park from one moment to another, at a place or in a zone (APDS: assigned right). Pure.

A *permit* is a right of whole months that the hub sells; other rights are sold by other apps, which tell the hub.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from cityhub.catalogue.vehicles import VEHICLES
from cityhub.errors import InvalidInput, RuleBroken
from cityhub.rfc3339 import HANOI_TIME, at_local_time

# Who sells permits: the hub itself. No key may bear this name (cityhub.api_keys).
OURS = "cityhub"
# A permit can be bought so long before its first day.
MAX_AHEAD = timedelta(days=60)
# A right that another app sold is told within days, also by a terminal that was off the line. It lasts a year at most.
TOLD_WITHIN = timedelta(days=3)
SOLD_AHEAD = timedelta(days=366)
LONGEST = timedelta(days=366)

Stored = Literal["requested", "active", "lapsed", "withdrawn"]
Status = Literal["requested", "active", "ended", "lapsed", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Specification:
    """A permit that a zone sells: so many months for `price` VND. `vehicle` None: every class.

    `illustrative`: its price is made up. `zone_vi`, `zone_en`: what people call the zone. Sold from `valid_from` to
    `valid_to`, both inclusive, None: without end.
    """

    id: str
    name_vi: str
    name_en: str
    zone: str
    zone_vi: str
    zone_en: str
    vehicle: str | None
    months: int
    price: int
    valid_from: date
    valid_to: date | None
    illustrative: bool

    def takes(self, vehicle: str) -> bool:
        """Is it sold to this class of vehicles, or to the one whose prices that pays?"""
        known = VEHICLES.get(vehicle)
        return known is not None and (self.vehicle is None or self.vehicle in (known.name, known.priced_as))


@dataclass(frozen=True, slots=True)
class Right:
    """`amount`: VND; times are aware, `valid_to` is the first moment without it. `place_id` None: the whole zone.

    `state` is as stored, `status` says what it is by now. `specification_id`, `months`: of a permit, else None;
    `pay_by`: until when one that is requested can be paid for; `renewed_by`: token of the permit that follows it.
    """

    id: str
    token: str
    specification_id: str | None
    months: int | None
    channel: str
    channel_reference: str
    plate: str | None
    vehicle: str
    zone: str
    place_id: str | None
    bay_id: str | None
    valid_from: datetime
    valid_to: datetime
    amount: int
    state: Stored
    pay_by: datetime | None
    created_at: datetime
    withdrawn_at: datetime | None
    renewed_by: str | None = None

    def due(self, now: datetime) -> int:
        """What waits to be paid for at `now` (aware), VND."""
        waits = self.state == "requested" and (self.pay_by is None or now < self.pay_by)
        return self.amount if waits else 0

    def status(self, now: datetime) -> Status:
        """The state at `now` (aware): a right ends, and a payment comes too late, without anybody's doing."""
        if self.state == "requested" and not self.due(now):
            return "lapsed"
        return "ended" if self.state == "active" and now >= self.valid_to else self.state

    @property
    def first_day(self) -> date:
        """The first day of a permit, Vietnam time."""
        return at_local_time(self.valid_from).date()

    def given_back(self, now: datetime) -> int:
        """What a permit that is withdrawn at `now` (aware) gives back, VND: its months that have not begun.

        Before its first day that is all of it. Rights of other apps are theirs to give back.
        """
        if self.months is None or self.status(now) != "active":
            return 0
        begun = sum(midnight(add_months(self.first_day, n)) <= now for n in range(self.months))
        return self.amount * (self.months - begun) // self.months

    def to_withdraw(self, now: datetime) -> None:
        """Raises RuleBroken (`not_active`) for a right that is over or was never paid."""
        if self.status(now) not in ("requested", "active"):
            raise RuleBroken("not_active", "this right is over, or was withdrawn or never paid for")

    def renewal_begins(self, now: datetime) -> date:
        """The first day of the permit that follows this one, today or later.

        Raises RuleBroken (`not_active`) for what is no paid permit, `start_too_far` while it is valid for long.
        """
        if self.specification_id is None or self.state != "active":
            raise RuleBroken("not_active", "only a permit that was paid for can be renewed")
        begins = max(at_local_time(self.valid_to).date(), at_local_time(now).date())
        check_first_day(begins, now)
        return begins


def midnight(day: date) -> datetime:
    """The moment at which a day begins in Viet Nam."""
    return datetime.combine(day, time(), HANOI_TIME)


def add_months(day: date, months: int) -> date:
    """The day after `months` (0 or more) whole months that begin on `day`: the day of that number, so many months on.

    Where that month has no such day, its whole length belongs to the months that end there, and it is the first of the
    next: from 31 January one month goes to the end of February, and nobody loses a day.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day <= monthrange(year, month + 1)[1]:
        return date(year, month + 1, day.day)
    return date(year + (month == 11), (month + 1) % 12 + 1, 1)


def span(first_day: date, months: int) -> tuple[datetime, datetime]:
    """From when to when (exclusive) a permit of so many months is valid: midnights of Viet Nam."""
    return midnight(first_day), midnight(add_months(first_day, months))


def check_first_day(day: date, now: datetime) -> None:
    """Raises RuleBroken (`start_in_past`, `start_too_far`) for a day on which no permit may begin at `now` (aware)."""
    today = at_local_time(now).date()
    if day < today:
        raise RuleBroken("start_in_past", "the first day lies in the past")
    if day > today + MAX_AHEAD:
        raise RuleBroken("start_too_far", f"the first day lies more than {MAX_AHEAD.days} days ahead")


def check_sold(start: datetime, end: datetime, now: datetime) -> None:
    """Raises InvalidInput or RuleBroken for a time (aware) that another app cannot have sold."""
    if start >= end:
        raise InvalidInput("to", "must be after from")
    if end - start > LONGEST:
        raise RuleBroken("right_too_long", f"a right is at most {LONGEST.days} days long")
    if start < now - TOLD_WITHIN:
        raise RuleBroken("start_in_past", f"a right is told within {TOLD_WITHIN.days} days after it began")
    if start > now + SOLD_AHEAD:
        raise RuleBroken("start_too_far", f"the start lies more than {SOLD_AHEAD.days} days ahead")
