"""What inspectors ask: of a plate, and of all bays. Times are aware."""

from datetime import datetime, timedelta

import psycopg
from psycopg.rows import class_row

from cityhub.observing.quality import REJECTED
from cityhub.parking.bays import Bay
from cityhub.parking.enforcement import Held, OccupiedBay
from cityhub.parking.sessions import GRACE
from cityhub.store.queries import load

_SQL = load(__file__)
# What was over for longer says nothing about a car that stands here now.
_LOOKED_BACK = timedelta(hours=24)
# Since when a car stands there is not looked for further back.
_LONGEST_STAY = timedelta(days=3)


def of_plate(conn: psycopg.Connection, plate: str, now: datetime) -> list[Held]:
    """What a normalised plate holds now, or held within a day; the newest first."""
    row = {"plate": plate, "since": now - _LOOKED_BACK}
    with conn.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(_SQL["of_plate"], row).fetchall()


def held(conn: psycopg.Connection, now: datetime, place_id: str | None = None) -> list[Held]:
    """What is paid for by now, or was within the grace, everywhere or at a place."""
    row = {"since": now - GRACE, "now": now, "place_id": place_id}
    with conn.cursor(row_factory=class_row(Held)) as cursor:
        return cursor.execute(_SQL["held"], row).fetchall()


def occupied(conn: psycopg.Connection, now: datetime, place_id: str | None = None) -> list[OccupiedBay]:
    """Bays whose sensors see a car, by a word that is fresh and can be believed."""
    row = {"rejected": int(REJECTED), "back": now - _LONGEST_STAY, "place_id": place_id}
    found = []
    for place, zone, *fields, since in conn.execute(_SQL["bays"], row):
        bay = Bay(*fields)
        if since is not None and bay.state(now) == "occupied":
            found.append(OccupiedBay(bay.id, bay.name_vi, bay.name_en, place, zone, since))
    return found
