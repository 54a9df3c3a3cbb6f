"""Administrative areas, in sets of one level and validity each, and which sensor and place lies in which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.catalogue.areas import LEVELS, Area, Level, Span, place
from cityhub.catalogue.membership import assign
from cityhub.errors import NotFound
from cityhub.store import notices
from cityhub.store.queries import load

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Saved:
    """What an import changed: areas by id, and the set's days as they are now."""

    set_id: int
    span: Span
    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    unchanged: int


@dataclass(frozen=True, slots=True)
class AreaRow:
    """An area as it is listed. `valid_to` is its last day; `sensors` counts listed sensors in it, bays included."""

    id: str
    level: Level
    code: str | None
    name_vi: str
    name_en: str
    full_name_vi: str
    full_name_en: str
    valid_from: date | None
    valid_to: date | None
    sensors: int


@dataclass(frozen=True, slots=True)
class AreaDetail:
    """An area with its exact geometry (GeoJSON, WGS84), and what lies in it, listed or not."""

    row: AreaRow
    geometry: Mapping[str, Any]
    sensor_ids: frozenset[str]
    place_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class Outline:
    """An area as maps draw it: a geometry (GeoJSON, WGS84) that is simplified."""

    id: str
    name_vi: str
    name_en: str
    full_name_vi: str
    full_name_en: str
    outline: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Membership:
    """Listed sensors and parking places by the id of their area, and those in none of the set."""

    sensors: Mapping[str, int]
    places: Mapping[str, int]
    sensors_outside: tuple[str, ...]
    places_outside: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetRow:
    """A set of areas: one level, one validity, one file."""

    id: int
    level: Level
    valid_from: date | None
    valid_to: date | None
    source: str
    imported_at: datetime
    is_in_force: bool
    is_shown: bool

    @property
    def span(self) -> Span:
        """The days on which it is in force."""
        return Span(self.valid_from, self.valid_to)


def save(
    conn: psycopg.Connection,
    level: Level,
    areas: Sequence[Area],
    *,
    source: str,
    span: Span,
    today: date,
    keep_others: bool = False,
) -> Saved:
    """Store a set of areas as cityhub.catalogue.areas.place says; sensors and places are then given theirs.

    The same set again changes nothing. Areas that the set had and `areas` has not are removed, unless `keep_others`.
    Raises InvalidInput.
    """
    with conn.transaction():
        conn.execute(_SQL["lock"])
        known = {row.id: row.span for row in sets(conn) if row.level == level}
        placed = place(known, span, today)
        for id, last in placed.ends.items():
            conn.execute(_SQL["end_set"], {"id": id, "valid_to": last})
        parameters = {
            "id": placed.replaces,
            "level": level,
            "valid_from": placed.span.valid_from,
            "valid_to": placed.span.valid_to,
            "source": source,
        }
        query = _SQL["add_set"] if placed.replaces is None else _SQL["change_set"]
        [(set_id,)] = conn.execute(query, parameters).fetchall()
        before = {str(id) for (id,) in conn.execute(_SQL["ids_of_set"], {"set_id": set_id})}
        gone = () if keep_others else tuple(sorted(before - {area.id for area in areas}))
        if gone:
            conn.execute(_SQL["remove"], {"set_id": set_id, "ids": list(gone)})
        touched = [
            area.id for area in areas if conn.execute(_SQL["save"], _parameters(set_id, area)).rowcount
        ]
        assign_all(conn)
        notices.catalogue_changed(conn)
    return Saved(
        set_id=set_id,
        span=placed.span,
        new=tuple(id for id in touched if id not in before),
        changed=tuple(id for id in touched if id in before),
        gone=gone,
        unchanged=len(areas) - len(touched),
    )


def _parameters(set_id: int, area: Area) -> dict[str, Any]:
    return {
        "set_id": set_id,
        "id": area.id,
        "code": area.code,
        "name_vi": area.name_vi,
        "name_en": area.name_en,
        "full_name_vi": area.full_name_vi,
        "full_name_en": area.full_name_en,
        "geometry": Jsonb(area.geometry),
        "outline": Jsonb(area.outline),
    }


def assign_all(conn: psycopg.Connection) -> None:
    """Give every sensor and place its area of each set, by position."""
    points = {f"{noun}/{id}": (lon, lat) for noun, id, lon, lat in points_of(conn)}
    for row in sets(conn):
        areas = conn.execute(_SQL["geometries"], {"set_id": row.id}).fetchall()
        found = assign(areas, points)
        for noun, query in (("sensor", _SQL["assign_sensors"]), ("place", _SQL["assign_places"])):
            pairs = [
                (key.partition("/")[2], area) for key, area in found.items() if key.startswith(f"{noun}/")
            ]
            parameters = {
                "set_id": row.id,
                "ids": [id for id, _ in pairs],
                "area_ids": [area for _, area in pairs],
            }
            conn.execute(query, parameters)


def assign_some(conn: psycopg.Connection, points: Mapping[str, tuple[float, float]]) -> None:
    """Give some sensors, by id at (lon, lat), their area of each set."""
    for row in sets(conn):
        areas = conn.execute(_SQL["geometries"], {"set_id": row.id}).fetchall()
        found = assign(areas, points)
        parameters = {
            "set_id": row.id,
            "of": list(points),
            "ids": list(found),
            "area_ids": list(found.values()),
        }
        conn.execute(_SQL["assign_some"], parameters)


def assign_place(conn: psycopg.Connection, id: str, lon: float, lat: float) -> None:
    """Give a new place its area of each set."""
    for row in sets(conn):
        found = assign(conn.execute(_SQL["geometries"], {"set_id": row.id}).fetchall(), {id: (lon, lat)})
        if id in found:
            conn.execute(_SQL["assign_place"], {"id": id, "set_id": row.id, "area_id": found[id]})


def points_of(conn: psycopg.Connection) -> list[tuple[str, str, float, float]]:
    """(`sensor` or `place`, id, lon, lat) of everything that has a position."""
    return conn.execute(_SQL["points"]).fetchall()


def membership(conn: psycopg.Connection, set_id: int) -> Membership:
    """What lies in the areas of a set."""
    found: dict[str, dict[str, int]] = {"sensor": {}, "place": {}}
    outside: dict[str, list[str]] = {"sensor": [], "place": []}
    for noun, id, area_id in conn.execute(_SQL["membership"], {"set_id": set_id}):
        if area_id is None:
            outside[noun].append(id)
        else:
            found[noun][area_id] = found[noun].get(area_id, 0) + 1
    return Membership(found["sensor"], found["place"], tuple(outside["sensor"]), tuple(outside["place"]))


def sets(conn: psycopg.Connection) -> list[SetRow]:
    """Every set, the coarsest level first, then by time."""
    with conn.cursor(row_factory=class_row(SetRow)) as cursor:
        return cursor.execute(_SQL["sets"]).fetchall()


def search(
    conn: psycopg.Connection,
    *,
    level: str | None = None,
    on: date | None = None,
    after: tuple[int, str] | None = None,
    limit: int = 100,
) -> list[AreaRow]:
    """Areas in order of level, the coarsest first, and id; of each level those of one set.

    That set is in force on the day `on`; without one it is the set that is shown (cityhub.catalogue.areas.shown).
    `after` is (number of the level in LEVELS, id) of the last row already given.
    """
    after_level, after_id = after or (None, None)
    parameters = {"level": level, "on": on, "after_level": after_level, "after_id": after_id, "limit": limit}
    with conn.cursor(row_factory=class_row(AreaRow)) as cursor:
        return cursor.execute(_SQL["search"], parameters).fetchall()


def get(conn: psycopg.Connection, id: str, on: date | None = None) -> AreaDetail:
    """The area as it is on the day `on`; without one as it is shown, or was last. Raises NotFound."""
    with conn.cursor(row_factory=class_row(AreaRow)) as cursor:
        found = cursor.execute(_SQL["get"], {"id": id, "on": on}).fetchone()
    if found is None:
        raise NotFound("area", id)
    parameters = {"id": id, "valid_from": found.valid_from, "level": found.level}
    [(geometry, sensor_ids, place_ids)] = conn.execute(_SQL["inside"], parameters).fetchall()
    return AreaDetail(found, geometry, frozenset(sensor_ids), frozenset(place_ids))


def outlines(conn: psycopg.Connection, level: str | None = None) -> tuple[SetRow | None, list[Outline]]:
    """The set shown at `level` with its outlines; without a level the finest that is in force today, if any is."""
    shown = [row for row in sets(conn) if row.is_shown and level in {None, row.level}]
    chosen = max(shown, key=lambda row: (row.is_in_force, LEVELS.index(row.level)), default=None)
    if chosen is None:
        return None, []
    with conn.cursor(row_factory=class_row(Outline)) as cursor:
        return chosen, cursor.execute(_SQL["outlines"], {"set_id": chosen.id}).fetchall()
