"""Parking places: saved from a catalogue, read by whoever shows or checks them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb
from psycopg.types.range import TimestamptzRange

from cityhub.catalogue.model import Place
from cityhub.catalogue.opening import parse
from cityhub.errors import InvalidInput, NotFound
from cityhub.model import PlaceRow, SiteRow
from cityhub.parking.bays import Bay
from cityhub.store.queries import load

_SQL = load(__file__)


def save(conn: psycopg.Connection, places: Sequence[Place]) -> int:
    """Insert or update the places within the caller's transaction; returns how many were new or changed."""
    rows = [
        {
            **asdict(place),
            "attributes": Jsonb(dict(place.attributes)),
            "vehicles": list(place.vehicles),
            "opening": Jsonb({"text": place.opening}),
        }
        for place in places
    ]
    with conn.cursor() as cursor:
        cursor.executemany(_SQL["save"], rows)
        changed = max(cursor.rowcount, 0)
        cursor.executemany(_SQL["save_run"], [row for row in rows if row["zone"] is not None])
        changed += max(cursor.rowcount, 0)
    # What was sold at a place stays; nothing more is sold where nobody runs it.
    left = [place.id for place in places if place.zone is None]
    return changed + conn.execute(_SQL["remove_run"], {"ids": left}).rowcount


def all(conn: psycopg.Connection) -> list[PlaceRow]:
    """Every parking place by id."""
    with conn.cursor(row_factory=class_row(_StoredPlace)) as cursor:
        return [row.place() for row in cursor.execute(_SQL["all"])]


def get(conn: psycopg.Connection, id: str) -> PlaceRow:
    """One place; raises NotFound."""
    with conn.cursor(row_factory=class_row(_StoredPlace)) as cursor:
        found = cursor.execute(_SQL["get"], {"id": id}).fetchone()
    if found is None:
        raise NotFound("parking place", id)
    return found.place()


def edition(conn: psycopg.Connection) -> str:
    """A text that is another after any change of places, how they are run, or tariffs; areas are not in it."""
    [(found,)] = conn.execute(_SQL["edition"]).fetchall()
    return str(found)


def bays(conn: psycopg.Connection, id: str) -> list[Bay]:
    """The bays of a place that have sensors, by id; none for a place that nobody knows."""
    with conn.cursor(row_factory=class_row(Bay)) as cursor:
        return cursor.execute(_SQL["bays"], {"place_id": id}).fetchall()


def check_bay(conn: psycopg.Connection, place: PlaceRow, bay_id: str | None) -> None:
    """Raises InvalidInput for what is no bay of the place; None names none."""
    if bay_id is None:
        return
    [(is_bay,)] = conn.execute(_SQL["is_bay"], {"bay_id": bay_id, "place_id": place.id}).fetchall()
    if not is_bay:
        raise InvalidInput("bay_id", "this place has no such bay")


@dataclass(frozen=True, slots=True, kw_only=True)
class _StoredPlace(SiteRow):
    """A row as it comes out of the database."""

    capacity: int
    zone: str | None
    issuer: str | None
    vehicles: Sequence[str]
    opening: str | None
    closures: Sequence[TimestamptzRange]

    def place(self) -> PlaceRow:
        opening = None if self.opening is None else parse(self.opening)
        closures = tuple((span.lower, span.upper) for span in self.closures if span.lower and span.upper)
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return PlaceRow(
            **{**values, "vehicles": tuple(self.vehicles), "opening": opening, "closures": closures}
        )
