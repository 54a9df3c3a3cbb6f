"""Sensors, parking places and their newest readings, as the store knows them and rules and answers use them.

What a catalogue says of a site is in cityhub.catalogue.model; these rows add what the hub found out since.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from cityhub.catalogue.areas import Level
from cityhub.catalogue.model import Site
from cityhub.catalogue.opening import Opening
from cityhub.kinds import KindName


class AreaName(TypedDict):
    """An area by name; the full names carry its rank. `valid_to` is its last day, YYYY-MM-DD."""

    id: str
    name: str
    name_en: str
    full_name: str
    full_name_en: str
    valid_to: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow(Site):
    """A site and the areas that it lies in, by level: those in force, of a level that ended those that were last."""

    areas: Mapping[Level, AreaName]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow(SiteRow):
    """A parking place with room for `capacity` cars.

    One that can be paid for has a `zone`, an `issuer`, classes of `vehicles` and `opening` hours; `closures`: spans
    (aware) for which it is closed all the same, in order, none that is over.
    """

    capacity: int
    zone: str | None = None
    issuer: str | None = None
    vehicles: tuple[str, ...] = ()
    opening: Opening | None = None
    closures: tuple[tuple[datetime, datetime], ...] = ()

    def is_closed(self, moment: datetime, kind_of: Callable[[date], str]) -> bool:
        """Is it closed at `moment` (aware)? A place of which nobody said when it is open always is.

        `kind_of` tells the kind of a day (cityhub.parking.tariffs.calendar).
        """
        if any(start <= moment < end for start, end in self.closures):
            return True
        return self.opening is not None and not self.opening.is_open(moment, kind_of)

    def is_open_throughout(self, start: datetime, end: datetime, kind_of: Callable[[date], str]) -> bool:
        """Is it open from `start` to `end` (aware, start < end) without a break?"""
        if any(begins < end and start < ends for begins, ends in self.closures):
            return False
        return self.opening is None or self.opening.is_open_throughout(start, end, kind_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRow(SiteRow):
    """A sensor as stored. `last_seen`: the newest phenomenon time of any of its datastreams.

    `status_online`, `status_time`: what its newest status message, or its last will, says of being connected, and when
    that was received; None without one. `distance_m`: from the point of a search.
    """

    kind: KindName
    interval_s: int
    place_id: str | None
    capacity: int | None
    listed: bool
    distance_m: float | None
    last_seen: datetime | None
    status_online: bool | None
    status_time: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest observation of one property, in `unit`; `quality` is a bit set of cityhub.observing.quality.

    `revision` is another one whenever something of before was stored or corrected.
    """

    property: str
    unit: str
    time: datetime
    value: float
    quality: int
    revision: int = 0


@dataclass(frozen=True, slots=True)
class SensorState:
    """A sensor with the newest reading of each property that it ever reported, battery and rssi among them."""

    sensor: SensorRow
    readings: Sequence[Reading]
