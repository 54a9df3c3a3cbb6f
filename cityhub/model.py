"""Sensors, parking places and their newest readings, as the store knows them and rules and answers use them.

What a catalogue says of a site is in cityhub.catalogue.model; these rows add what the hub found out since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from cityhub.catalogue.areas import Level
from cityhub.catalogue.model import Site
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
