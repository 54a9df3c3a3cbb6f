"""Administrative areas."""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median
from typing import Annotated, Any, Self

from msgspec import Meta, Struct

from api.answers import NextPage
from api.answers.latest import AnyFeature
from cityhub.catalogue.areas import Level
from cityhub.kinds import KINDS, KindName
from cityhub.kinds.figures import derived
from cityhub.latest import Feature
from cityhub.rfc3339 import LocalTime
from cityhub.store.areas import AreaRow, Outline

Count = Annotated[int, Meta(ge=0)]


class Area(Struct, frozen=True, kw_only=True):
    """An administrative area. `name` is without its rank ("Cửa Nam"), `full_name` with it ("Phường Cửa Nam").

    In force from `valid_from` to `valid_to`, both included: null is unknown, or until further notice. `sensors` counts
    those that lie in it.
    """

    id: str
    level: Level
    code: str | None
    name: str
    name_en: str
    full_name: str
    full_name_en: str
    valid_from: date | None
    valid_to: date | None
    sensors: Count

    @classmethod
    def of(cls, row: AreaRow, **more: Any) -> Self:
        """The answer for a stored area; `more`: fields of classes derived from this one."""
        return cls(
            id=row.id,
            level=row.level,
            code=row.code,
            name=row.name_vi,
            name_en=row.name_en,
            full_name=row.full_name_vi,
            full_name_en=row.full_name_en,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            sensors=row.sensors,
            **more,
        )


class Areas(Struct, frozen=True):
    """A page of areas, the coarsest level first; `next` leads to the page after it, null on the last."""

    areas: list[Area]
    next: NextPage | None


class AreaDetail(Area, frozen=True, kw_only=True):
    """An area with its exact geometry: GeoJSON, WGS84."""

    geometry: Mapping[str, Any]


class AreaKind(Struct, frozen=True, kw_only=True):
    """What the sensors (parking: places) of one kind in an area measure.

    `n` of them, none offline, measure `property` now; `min`, `median`, `max` are null where n is 0, `sum` also where
    the property has a unit.
    """

    sensors: Count
    online: Count
    property: str
    unit: str
    n: Count
    min: float | None
    median: float | None
    max: float | None
    sum: float | None
    features: Sequence[AnyFeature]

    @classmethod
    def of(cls, kind: KindName, features: Sequence[Feature]) -> Self:
        """What these Features of the kind come to."""
        alive = [f.properties for f in features if f.properties.status != "offline"]
        values = [one.marker.value for one in alive if one.marker.value is not None]
        unit = KINDS[kind].headline_unit
        return cls(
            sensors=len(features),
            online=sum(f.properties.status == "online" for f in features),
            property=KINDS[kind].headline,
            unit=unit,
            n=len(values),
            min=min(values, default=None),
            median=derived(KINDS[kind].headline, median(values)) if values else None,
            max=max(values, default=None),
            sum=sum(values) if values and not unit else None,
            features=features,
        )


class AreaLatest(Area, frozen=True, kw_only=True):
    """The newest state of everything in an area, by kind."""

    generated_at: LocalTime
    kinds: dict[KindName, AreaKind]


class OutlineProperties(Struct, frozen=True):
    """How an area is called, without and with its rank."""

    name: str
    name_en: str
    full_name: str
    full_name_en: str


class OutlineFeature(Struct, frozen=True, tag_field="type", tag="Feature"):
    """An area's outline, simplified."""

    id: str
    geometry: Mapping[str, Any]
    properties: OutlineProperties

    @classmethod
    def of(cls, row: Outline) -> Self:
        """The Feature of a stored outline."""
        names = OutlineProperties(row.name_vi, row.name_en, row.full_name_vi, row.full_name_en)
        return cls(row.id, row.outline, names)


class OutlineCollection(Struct, frozen=True, tag_field="type", tag="FeatureCollection"):
    """What maps outline: the areas of one level; empty until boundaries are imported."""

    level: Level | None
    valid_from: date | None
    valid_to: date | None
    features: list[OutlineFeature]
