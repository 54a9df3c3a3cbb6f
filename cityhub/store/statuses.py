"""Whether devices are connected, as they or their last wills report it: the newest status of each sensor."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg

from cityhub.observing.decoded import Details
from cityhub.store.queries import load

_SQL = load(__file__)


class Report(NamedTuple):
    """A status as it was received. `device_time`: what it says itself; in a last will, when the connection began.

    `kept`: the broker had it for whoever subscribes next. `redelivered`: the broker sent it before, and it may have
    been recorded then.
    """

    sensor_id: str
    online: bool
    received_at: datetime
    device_time: datetime | None
    kept: bool = False
    redelivered: bool = False
    details: Details = Details()


class _State(NamedTuple):
    """The status that counts of a sensor, and the device's own time in its last goodbye that had one."""

    online: bool
    received_at: datetime
    goodbye_time: datetime | None


def record(conn: psycopg.Connection, reports: Iterable[Report]) -> list[str]:
    """Record the reports, in the order they came, within the caller's transaction; ids of sensors that they changed.

    What the broker kept counts only where nothing is known of the sensor, then as of its own time, or where it
    contradicts what is known: the state changed while nobody listened. A goodbye that comes again, whether kept or
    redelivered, counts only once: it is known by its own time. One without a time counts each time it is delivered.
    """
    by_sensor: dict[str, list[Report]] = {}
    for report in reports:
        by_sensor.setdefault(report.sensor_id, []).append(report)
    if not by_sensor:
        return []
    _record_details(conn, by_sensor)
    before = {id: _State(*known) for id, *known in conn.execute(_SQL["known"], {"ids": list(by_sensor)})}
    after = {id: _after(before.get(id), by_sensor[id]) for id in sorted(by_sensor)}
    changed = {id: known for id, known in after.items() if known is not None and known != before.get(id)}
    if not changed:
        return []
    parameters = {
        "ids": list(changed),
        "online": [known.online for known in changed.values()],
        "received_at": [known.received_at for known in changed.values()],
        "goodbye_times": [known.goodbye_time for known in changed.values()],
    }
    return [sensor_id for (sensor_id,) in conn.execute(_SQL["record"], parameters)]


def _record_details(conn: psycopg.Connection, by_sensor: Mapping[str, Sequence[Report]]) -> None:
    """What devices say of themselves, the newest of each; what the broker kept is as old as it says, or unknown."""
    rows = []
    for sensor_id in sorted(by_sensor):
        for report in by_sensor[sensor_id]:
            told_at = report.device_time if report.kept else report.received_at
            if told_at is not None and report.details != Details():
                told_at = min(told_at, report.received_at)
                rows.append({"sensor_id": sensor_id, "told_at": told_at, **report.details._asdict()})
    if rows:
        with conn.cursor() as cursor:
            cursor.executemany(_SQL["record_details"], rows)


def details(conn: psycopg.Connection, sensor_id: str) -> tuple[Details, datetime] | None:
    """What a device said of itself last, and when; None for one that never did."""
    row = conn.execute(_SQL["details"], {"sensor_id": sensor_id}).fetchone()
    return None if row is None else (Details(*row[:3]), row[3])


def _after(before: _State | None, reports: list[Report]) -> _State | None:
    """What is known of one sensor after all its reports."""
    # What is kept can only be older than, or the same as, what was reported meanwhile.
    newest = [report for report in reports if not report.kept] or reports
    known = before_redelivery = before
    for report in newest:
        if known is None or _counts(known, report):
            known = _with(known, report)
            if not report.redelivered:
                before_redelivery = known
        elif report.redelivered and not report.online and before_redelivery is not None:
            # This goodbye was recorded before, and so was all that the broker sent again ahead of it.
            known = before_redelivery
    return known


def _counts(known: _State, report: Report) -> bool:
    if report.received_at < known.received_at or (report.kept and report.online == known.online):
        return False
    if report.online or not (report.kept or report.redelivered):
        return True
    if report.device_time is None or known.goodbye_time is None:
        return True
    # Of one device these times only grow, so what is not newer was recorded before.
    return report.device_time > known.goodbye_time


def _with(known: _State | None, report: Report) -> _State:
    received_at = report.received_at
    if known is None and report.kept and report.device_time is not None:
        received_at = min(received_at, report.device_time)
    goodbye_time = None if report.online else report.device_time
    if goodbye_time is None and known is not None:
        goodbye_time = known.goodbye_time
    return _State(report.online, received_at, goodbye_time)
