"""Shapes of sensors and their datastreams."""

from api.shapes import NextPage, Shape
from cityhub.devices.status import Status
from cityhub.kinds import KindName


class LatestValue(Shape):
    """The newest observation; the value is null when its quality makes it unfit to be shown."""

    time: str
    value: float | None
    quality: list[str]


class Datastream(Shape):
    """One property of a sensor."""

    property: str
    unit: str
    name: str
    name_en: str
    latest: LatestValue | None


class Place(Shape):
    """A parking place."""

    id: str
    name: str
    name_en: str
    lon: float
    lat: float
    capacity: int
    illustrative: bool


class Sensor(Shape):
    """A sensor at its site (WGS84 degrees); `basis` says how its position is known."""

    id: str
    kind: KindName
    name: str
    name_en: str
    lon: float
    lat: float
    basis: str
    basis_note: str
    district: str | None
    district_en: str | None
    illustrative: bool
    interval_s: int
    capacity: int | None
    attributes: dict[str, str]
    place: Place | None
    distance_m: float | None
    last_seen: str | None
    status: Status
    datastreams: list[Datastream]


class Sensors(Shape):
    """A page of sensors; `next` leads to the page after it, null on the last."""

    sensors: list[Sensor]
    next: NextPage | None
