"""Places to park at, with what is free and what it costs. Money in VND, distances in metres."""

from datetime import datetime
from typing import Self

from msgspec import UNSET, Struct, UnsetType

from api.answers import NextPage
from cityhub.devices.status import Status, age
from cityhub.model import PlaceRow
from cityhub.parking.bays import Bay, BayState
from cityhub.parking.features import ParkingProperties, PlaceState
from cityhub.parking.tariffs import Quote
from cityhub.rfc3339 import LocalTime, at_local_time


class NextHour(Struct, frozen=True):
    """What the next hour costs, by which version of the tariff; null where it cannot be had."""

    vehicle: str
    amount: int
    tariff_version: str

    @classmethod
    def of(cls, vehicle: str, quote: Quote) -> Self:
        """An hour's quote."""
        return cls(vehicle, quote.amount, quote.tariff_version)


class BayAnswer(Struct, frozen=True):
    """A bay as its sensor sees it; `unknown` where the sensor is silent or not to be believed. `age_s` in s."""

    id: str
    name: str
    name_en: str
    state: BayState
    time: LocalTime | None
    age_s: int | None

    @classmethod
    def of(cls, bay: Bay, now: datetime) -> Self:
        """A bay at `now` (aware)."""
        time = None if bay.time is None else at_local_time(bay.time)
        return cls(
            bay.id, bay.short_name("vi"), bay.short_name("en"), bay.state(now), time, age(bay.time, now)
        )


class ParkingPlace(Struct, frozen=True):
    """A place. `free` is null where it is closed or nobody knows; `age_s` (s) says how old that figure is.

    `vehicles`: classes that may be paid for here, none where no time is sold. `distance_m`: from the point of a search.
    `bays`: those that have sensors, of one place that was asked for.
    """

    id: str
    name: str
    name_en: str
    lon: float
    lat: float
    basis: str
    illustrative: bool
    distance_m: float | None
    capacity: int
    free: int | None
    state: PlaceState
    time: LocalTime | None
    age_s: int | None
    status: Status
    vehicles: tuple[str, ...]
    opening: str | None
    closed_until: LocalTime | None
    next_hour: NextHour | None
    bays: list[BayAnswer] | UnsetType = UNSET

    @classmethod
    def of(
        cls,
        place: PlaceRow,
        shown: ParkingProperties,
        now: datetime,
        distance_m: float | None,
        next_hour: NextHour | None,
    ) -> Self:
        """A place as its sensors see it at `now` (aware)."""
        return cls(
            place.id,
            place.name_vi,
            place.name_en,
            place.lon,
            place.lat,
            place.basis,
            place.illustrative,
            distance_m,
            shown.capacity,
            shown.free,
            shown.state,
            shown.time,
            shown.age_s,
            shown.status,
            place.vehicles,
            None if place.opening is None else place.opening.text,
            next((at_local_time(end) for start, end in place.closures if start <= now < end), None),
            next_hour,
        )


class ParkingPlaces(Struct, frozen=True):
    """A page of places; `next` leads to the page after it, null on the last."""

    places: list[ParkingPlace]
    next: NextPage | None
