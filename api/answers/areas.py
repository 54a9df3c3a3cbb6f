"""Administrative areas."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from msgspec import Meta, Struct

from api.answers import NextPage
from api.answers.air_field import AreaAir
from api.answers.latest import LatestCollection
from cityhub.catalogue.areas import Level
from cityhub.kinds import KindName
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


class AreaLatest(Area, frozen=True, kw_only=True):
    """The newest state of everything in an area: of each kind what `/api/v1/latest/{kind}` answers for the city.

    `air`: the mean over the whole area, by the field between stations (`/api/v1/air/field`).
    """

    kinds: dict[KindName, LatestCollection]
    air: AreaAir


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
