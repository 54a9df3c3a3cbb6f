"""What inspectors are answered."""

from datetime import datetime
from typing import Self

from msgspec import Struct

from cityhub.parking.enforcement import Held, Look, Unpaid, Verdict
from cityhub.rfc3339 import LocalTime, at_local_time


class HeldAnswer(Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Time that the plate holds. `place_id` null: every place of the zone; `to` null: it runs until it is stopped.

    `channel`: `cityhub`, or the app that sold it.
    """

    channel: str
    place_id: str | None
    zone: str
    bay_id: str | None
    vehicle: str
    from_: LocalTime
    to: LocalTime | None
    verdict: Verdict

    @classmethod
    def of(cls, held: Held, now: datetime) -> Self:
        """As it is at `now` (aware)."""
        return cls(
            channel=held.channel,
            place_id=held.place_id,
            zone=held.zone,
            bay_id=held.bay_id,
            vehicle=held.vehicle,
            from_=at_local_time(held.from_time),
            to=None if held.to_time is None else at_local_time(held.to_time),
            verdict=held.verdict(now),
        )


class PlateAnswer(Struct, frozen=True):
    """Is it paid for at `checked_at`: `paid`, `grace` (it was, until a short while ago), `unpaid`.

    `paid_until`: null where nothing is paid, or where a start-stop session runs. `held`: of the last 24 hours.
    """

    plate: str
    verdict: Verdict
    paid_until: LocalTime | None
    checked_at: LocalTime
    held: list[HeldAnswer]


class BayAnswer(Struct, frozen=True):
    """A bay whose sensor sees a car since `occupied_since`, for which nobody paid by its name.

    `may_be_paid`: somebody paid at its place without naming a bay; look at the plate.
    """

    bay_id: str
    name: str
    name_en: str
    occupied_since: LocalTime
    minutes: int
    may_be_paid: bool

    @classmethod
    def of(cls, found: Unpaid) -> Self:
        """One bay."""
        bay = found.bay
        since = at_local_time(bay.since)
        return cls(bay.id, bay.name_vi, bay.name_en, since, found.minutes, found.may_be_paid)


class PlaceLook(Struct, frozen=True):
    """A place with such bays. `unpaid`: bays less `paid_without_bay`, what is paid there without naming one.

    Cars with one of `zone_rights`, rights for every place of the zone, may be among them.
    """

    place_id: str
    unpaid: int
    paid_without_bay: int
    zone_rights: int
    bays: list[BayAnswer]

    @classmethod
    def of(cls, found: Look) -> Self:
        """One place."""
        return cls(
            found.place_id,
            found.unpaid,
            found.without_bay,
            found.zone_rights,
            [BayAnswer.of(bay) for bay in found.bays],
        )


class UnpaidAnswer(Struct, frozen=True):
    """Where an inspector finds something to look at, the worst place first."""

    checked_at: LocalTime
    places: list[PlaceLook]
