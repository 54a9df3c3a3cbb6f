"""What may be sold: where, to which vehicles, from when. Whoever quotes or sells time at a place asks here first."""

from datetime import datetime, timedelta

from cityhub.catalogue import vehicles
from cityhub.errors import RuleBroken
from cityhub.model import PlaceRow
from cityhub.parking.tariffs.calendar import day_kind

# A clock may be a little behind, and a page with a price open for some minutes.
MAX_PAST = timedelta(minutes=5)
MAX_AHEAD = timedelta(days=366)


def check(place: PlaceRow, vehicle: str, start: datetime, length: timedelta, now: datetime) -> str:
    """The tariff zone of a place where time of some `length`, more than none, may be sold from `start` (aware) on.

    Raises RuleBroken (`not_sold`, `vehicle`, `start_in_past`, `start_too_far`, `closed`), InvalidInput for a class of
    vehicles that nobody knows.
    """
    known = vehicles.known(vehicle)
    if place.zone is None:
        raise RuleBroken("not_sold", f"no time is sold at {place.id}")
    if known.name not in place.vehicles:
        raise RuleBroken("vehicle", f"{place.id} takes {', '.join(place.vehicles)}, not {known.name}")
    if start < now - MAX_PAST:
        raise RuleBroken("start_in_past", "the start lies in the past")
    if start > now + MAX_AHEAD:
        raise RuleBroken("start_too_far", f"the start lies more than {MAX_AHEAD.days} days ahead")
    if not place.is_open_throughout(start, start + length, day_kind):
        raise RuleBroken("closed", f"{place.id} is not open all of that time")
    return place.zone
