"""How devices did by day: of one sensor, and of all on one day."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response

from api import cursors
from api.access import open_data
from api.answers.device_health import HealthDay, HealthDays
from api.caching import answer
from api.documentation import responses
from api.downloads import csv_answer, csv_text
from api.edge import is_head
from api.hub import hub_of
from api.parameters import parse_day
from api.pools import History, Reads
from api.routes.sensors import Cursor, Limit, SensorId
from cityhub.errors import InvalidInput
from cityhub.kinds import KindName
from cityhub.store import Pool, health, sensors
from cityhub.store.health import DayRow

MAX_AGE_S = 30
CSV_CHUNK_ROWS = 1000
LONGEST = timedelta(days=10 * 366)

Day = Annotated[
    str, Query(json_schema_extra={"format": "date"}, description="A day of Hanoi, such as 2026-11-22")
]

router = APIRouter(tags=["sensors"])


@router.get(
    "/api/v1/sensors/{sensor_id}/health",
    response_class=Response,
    responses=responses(HealthDays, not_found=True),
)
@open_data
def of_sensor(
    request: Request,
    pool: Reads,
    sensor_id: SensorId,
    start: Day,
    end: Day,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Days of one sensor, oldest first, from `start` up to but not including `end`."""
    first, last = parse_day("start", start), parse_day("end", end)
    if last <= first:
        raise InvalidInput("end", "must be after start")
    if last - first > LONGEST:
        raise InvalidInput("end", f"at most {LONGEST.days} days after start")
    filters = {"list": "sensor health", "sensor": sensor_id, "start": first, "end": last}
    after = _day_after(cursor, filters)
    with pool.connection() as conn:
        sensors.get(conn, sensor_id)
        rows = health.of_sensor(conn, sensor_id, first, last, after=after, limit=limit + 1)
    return _page(request, rows, limit, filters, [row.day.isoformat() for row in rows[:limit]])


@router.get(
    "/api/v1/health",
    response_class=Response,
    responses=responses(HealthDays, csv=True),
    description="Listed sensors in order of id. A day is counted again and again while it lasts: see `updated_at`."
    " CSV comes whole, without pages, and is not for caches: `Cache-Control: no-store`, no `ETag`.",
)
@open_data
def of_day(
    request: Request,
    pool: History,
    day: Day,
    kind: KindName | None = None,
    format: Literal["json", "csv"] = "json",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """How every sensor did on one day."""
    asked = parse_day("day", day)
    if format == "csv":
        begin = partial(_csv_of_day, pool, asked, kind)
        turns, filename = hub_of(request).pools.history, f"health_{kind or 'all'}_{day}.csv"
        return csv_answer(begin, filename, turns, only_headers=is_head(request))
    filters = {"list": "health", "day": asked, "kind": kind}
    after = None
    if cursor:
        [after] = cursors.decode(cursor, filters, tuple[str])
        if "\0" in after:
            raise InvalidInput("cursor", "not a cursor of this hub; leave it out to start again")
    with pool.connection() as conn:
        rows = health.of_day(conn, asked, kind=kind, after=after, limit=limit + 1)
    return _page(request, rows, limit, filters, [row.sensor_id for row in rows[:limit]])


def _day_after(cursor: str | None, filters: dict[str, object]) -> date | None:
    if not cursor:
        return None
    [last] = cursors.decode(cursor, filters, tuple[str])
    return parse_day("cursor", last)


def _page(
    request: Request, rows: list[DayRow], limit: int, filters: dict[str, object], keys: list[str]
) -> Response:
    next_url = None
    if len(rows) > limit:
        next_url = cursors.next_page(request, cursors.encode(filters, (keys[-1],)))
    document = HealthDays([HealthDay.of(row) for row in rows[:limit]], next_url)
    return answer(request, msgspec.json.encode(document), max_age_s=MAX_AGE_S)


def _csv_of_day(pool: Pool, day: date, kind: str | None) -> Iterator[str]:
    """The day of every listed sensor as CSV text; a connection is held only while reading."""

    def page(after: str | None, limit: int) -> list[HealthDay]:
        with pool.connection() as conn:
            return [
                HealthDay.of(row) for row in health.of_day(conn, day, kind=kind, after=after, limit=limit)
            ]

    return csv_text(HealthDay, page, lambda last: last.sensor_id, CSV_CHUNK_ROWS)
