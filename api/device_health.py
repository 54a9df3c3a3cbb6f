"""How devices do, as the API tells it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from api.downloads import csv_text
from cityhub.devices.health import LARGEST_NUMBER, SMALLEST_NUMBER, Hour, completeness
from cityhub.devices.status import status_of
from cityhub.model import SensorRow
from cityhub.observing.quality import is_rejected
from cityhub.rfc3339 import local_time
from cityhub.store import Pool, health
from cityhub.store.health import Current, DayRow
from cityhub.store.sensors import DatastreamRow

CSV_CHUNK_ROWS = 1000
COLUMNS = (
    "sensor_id",
    "kind",
    "name",
    "name_en",
    "day",
    "interval_s",
    "expected",
    "reports",
    "completeness",
    "missing",
    "restarts",
    "n_rejected",
    "battery",
    "rssi",
    "first_time",
    "last_time",
    "updated_at",
)


def tell_current(
    sensor: SensorRow, streams: Iterable[DatastreamRow], current: Current, now: datetime
) -> dict[str, Any]:
    """How one sensor does at `now`, as JSON."""
    newest = {stream.property: _newest(stream) for stream in streams}
    number = newest.get("seq")
    if number is not None and not SMALLEST_NUMBER <= number["value"] <= LARGEST_NUMBER:
        number = None
    missing, restarts = current.gaps or (None, None)
    said = None
    if sensor.status_online is not None:
        said = {"online": sensor.status_online, "time": _time(sensor.status_time)}
    return {
        "status": status_of(sensor, sensor.last_seen, now),
        "last_seen": _time(sensor.last_seen),
        "said": said,
        "battery": newest.get("battery"),
        "rssi": newest.get("rssi"),
        "sequence": None
        if number is None
        else {
            "last": int(number["value"]),
            "time": number["time"],
            "missing_24h": missing,
            "restarts_24h": restarts,
        },
        "completeness": {
            "hour": _share(completeness(current.hours[-1:])),
            "day": _share(completeness(current.hours)),
            "hours": [_tell_hour(hour) for hour in current.hours],
        },
    }


def tell_day(row: DayRow) -> dict[str, Any]:
    """A sensor's day as JSON."""
    return {
        "sensor_id": row.sensor_id,
        "kind": row.kind,
        "name": row.name_vi,
        "name_en": row.name_en,
        "day": row.day.isoformat(),
        "interval_s": row.interval_s,
        "expected": row.expected,
        "reports": row.reports,
        "completeness": _share(row.completeness),
        "missing": row.missing,
        "restarts": row.restarts,
        "n_rejected": row.n_rejected,
        "battery": row.battery,
        "rssi": row.rssi,
        "first_time": _time(row.first_time),
        "last_time": _time(row.last_time),
        "updated_at": _time(row.updated_at),
    }


def csv_chunks(pool: Pool, day: date, kind: str | None) -> Iterator[str]:
    """The day of every listed sensor as CSV text; a connection is held only while reading."""

    def page(after: str | None, limit: int) -> list[DayRow]:
        with pool.connection() as conn:
            return health.of_day(conn, day, kind=kind, after=after, limit=limit)

    return csv_text(COLUMNS, page, tell_day, lambda row: row.sensor_id, CSV_CHUNK_ROWS)


def _newest(stream: DatastreamRow) -> dict[str, Any] | None:
    if stream.value is None or stream.quality is None or is_rejected(stream.quality):
        return None
    return {"value": stream.value, "time": _time(stream.time)}


def _tell_hour(hour: Hour) -> dict[str, Any]:
    return {"time": local_time(hour.time), "reports": hour.reports, "expected": hour.expected}


def _share(found: float | None) -> float | None:
    return None if found is None else round(found, 4)


def _time(time: datetime | None) -> str | None:
    return None if time is None else local_time(time)
