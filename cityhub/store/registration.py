"""Devices that send and are not registered, sensors that people registered, and what devices call things."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from cityhub.catalogue.model import Sensor
from cityhub.errors import NotFound, RuleBroken
from cityhub.kinds import KindName
from cityhub.observing.payloads import mapping_fields
from cityhub.observing.payloads.mapping_fields import Fields
from cityhub.onboarding.candidate import Candidate
from cityhub.store import areas, audit, notices, quarantine, sensors
from cityhub.store.quarantine import QuarantineRow
from cityhub.store.queries import load

_SQL = load(__file__)

_MOST_MESSAGES = 200
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Group:
    """A device that sends as `kind` and is not registered as that; times are aware.

    `known_as`: the kind that the id is registered as, if it is. `matching`: how many such devices there are.
    """

    kind: KindName
    sensor_id: str
    messages: int
    first_received_at: datetime
    last_received_at: datetime
    known_as: KindName | None
    matching: int


@dataclass(frozen=True, slots=True)
class Mistaken:
    """A topic that is none of the hub's, and what is wrong with it."""

    topic: str
    detail: str
    messages: int
    first_received_at: datetime
    last_received_at: datetime


@dataclass(frozen=True, slots=True)
class OwnNames:
    """What holds of a sensor's own names: `fields`, None without any. `id`: of what people wrote last, None: nothing.

    `from_files`: the catalogue's files say so.
    """

    id: int | None
    fields: Fields | None
    from_files: bool
    made_by: str | None
    made_at: datetime | None
    why: str | None


def groups(
    conn: psycopg.Connection, *, sensor_id: str | None = None, limit: int = 20, offset: int = 0
) -> list[Group]:
    """The newest first."""
    with conn.cursor(row_factory=class_row(Group)) as cursor:
        return cursor.execute(
            _SQL["groups"], {"sensor_id": sensor_id, "limit": limit, "offset": offset}
        ).fetchall()


def mistaken(conn: psycopg.Connection, limit: int = 20) -> list[Mistaken]:
    """The newest first."""
    with conn.cursor(row_factory=class_row(Mistaken)) as cursor:
        return cursor.execute(_SQL["mistaken"], {"limit": limit}).fetchall()


def messages(
    conn: psycopg.Connection, kind: KindName, sensor_id: str, limit: int = _MOST_MESSAGES
) -> list[QuarantineRow]:
    """What was kept of the device, each message once: the newest, oldest first, about a megabyte at most."""
    parameters = {"kind": kind, "sensor_id": sensor_id, "limit": limit, "max_bytes": _MOST_BYTES}
    with conn.cursor(row_factory=class_row(QuarantineRow)) as cursor:
        return sorted(cursor.execute(_SQL["messages"], parameters), key=lambda row: row.id)


def register(conn: psycopg.Connection, candidate: Candidate, who: str, why: str) -> None:
    """Make it a sensor, and have its messages read again; all of it in one transaction, on record.

    Raises RuleBroken (`registered`) where somebody registered the id before.
    """
    sensor = candidate.sensor
    with conn.transaction():
        add(conn, sensor, who)
        if candidate.fields is not None:
            _add_mapping(conn, sensor.id, candidate.fields, who, why)
        after = {**told(sensor), "mapping": _document(candidate.fields)}
        audit.add(conn, who, "sensor registered", f"sensor:{sensor.id}", after=after, why=why)
        areas.assign_some(conn, {sensor.id: (sensor.lon, sensor.lat)})
        notices.catalogue_changed(conn)
        quarantine.replay(conn, None, sensor.id)


def add(conn: psycopg.Connection, sensor: Sensor, who: str) -> None:
    """Insert the sensor and what it measures within the caller's transaction. Raises RuleBroken (`registered`)."""
    row = {**asdict(sensor), "attributes": Jsonb(dict(sensor.attributes)), "registered_by": who[:100]}
    if not conn.execute(_SQL["add"], row).rowcount:
        raise RuleBroken("registered", f"{sensor.id} is registered already")
    sensors.save_datastreams(conn, [sensor])


def told(sensor: Sensor) -> dict[str, Any]:
    """A sensor as the trail tells it."""
    names = (
        "kind",
        "name_vi",
        "name_en",
        "lat",
        "lon",
        "basis",
        "basis_note",
        "interval_s",
        "place_id",
        "capacity",
    )
    return {**{name: getattr(sensor, name) for name in names}, "properties": list(sensor.properties)}


def mapping(conn: psycopg.Connection, sensor_id: str) -> OwnNames:
    """What holds now; raises NotFound."""
    row = conn.execute(_SQL["mapping"], {"sensor_id": sensor_id}).fetchone()
    if row is None:
        raise NotFound("sensor", sensor_id)
    id, own, made_by, made_at, why, in_files = row
    text = own if own is not None else in_files
    try:
        fields = None if text is None else mapping_fields.loads(text)
    except mapping_fields.BadMapping:
        # As `sensors.known` takes it.
        fields = None
    return OwnNames(id, fields, own is None and fields is not None, made_by, made_at, why)


def map_names(
    conn: psycopg.Connection, sensor_id: str, fields: Fields | None, who: str, why: str, *, over: int | None
) -> None:
    """From now on the device's fields mean this, None: nothing of their own; its messages are read again.

    Raises RuleBroken (`mapped_meanwhile`) where the newest that people wrote is not `over` any more.
    """
    with conn.transaction():
        conn.execute(_SQL["lock_mapping"], {"sensor_id": sensor_id})
        before = mapping(conn, sensor_id)
        if before.id != over:
            raise RuleBroken("mapped_meanwhile", f"somebody else changed what {sensor_id} calls things")
        # An empty one says that the device has no names of its own, whatever the files say.
        _add_mapping(
            conn, sensor_id, {} if fields is None and before.fields is not None else fields, who, why
        )
        audit.add(
            conn,
            who,
            "names mapped",
            f"sensor:{sensor_id}",
            before={"mapping": _document(before.fields)},
            after={"mapping": _document(fields)},
            why=why,
        )
        notices.catalogue_changed(conn)
        quarantine.replay(conn, None, sensor_id)


def registered_by_people(conn: psycopg.Connection, ids: Sequence[str]) -> tuple[str, ...]:
    """Those that a person registered or changed."""
    return tuple(id for (id,) in conn.execute(_SQL["by_people"], {"ids": list(ids)}))


def give_back(conn: psycopg.Connection, ids: Sequence[str], who: str) -> int:
    """What people wrote of these sensors counts no more; the caller saves what the files say, in one transaction.

    How many sensors that are.
    """
    mapped = [id for (id,) in conn.execute(_SQL["mapped_by_people"], {"ids": list(ids)})]
    for id in mapped:
        _add_mapping(conn, id, None, who, "")
    taken = sorted({*registered_by_people(conn, ids), *mapped})
    for id in taken:
        audit.add(conn, who, "taken over by the catalogue's files", f"sensor:{id}")
    return len(taken)


def _add_mapping(conn: psycopg.Connection, sensor_id: str, fields: Fields | None, who: str, why: str) -> None:
    text = None if fields is None else mapping_fields.dumps(fields)
    row = {"sensor_id": sensor_id, "fields": text, "made_by": who, "why": why[:500]}
    conn.execute(_SQL["add_mapping"], row)


def _document(fields: Fields | None) -> Mapping[str, Any] | None:
    """As the trail tells it."""
    if fields is None:
        return None
    return {name: None if field is None else field._asdict() for name, field in fields.items()}
