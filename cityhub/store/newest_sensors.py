"""Every sensor of a kind with its newest readings, read again and again: what did not change is not made again.

Of ten thousand sensors a few report between two looks. What a catalogue says of them is read when it changed.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import psycopg

from cityhub.kinds import KindName
from cityhub.model import Reading, SensorRow, SensorState
from cityhub.store import sensors
from cityhub.store.queries import load

_SQL = load(__file__)


class _Stream(NamedTuple):
    id: int
    property: str
    unit: str


@dataclass(slots=True)
class _Kind:
    """What is known of a kind's sensors at an edition of them; `states` by sensor with what they were made of.

    `ids`: all datastreams as PostgreSQL writes an array, because the driver takes 40 ms to write ten thousands of them.
    """

    edition: str
    sensors: list[tuple[SensorRow, tuple[_Stream, ...]]]
    ids: str
    states: dict[str, tuple[object, SensorState]] = field(default_factory=dict)


class Sensors:
    """Remembers sensors and their states. For one thread and one database."""

    def __init__(self) -> None:
        self._kinds: dict[KindName, _Kind] = {}

    def states(self, conn: psycopg.Connection, kind: KindName) -> list[SensorState]:
        """Every listed sensor of the kind by id, also those that never reported. Within one transaction.

        Of statuses only goodbyes are told: nothing else says how alive a sensor is.
        """
        known = self._known(conn, kind)
        parameters = {"kind": kind, "ids": known.ids}
        gone: dict[str, datetime] = dict(conn.execute(_SQL["gone"], parameters).fetchall())
        found = {id: rest for id, *rest in conn.execute(_SQL["readings"], parameters, binary=True)}
        states = []
        for sensor, streams in known.sensors:
            told_at = gone.get(sensor.id)
            made_of = [found.get(stream.id) for stream in streams], told_at
            kept = known.states.get(sensor.id)
            if kept is None or kept[0] != made_of:
                shown = (
                    sensor if told_at is None else replace(sensor, status_online=False, status_time=told_at)
                )
                readings = [
                    Reading(stream.property, stream.unit, *reading)
                    for stream, reading in zip(streams, made_of[0], strict=True)
                    if reading is not None
                ]
                kept = known.states[sensor.id] = made_of, SensorState(shown, readings)
            states.append(kept[1])
        return states

    def edition(self, kind: KindName) -> str:
        """Another text than before where a sensor, or an area, changed before the states were read last."""
        return self._kinds[kind].edition

    def _known(self, conn: psycopg.Connection, kind: KindName) -> _Kind:
        [(edition,)] = conn.execute(_SQL["edition"], {"kind": kind}).fetchall()
        known = self._kinds.get(kind)
        if known is None or known.edition != edition:
            by_sensor: dict[str, list[_Stream]] = {}
            for sensor_id, *stream in conn.execute(_SQL["streams"], {"kind": kind}):
                by_sensor.setdefault(sensor_id, []).append(_Stream(*stream))
            rows = [
                (
                    replace(row, status_online=None, status_time=None),
                    tuple(by_sensor.get(row.id, ())),
                )
                for row in sensors.of_kind(conn, kind)
            ]
            ids = ",".join(str(stream.id) for _, streams in rows for stream in streams)
            known = self._kinds[kind] = _Kind(edition, rows, f"{{{ids}}}")
        return known
