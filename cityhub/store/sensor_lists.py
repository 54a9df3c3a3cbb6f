"""Lists of sensors held against those that are registered, and applied."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import psycopg
from psycopg.rows import dict_row

from cityhub.catalogue.model import Sensor
from cityhub.errors import RuleBroken
from cityhub.kinds import KINDS
from cityhub.onboarding.list_plan import Step, plan
from cityhub.onboarding.listing import Line
from cityhub.store import areas, audit, notices, places, quarantine, registration, sensors
from cityhub.store.queries import load

_SQL = load(__file__)


def planned(conn: psycopg.Connection, lines: Sequence[Line], *, holds: bool = False) -> list[Step]:
    """What would become of each line now. Nothing is written.

    `holds`: what is known stays so until the transaction ends, for who applies it then.
    """
    if holds:
        conn.execute(_SQL["hold"], {"ids": [line.id for line in lines]})
    known: dict[str, Sensor] = {}
    taken: set[str] = set()
    with conn.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_SQL["known"], {"ids": [line.id for line in lines]}):
            if row.pop("is_place"):
                taken.add(row["id"])
            measured = KINDS[row["kind"]].properties
            properties = tuple(name for name in row.pop("properties") if name in measured)
            known[row["id"]] = Sensor(**row, properties=properties)
    capacities = {place.id: place.capacity for place in places.all(conn)}
    return plan(lines, known, capacities, taken=frozenset(taken))


def apply(conn: psycopg.Connection, steps: Iterable[Step], who: str, why: str) -> dict[str, int]:
    """Do what is new or changed, in one transaction and each on record; how many of each that were.

    Who registered an id since the plan keeps it: that row is `late`. What was refused of unknown sensors is read again.
    """
    done = {"new": 0, "change": 0, "late": 0}
    points: dict[str, tuple[float, float]] = {}
    with conn.transaction():
        for step in steps:
            sensor = step.sensor
            if sensor is None or step.action not in done:
                continue
            try:
                with conn.transaction():
                    _do(conn, step, sensor, who, why)
            except RuleBroken:
                done["late"] += 1
                continue
            done[step.action] += 1
            points[sensor.id] = sensor.lon, sensor.lat
        if points:
            areas.assign_some(conn, points)
            notices.catalogue_changed(conn)
            quarantine.replay(conn, "unknown_sensor", None)
    return done


def _do(conn: psycopg.Connection, step: Step, sensor: Sensor, who: str, why: str) -> None:
    object = f"sensor:{sensor.id}"
    if step.action == "new":
        registration.add(conn, sensor, who)
        audit.add(conn, who, "sensor registered", object, after=registration.told(sensor), why=why)
        return
    conn.execute(_SQL["change"], {**asdict(sensor), "registered_by": who[:100]})
    sensors.save_datastreams(conn, [sensor])
    before = {name: _plain(was) for name, (was, _) in step.changes.items()}
    after = {name: _plain(becomes) for name, (_, becomes) in step.changes.items()}
    audit.add(conn, who, "sensor changed", object, before=before, after=after, why=why)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
