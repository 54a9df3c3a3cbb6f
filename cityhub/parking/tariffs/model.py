"""What a tariff file holds, as frozen values. They are stored as they are read, so a version can be shown for ever."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cityhub.catalogue.vehicles import VEHICLES
from cityhub.errors import RuleBroken
from cityhub.parking.tariffs.calendar import DAY_KINDS, DayKind, day_kind
from cityhub.rfc3339 import HANOI_TIME, at_local_time

# What happens where a stay goes on into another collection; docs/data.md tells it with examples.
Crossing = Literal["split", "carry", "follow_through"]
Rounding = Literal["up", "nearest", "down"]
Money = Annotated[int, Meta(ge=0)]
Minutes = Annotated[int, Meta(gt=0)]
Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")]
Words = Annotated[str, Meta(min_length=1, max_length=200)]
Clock = Annotated[str, Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]

DAY = timedelta(days=1)


class Strict(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A part of a tariff file: a field that nobody knows is a fault, not a remark."""


class RateLine(Strict, frozen=True):
    """A step: `price` VND for each `increment` minutes, or once for the window (`turn`), up to minute `until`.

    Minutes are those of the step counter; the last step has no end.
    """

    increment: Minutes | Literal["turn"]
    price: int
    rule_vi: Words
    rule_en: Words
    until: Minutes | None = None
    rounding: Rounding = "up"


class Cap(Strict, frozen=True):
    """The most that a collection costs before its counter begins anew, VND."""

    amount: Money
    rule_vi: Words
    rule_en: Words


class Collection(Strict, frozen=True):
    """Rate lines of some vehicle classes, on days of some kinds, between two local times of day.

    A window over midnight belongs to the day on which it begins. `reset`: where the step counter begins anew, with each
    window or only with the stay.
    """

    vehicles: Annotated[tuple[str, ...], Meta(min_length=1)]
    begins: Clock
    ends: Clock
    lines: Annotated[tuple[RateLine, ...], Meta(min_length=1)]
    days: Annotated[tuple[DayKind, ...], Meta(min_length=1)] = DAY_KINDS
    cap: Cap | None = None
    reset: Literal["window", "stay"] = "window"

    @property
    def is_by_turn(self) -> bool:
        """Is its window paid for once, however long the stay?"""
        return self.lines[0].increment == "turn"

    def window(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """Its window around `moment` (+07:00), or None when it has none there."""
        begins, ends = offset(self.begins), offset(self.ends)
        over_midnight = ends <= begins
        today = datetime.combine(moment.date(), time(), HANOI_TIME)
        for midnight in (today, today - DAY) if over_midnight else (today,):
            first = midnight + begins
            end = midnight + ends + (DAY if over_midnight else timedelta())
            if first <= moment < end and day_kind(midnight.date()) in self.days:
                return first, end
        return None


class Free(Strict, frozen=True):
    """A stay of at most so many minutes costs nothing; a longer one costs all its minutes."""

    minutes: Minutes
    rule_vi: Words
    rule_en: Words


class Refund(Strict, frozen=True):
    """What is given back when a driver leaves early.

    `of`: the price of what was not used, or nothing. `fee` is kept; less than `minimum` is not given back. VND.
    """

    of: Literal["unused", "nothing"]
    fee: Money = 0
    minimum: Money = 0


class RateTable(Strict, frozen=True, dict=True):
    """One version of a zone's tariff, in force from midnight of `valid_from` until the next begins."""

    version: Name
    valid_from: date
    source: Words
    maximum_stay: Minutes
    crossing: Crossing
    refund: Refund
    collections: Annotated[tuple[Collection, ...], Meta(min_length=1)]
    free: Free | None = None
    zone: str = ""

    @cached_property
    def begins_at(self) -> datetime:
        """The moment from which it is in force."""
        return datetime.combine(self.valid_from, time(), HANOI_TIME)

    @cached_property
    def vehicles(self) -> frozenset[str]:
        """The classes that it has a price for."""
        return frozenset(vehicle for one in self.collections for vehicle in one.vehicles)

    def priced(self, vehicle: str) -> str:
        """The class whose prices hold for `vehicle`. Raises RuleBroken for a class without any."""
        known = VEHICLES.get(vehicle)
        for name in () if known is None else (vehicle, known.priced_as):
            if name in self.vehicles:
                return name
        raise RuleBroken("vehicle", f"there is no price here for vehicles of class {vehicle[:40]}")

    def window(self, vehicle: str, moment: datetime) -> tuple[int, datetime, datetime]:
        """Which collection holds for `vehicle` at `moment` (+07:00), and its window. Raises RuleBroken as `priced`."""
        priced = self.priced(vehicle)
        for number, collection in enumerate(self.collections):
            if priced in collection.vehicles and (found := collection.window(moment)) is not None:
                return number, *found
        # Files with gaps are refused, so this takes a table that no file told.
        raise RuleBroken("no_tariff", f"tariff {self.version} has no price for {moment:%Y-%m-%d %H:%M}")


class RightSpecification(Strict, frozen=True):
    """A permit that can be bought: so many months for `price` VND. `vehicle` None: every class."""

    id: Name
    name_vi: Words
    name_en: Words
    months: Annotated[int, Meta(gt=0, le=12)]
    price: Money
    valid_from: date
    vehicle: str | None = None
    valid_to: date | None = None
    illustrative: bool = False


class TariffFile(Strict, frozen=True):
    """A zone's rate tables in the order in which they come into force, and the permits that it sells.

    `name_vi`, `name_en`: what people call the zone; both or none.
    """

    zone: Name
    rate_tables: Annotated[tuple[RateTable, ...], Meta(min_length=1)]
    permits: tuple[RightSpecification, ...] = ()
    name_vi: Words | None = None
    name_en: Words | None = None


class Schedule:
    """All versions of one zone's tariff, so that a stay beyond a change has a price."""

    def __init__(self, zone: str, tables: Sequence[RateTable]) -> None:
        self.zone = zone
        self.tables = tuple(sorted(tables, key=lambda table: table.valid_from))

    def at(self, moment: datetime) -> RateTable:
        """The version in force at `moment` (aware). Raises RuleBroken before the first."""
        local = at_local_time(moment)
        for table in reversed(self.tables):
            if table.begins_at <= local:
                return table
        raise RuleBroken("no_tariff", f"zone {self.zone} has no tariff for {local:%Y-%m-%d}")


@lru_cache(maxsize=1441)
def offset(clock: str) -> timedelta:
    """How long after midnight `HH:MM` is."""
    hours, minutes = clock.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
