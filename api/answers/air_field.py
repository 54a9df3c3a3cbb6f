"""Air between the stations."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from cityhub.air.categories import CategoryName
from cityhub.rfc3339 import LocalTime

Concentration = Annotated[float, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Method(Struct, frozen=True):
    """How values between stations come about: kriging with a variogram of this form, range (km) and nugget (share)."""

    name: str
    variogram: str
    range_km: float
    nugget: float


class Mask(Struct, frozen=True):
    """Where nothing is drawn because it would be a guess.

    That is where the kriging variance is more than `most_variance` of how much places far apart differ (some 6 to 8 km
    from the next station), and everywhere with fewer than `least_stations` stations.
    """

    most_variance: float
    least_stations: int


class BandProperties(Struct, frozen=True):
    """PM2.5 above `low` up to `high` (µg/m³, null without an end): the steps of a category of VN_AQI.

    The concentration lies in them; that is no index, which is made of twelve hours.
    """

    low: Concentration
    high: Concentration | None
    category: CategoryName
    category_name: str
    category_name_en: str
    color: str


class Band(Struct, frozen=True, kw_only=True, tag_field="type", tag="Feature"):
    """Where the air is of one category: a MultiPolygon, WGS84. Bands do not overlap."""

    geometry: Mapping[str, Any]
    properties: BandProperties


class AirField(Struct, frozen=True, tag_field="type", tag="FeatureCollection"):
    """PM2.5 between the stations as they measure it at `time`, the newest reading's.

    Made from `stations` stations; `error`: the mean absolute error (µg/m³) now, each station estimated from the
    others. Without enough stations there are no bands, and `why` is `few_stations`.
    """

    property: str
    unit: str
    time: LocalTime | None
    method: Method
    stations: int
    error: float | None
    mask: Mask
    why: Literal["few_stations"] | None
    features: list[Band]


class AreaAir(Struct, frozen=True):
    """Mean PM2.5 (µg/m³) of an area by the field between stations, over the share of it that is `covered`.

    Null says `why`: `few_stations`, `not_covered` where less than half of the area is known, `not_ready` for a moment
    after a start. `category`: the steps of VN_AQI that the concentration lies in; it is no index.
    """

    pm2_5: Concentration | None
    category: CategoryName | None
    color: str | None
    covered: Share
    time: LocalTime | None
    why: Literal["few_stations", "not_covered", "not_ready"] | None
