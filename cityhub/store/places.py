"""Parking places as stored."""

from collections.abc import Mapping
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A parking place with room for `capacity` cars. lon, lat: WGS84 degrees."""

    id: str
    name_vi: str
    name_en: str
    lon: float
    lat: float
    basis: str
    basis_note: str
    capacity: int
    illustrative: bool
    attributes: Mapping[str, str]
    district_vi: str | None
    district_en: str | None


def all(conn: psycopg.Connection) -> list[PlaceRow]:
    """Every parking place by id."""
    with conn.cursor(row_factory=class_row(PlaceRow)) as cursor:
        return cursor.execute(_SQL["all"]).fetchall()
