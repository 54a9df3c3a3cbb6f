"""The newest state of a kind."""

from typing import Annotated, Any

from msgspec import Meta, Struct

from cityhub.air.features import AirProperties
from cityhub.flood.features import FloodProperties
from cityhub.kinds import KindName
from cityhub.latest import Feature, SensorProperties, Summary
from cityhub.parking.features import ParkingProperties
from cityhub.rain.features import RainProperties
from cityhub.rfc3339 import LocalTime
from cityhub.water.features import WaterProperties

# What Features hold beyond what all of them have. A kind with features of its own adds its class here.
PROPERTIES = (
    SensorProperties,
    AirProperties,
    RainProperties,
    FloodProperties,
    WaterProperties,
    ParkingProperties,
)

_ONE_OF_THESE: dict[str, Any] = {
    "properties": {
        "properties": {"anyOf": [{"$ref": f"#/components/schemas/{one.__name__}"} for one in PROPERTIES]}
    }
}


class LatestCollection(Struct, frozen=True, tag_field="type", tag="FeatureCollection"):
    """Every sensor of a kind, or every parking place, and all of them in one figure."""

    kind: KindName
    generated_at: LocalTime
    summary: Summary
    features: list[Annotated[Feature, Meta(extra_json_schema=_ONE_OF_THESE)]]
