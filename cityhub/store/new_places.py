"""Parking places that people register. Within the caller's transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from cityhub.catalogue.model import Place
from cityhub.errors import RuleBroken
from cityhub.onboarding.place_candidate import NewPlace
from cityhub.store import areas, audit, notices, quarantine, registration
from cityhub.store.queries import load

_SQL = load(__file__)


def register(conn: psycopg.Connection, new: NewPlace, who: str, why: str) -> None:
    """Make it a place, and the sensor that counts its cars, whose messages are read again; on record.

    Raises RuleBroken (`registered`) where the id is a place's or a sensor's already.
    """
    place = new.place
    row = {
        **asdict(place),
        "attributes": Jsonb(dict(place.attributes)),
        "vehicles": list(place.vehicles),
        "opening": Jsonb({"text": place.opening}),
        "who": who[:100],
    }
    with conn.transaction():
        if not conn.execute(_SQL["add"], row).rowcount:
            raise RuleBroken("registered", f"{place.id} is registered already")
        if place.zone is not None:
            conn.execute(_SQL["run"], row)
        registration.add(conn, new.sensor, who)
        areas.assign_place(conn, place.id, place.lon, place.lat)
        areas.assign_some(conn, {place.id: (place.lon, place.lat)})
        audit.add(conn, who, "parking place registered", f"place:{place.id}", after=_told(place), why=why)
        notices.catalogue_changed(conn)
        notices.changed(conn, ["parking"])
        quarantine.replay(conn, None, place.id)


def _told(place: Place) -> dict[str, Any]:
    """As the trail tells it."""
    return {name: value for name, value in asdict(place).items() if name not in ("id", "attributes")}


def issuers(conn: psycopg.Connection) -> list[str]:
    """Who runs places already, by name."""
    return [issuer for (issuer,) in conn.execute(_SQL["issuers"])]


def is_taken(conn: psycopg.Connection, id: str) -> bool:
    """Is there a place or a sensor of this id?"""
    [(found,)] = conn.execute(_SQL["is_taken"], {"id": id}).fetchall()
    return bool(found)


def by_people(conn: psycopg.Connection, ids: Sequence[str]) -> frozenset[str]:
    """Those of these places that a person registered."""
    return frozenset(id for (id,) in conn.execute(_SQL["by_people"], {"ids": list(ids)}))


def give_back(conn: psycopg.Connection, ids: Sequence[str], who: str) -> None:
    """From now on the catalogue's files change these places; on record."""
    for (id,) in conn.execute(_SQL["give_back"], {"ids": list(ids)}).fetchall():
        audit.add(conn, who, "taken over by the catalogue's files", f"place:{id}")
