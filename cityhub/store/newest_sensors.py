"""Every sensor of a kind with its newest readings, again and again: what did not change is not read, nor made again.

Of ten thousand sensors a few report between two looks. What a catalogue says of them is read when it changed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg

from cityhub.kinds import KindName
from cityhub.model import Reading, SensorRow, SensorState
from cityhub.store import sensors
from cityhub.store.queries import load

_SQL = load(__file__)
# Of fewer datastreams all are read at every look.
MANY = 1_000
# All are read again after so long, and after so long without a look: then the database may be another than before.
READ_AGAIN, ABSENT = timedelta(minutes=1), timedelta(seconds=15)


class _Stream(NamedTuple):
    id: int
    property: str
    unit: str


class _MadeOf(NamedTuple):
    """What a state is made of: the readings of its streams, None of those that never reported; when it said goodbye."""

    sensor: SensorRow
    streams: tuple[_Stream, ...]
    readings: tuple[Sequence[Any] | None, ...]
    told_at: datetime | None

    def state(self) -> SensorState:
        shown = self.sensor
        if self.told_at is not None:
            shown = replace(shown, status_online=False, status_time=self.told_at)
        readings = [
            Reading(stream.property, stream.unit, *reading)
            for stream, reading in zip(self.streams, self.readings, strict=True)
            if reading is not None
        ]
        return SensorState(shown, readings)


@dataclass(slots=True)
class _Kind:
    """What is known of a kind's sensors at an edition of them; of each its `states` and what it is made of, in order.

    `ids`: all datastreams as PostgreSQL writes an array, because the driver takes 40 ms to write ten thousands of them.
    `owners`: of each datastream the place of its sensor in the order. `gone`: who said goodbye, and when. `read_from`:
    a transaction; what is not in `readings` yet was written by that or a later one. None: nothing was read.
    """

    edition: str
    sensors: list[tuple[SensorRow, tuple[_Stream, ...]]]
    ids: str
    owners: dict[int, int]
    made_of: list[_MadeOf | None]
    states: list[SensorState | None]
    readings: dict[int, Sequence[Any]]
    gone: dict[str, datetime]
    read_from: str | None = None
    read_at: datetime | None = None
    all_read_at: datetime | None = None

    def is_all_due(self, now: datetime) -> bool:
        """Are all readings to be read at `now` (aware), and not only those that moved?"""
        if len(self.owners) < MANY or self.read_at is None or self.all_read_at is None:
            return True
        # A clock that was set back says nothing.
        return not (self.all_read_at <= now < self.all_read_at + READ_AGAIN and now < self.read_at + ABSENT)


class Sensors:
    """Remembers sensors and their states. For one thread and one database."""

    def __init__(self) -> None:
        self._kinds: dict[KindName, _Kind] = {}

    def states(self, conn: psycopg.Connection, kind: KindName, now: datetime) -> list[SensorState]:
        """Every listed sensor of the kind by id, also those that never reported. Within one transaction.

        `now`: of the look (aware). Of statuses only goodbyes are told: nothing else says how alive a sensor is. A state
        that did not change is the same object as before.
        """
        known, read_from = self._known(conn, kind)
        parameters = {"kind": kind, "ids": known.ids, "since": known.read_from}
        gone: dict[str, datetime] = dict(conn.execute(_SQL["gone"], parameters).fetchall())
        if is_all := known.is_all_due(now):
            rows = conn.execute(_SQL["readings"], parameters, binary=True).fetchall()
            known.readings = {id: rest for id, *rest in rows}
            due: Iterable[int] = range(len(known.sensors))
        else:
            rows = conn.execute(_SQL["moved"], parameters, binary=True).fetchall()
            moved = {id: rest for id, *rest in rows if id in known.owners}
            known.readings |= moved
            changed = {sensor_id for sensor_id, _ in gone.items() ^ known.gone.items()}
            due = {known.owners[id] for id in moved}
            if changed:
                due |= {at for at, (sensor, _) in enumerate(known.sensors) if sensor.id in changed}
        known.gone = gone
        for at in due:
            sensor, streams = known.sensors[at]
            made_of = _MadeOf(
                sensor, streams, tuple(known.readings.get(one.id) for one in streams), gone.get(sensor.id)
            )
            if known.made_of[at] != made_of:
                known.made_of[at], known.states[at] = made_of, made_of.state()
        known.read_from, known.read_at = read_from, now
        if is_all:
            known.all_read_at = now
        return [state for state in known.states if state is not None]

    def edition(self, kind: KindName) -> str:
        """Another text than before where a sensor, or an area, changed before the states were read last."""
        return self._kinds[kind].edition

    def _known(self, conn: psycopg.Connection, kind: KindName) -> tuple[_Kind, str]:
        """The kind at its edition of now, and a transaction: what cannot be seen yet is of that or of a later one."""
        [(edition, read_from)] = conn.execute(_SQL["edition"], {"kind": kind}).fetchall()
        known = self._kinds.get(kind)
        if known is None or known.edition != edition:
            known = self._kinds[kind] = self._read(conn, kind, edition, known)
        return known, read_from

    def _read(self, conn: psycopg.Connection, kind: KindName, edition: str, before: _Kind | None) -> _Kind:
        by_sensor: dict[str, list[_Stream]] = {}
        for sensor_id, *stream in conn.execute(_SQL["streams"], {"kind": kind}):
            by_sensor.setdefault(sensor_id, []).append(_Stream(*stream))
        # What was seen of it last, and its status, are of the moment.
        rows = [
            (
                replace(row, status_online=None, status_time=None, last_seen=None),
                tuple(by_sensor.get(row.id, ())),
            )
            for row in sensors.of_kind(conn, kind)
        ]
        owners = {stream.id: at for at, (_, streams) in enumerate(rows) for stream in streams}
        made = (
            {}
            if before is None
            else {
                one.sensor.id: (one, state)
                for one, state in zip(before.made_of, before.states, strict=True)
                if one is not None
            }
        )
        kept = [made.get(row.id, (None, None)) for row, _ in rows]
        return _Kind(
            edition,
            rows,
            f"{{{','.join(map(str, owners))}}}",
            owners,
            [one for one, _ in kept],
            [state for _, state in kept],
            {},
            {},
        )
