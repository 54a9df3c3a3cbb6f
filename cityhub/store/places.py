"""Parking places: saved from a catalogue, read by whoever shows or checks them."""

from collections.abc import Sequence
from dataclasses import asdict

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.catalogue.model import Place
from cityhub.model import PlaceRow
from cityhub.store.queries import load

_SQL = load(__file__)


def save(conn: psycopg.Connection, places: Sequence[Place]) -> int:
    """Insert or update the places within the caller's transaction; returns how many were new or changed."""
    rows = [{**asdict(place), "attributes": Jsonb(dict(place.attributes))} for place in places]
    with conn.cursor() as cursor:
        cursor.executemany(_SQL["save"], rows)
        return max(cursor.rowcount, 0)


def all(conn: psycopg.Connection) -> list[PlaceRow]:
    """Every parking place by id."""
    with conn.cursor(row_factory=class_row(PlaceRow)) as cursor:
        return cursor.execute(_SQL["all"]).fetchall()
