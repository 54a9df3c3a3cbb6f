"""Sensors, parking places and their newest readings, as the store knows them and rules and answers use them.

What a catalogue says of a site is in cityhub.catalogue.model; these rows add what the hub found out since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cityhub.catalogue.model import Site
from cityhub.kinds import KindName


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow(Site):
    """A site and the district that it lies in, None where no boundaries are known."""

    district_vi: str | None
    district_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRow(SiteRow):
    """A parking place with room for `capacity` cars."""

    capacity: int


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
    """The newest observation of one property, in `unit`; `quality` is a bit set of cityhub.observing.quality."""

    property: str
    unit: str
    time: datetime
    value: float
    quality: int


@dataclass(frozen=True, slots=True)
class SensorState:
    """A sensor with the newest reading of each property that it ever reported, battery and rssi among them."""

    sensor: SensorRow
    readings: Sequence[Reading]
