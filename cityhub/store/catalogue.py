"""A catalogue as a whole: its places, sensors and datastreams saved together."""

from dataclasses import dataclass

import psycopg

from cityhub.catalogue.model import Catalogue
from cityhub.store import areas, notices, places, sensors


@dataclass(frozen=True, slots=True)
class Saved:
    """How many rows of a catalogue there are, and how many of them were new or changed."""

    places: int
    sensors: int
    datastreams: int
    changed: int


def save(conn: psycopg.Connection, catalogue: Catalogue) -> Saved:
    """Insert or update every place, sensor and datastream; what is gone from the catalogue stays. Idempotent."""
    with conn.transaction():
        changed = places.save(conn, catalogue.places) + sensors.save(conn, catalogue.sensors)
        datastreams, new = sensors.save_datastreams(conn, catalogue.sensors)
        changed += new
        if changed:
            areas.assign_all(conn)
            notices.catalogue_changed(conn)
    return Saved(len(catalogue.places), len(catalogue.sensors), datastreams, changed)
