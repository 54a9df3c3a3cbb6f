"""A catalogue as a whole: its places, sensors and datastreams saved together."""

from dataclasses import dataclass

import psycopg

from cityhub.catalogue.model import Catalogue
from cityhub.store import areas, new_places, notices, places, registration, sensors


@dataclass(frozen=True, slots=True)
class Saved:
    """How many rows of a catalogue there are, and how many of them were new or changed.

    `kept`: ids of its sensors that were left as people registered them.
    """

    places: int
    sensors: int
    datastreams: int
    changed: int
    kept: tuple[str, ...] = ()


def save(conn: psycopg.Connection, catalogue: Catalogue, *, take_over_by: str | None = None) -> Saved:
    """Insert or update every place, sensor and datastream; what is gone from the catalogue stays. Idempotent.

    A place that a person registered, a sensor that one registered or changed, and mappings that people wrote, stay as
    they are, unless somebody has the files take over, which is on record under their name.
    """
    with conn.transaction():
        ids = [sensor.id for sensor in catalogue.sensors]
        place_ids = [place.id for place in catalogue.places]
        taken = 0
        if take_over_by is None:
            kept = registration.registered_by_people(conn, ids)
        else:
            kept = ()
            taken = registration.give_back(conn, ids, take_over_by)
            new_places.give_back(conn, place_ids, take_over_by)
        saved = [sensor for sensor in catalogue.sensors if sensor.id not in kept]
        own = new_places.by_people(conn, place_ids)
        changed = places.save(
            conn, [place for place in catalogue.places if place.id not in own]
        ) + sensors.save(conn, saved, takes_over=take_over_by is not None)
        datastreams, new = sensors.save_datastreams(conn, saved)
        changed += new
        if changed:
            areas.assign_all(conn)
        if changed or taken:
            # Ingest reads mappings anew, too.
            notices.catalogue_changed(conn)
    return Saved(len(catalogue.places), len(catalogue.sensors), datastreams, changed, kept)
