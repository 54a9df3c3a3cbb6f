"""Is a plate paid for, and which bays are not: what an inspector asks. Pure.

Sensors err, and much of what is paid names a place and no bay. So no bay is called unpaid for certain: how many of a
place are unpaid follows from counting, and the inspector looks at the plates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cityhub.parking.sessions import GRACE, LONGEST_MINUTES

# A car that has just come: its driver is paying.
ARRIVING = timedelta(minutes=10)

# A start-stop session says nothing of a car any more after so long.
LONGEST_RUN = timedelta(minutes=LONGEST_MINUTES)

Verdict = Literal["paid", "grace", "unpaid"]


@dataclass(frozen=True, slots=True)
class Held:
    """Time that a plate is paid for at a place or in a zone. `channel`: who sold it; times are aware.

    `place_id` None: every place of the zone; `to_time` None: start-stop, which runs; `is_owed`: it ran and is not paid.
    """

    channel: str
    place_id: str | None
    zone: str
    bay_id: str | None
    vehicle: str
    from_time: datetime
    to_time: datetime | None
    is_owed: bool = False

    def verdict(self, now: datetime) -> Verdict:
        """What it is worth at `now` (aware)."""
        if self.is_owed or now < self.from_time:
            return "unpaid"
        if self.to_time is None and now - self.from_time > LONGEST_RUN:
            # Nobody stands anywhere for so long: it was forgotten, and is no pass for ever.
            return "unpaid"
        if self.to_time is None or now < self.to_time:
            return "paid"
        return "grace" if now < self.to_time + GRACE else "unpaid"


def verdict(held: Sequence[Held], now: datetime, place: tuple[str, str] | None) -> Verdict:
    """Of a plate at `now` (aware), anywhere or at a `place` (its id and zone): the best of what it holds there."""
    found = {one.verdict(now) for one in held if place is None or _holds_at(one, place)}
    return "paid" if "paid" in found else "grace" if "grace" in found else "unpaid"


def paid_until(held: Sequence[Held], now: datetime, place: tuple[str, str] | None) -> datetime | None:
    """The latest end of what is paid at `now` (aware); None where nothing is, or something runs without an end."""
    good = [one for one in held if one.verdict(now) != "unpaid" and (place is None or _holds_at(one, place))]
    ends = [one.to_time for one in good if one.to_time is not None]
    return max(ends) if len(ends) == len(good) and ends else None


@dataclass(frozen=True, slots=True)
class OccupiedBay:
    """A bay whose sensor sees a car since a time (aware)."""

    id: str
    name_vi: str
    name_en: str
    place_id: str
    zone: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Unpaid:
    """A bay that nobody paid for by its name. `may_be_paid`: something is paid at its place that names no bay."""

    bay: OccupiedBay
    minutes: int
    may_be_paid: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A place at a moment. `without_bay`: what is paid there and names none, or one that is empty;
    `unpaid`: bays that this leaves.

    `zone_rights`: rights for every place of the zone, whose cars may stand anywhere: some of `unpaid` may be theirs.
    """

    place_id: str
    bays: Sequence[Unpaid]
    without_bay: int
    zone_rights: int
    unpaid: int


def look(occupied: Sequence[OccupiedBay], held: Sequence[Held], now: datetime) -> list[Look]:
    """The places where bays are occupied for longer than somebody needs to pay, and not paid by name; worst first."""
    # Bays with a sensor are for cars: what is paid for a motorbike is no bay's.
    good = [one for one in held if one.verdict(now) != "unpaid" and one.vehicle != "motorbike"]
    named = {one.bay_id for one in good if one.bay_id is not None}
    found = []
    for place_id in sorted({bay.place_id for bay in occupied}):
        bays = [bay for bay in occupied if bay.place_id == place_id]
        open_ones = [bay for bay in bays if bay.id not in named and now - bay.since >= ARRIVING]
        taken = {bay.id for bay in bays}
        # Who paid for a bay that is empty stands in another, or their sensor errs.
        without = sum(one.place_id == place_id and one.bay_id not in taken for one in good)
        # One zone for all bays of a place.
        zone_rights = sum(one.place_id is None and one.zone == bays[0].zone for one in good)
        may_be_paid = without + zone_rights > 0
        shown = [
            Unpaid(bay, int((now - bay.since).total_seconds() // 60), may_be_paid)
            for bay in sorted(open_ones, key=lambda bay: bay.since)
        ]
        if shown:
            found.append(Look(place_id, shown, without, zone_rights, max(0, len(shown) - without)))
    return sorted(found, key=lambda one: (-one.unpaid, -len(one.bays), one.place_id))


def _holds_at(held: Held, place: tuple[str, str]) -> bool:
    place_id, zone = place
    return held.place_id == place_id or (held.place_id is None and held.zone == zone)
