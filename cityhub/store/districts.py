"""Districts, when their boundaries were imported, and which sensor and place lies in which."""

import builtins
from collections.abc import Sequence

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.catalogue.model import District
from cityhub.store.queries import load

_SQL = load(__file__)


def save(conn: psycopg.Connection, districts: Sequence[District]) -> int:
    """Replace all districts and assign every sensor and place; returns how many of those lie in one."""
    with conn.transaction(), conn.cursor() as cursor:
        cursor.execute(_SQL["remove_others"], {"ids": [district.id for district in districts]})
        cursor.executemany(
            _SQL["save"],
            [
                {
                    "id": district.id,
                    "name_vi": district.name_vi,
                    "name_en": district.name_en,
                    "geometry": Jsonb(district.geometry),
                    "outline": Jsonb(district.outline),
                }
                for district in districts
            ],
        )
        return assign_all(conn)


def all(conn: psycopg.Connection) -> builtins.list[District]:
    """Every district by id; empty until boundaries are imported."""
    with conn.cursor(row_factory=class_row(District)) as cursor:
        return cursor.execute(_SQL["all"]).fetchall()


def assign_all(conn: psycopg.Connection) -> int:
    """Give every sensor and place its district by position; returns how many lie in one."""
    districts = all(conn)
    if not districts:
        return 0
    # geopandas takes a second to import; most processes never need it.
    from cityhub.catalogue.boundaries import assign  # noqa: PLC0415

    points = conn.execute(_SQL["points"]).fetchall()
    found = assign(districts, {f"{noun}/{id}": (lon, lat) for noun, id, lon, lat in points})
    for noun, query in (("sensor", _SQL["assign_sensors"]), ("place", _SQL["assign_places"])):
        ids = [id for point_noun, id, _, _ in points if point_noun == noun]
        district_ids = [found.get(f"{noun}/{id}") for id in ids]
        conn.execute(query, {"ids": ids, "district_ids": district_ids})
    return len(found)
