"""The shapes of answers, for the OpenAPI document only: answers are encoded without passing through these."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.parameters import SENSOR_ID_PATTERN
from cityhub.kinds import Aggregation, KindName
from cityhub.latest import Status
from cityhub.observations import Reason

NextPage = Annotated[
    str,
    Field(
        description="URL reference of the page after this one: path and query, without scheme and host",
        json_schema_extra={"format": "uri-reference", "pattern": "^/api/v1/"},
    ),
]


class Shape(BaseModel):
    """Every field is always there; more may come."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class Fault(Shape):
    """What is wrong with one field."""

    field: str
    problem: str


class Problem(BaseModel):
    """RFC 9457 problem details; `errors` is there for faults of fields."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = Field(default_factory=list)


class PropertyInfo(Shape):
    """An observed property; low and high bound what is plausible."""

    property: str
    unit: str
    low: float
    high: float
    aggregation: Aggregation
    name: str
    name_en: str
    decimals: int


class BandInfo(Shape):
    """Values from `start` up to the next band have this colour."""

    start: float
    color: str
    name: str
    name_en: str


class MarkerInfo(Shape):
    """What a map marker of the kind shows."""

    property: str
    unit: str
    name: str
    name_en: str
    note: str
    note_en: str
    bands: list[BandInfo]


class KindInfo(Shape):
    """A kind of sensor."""

    kind: KindName
    name: str
    name_en: str
    properties: list[PropertyInfo]
    marker: MarkerInfo


class Kinds(Shape):
    """Every kind of sensor."""

    kinds: list[KindInfo]


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


class RawRow(Shape):
    """One observation as measured; `quality` names what is wrong with it."""

    time: str
    value: float
    quality: list[str]


class StepRow(Shape):
    """One hour or day that starts at `time`; `n_rejected` readings are left out of its figures."""

    time: str
    n: int
    mean: float | None
    min: float | None
    max: float | None
    sum: float | None
    n_rejected: int


class Observations(Shape):
    """A page of history, oldest first; `next` leads to the page after it, null on the last."""

    sensor_id: str
    property: str
    unit: str
    step: Literal["raw", "PT1H", "P1D"]
    rows: list[RawRow] | list[StepRow]
    next: NextPage | None


class Point(Shape):
    """lon, lat in WGS84 degrees."""

    type: Literal["Point"]
    coordinates: tuple[float, float]


class LatestFeature(Shape):
    """A sensor or parking place with its newest state."""

    type: Literal["Feature"]
    id: str
    geometry: Point
    properties: dict[str, Any]


class LatestCollection(Shape):
    """Every sensor of a kind, or every parking place."""

    type: Literal["FeatureCollection"]
    kind: KindName
    generated_at: str
    features: list[LatestFeature]


class PostedItem(BaseModel):
    """What a partner posts: one moment of one sensor. Of values, battery and rssi at least one must be there."""

    sensor_id: str = Field(description="As in /api/v1/sensors", pattern=SENSOR_ID_PATTERN)
    kind: KindName | None = Field(None, description="Looked up by sensor_id when absent")
    time: str | float = Field(
        description="When it was measured: RFC 3339 with offset, or Unix seconds or milliseconds"
    )
    values: dict[str, float | None] | None = Field(
        None, description="By property, in its unit (/api/v1/kinds); null: not measured"
    )
    battery: float | None = Field(None, description="%")
    rssi: float | None = Field(None, description="dBm")
    fault: bool | list[str] | None = Field(
        None,
        description="The device says that all of its values, or these, are invalid; stored with that flag",
    )


class PostFault(Shape):
    """Why parts of an item could not be used; the reasons are those of the quarantine."""

    reason: Reason
    detail: str
    parts: int


class PostVerdict(Shape):
    """What became of an item: 201 all of it taken, 207 part of it, 422 nothing.

    `index` counts items from 0; `accepted` counts values now in the database, new or already there.
    """

    index: int
    status: Literal[201, 207, 422]
    accepted: int
    errors: list[PostFault]


class Posted(Shape):
    """What became of a post. stored, duplicates: values; rejected: parts; items: as `detail` asked."""

    stored: int
    duplicates: int
    rejected: int
    items: list[PostVerdict]


class DistrictFeature(Shape):
    """A district's outline."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any]
    properties: dict[str, str]


class DistrictCollection(Shape):
    """Every imported district; empty until boundaries are imported."""

    type: Literal["FeatureCollection"]
    features: list[DistrictFeature]


class Health(Shape):
    """The process is alive, or ready."""

    status: Literal["ok"]
