"""History of a sensor's datastreams, raw or by hour or day, as JSON pages or one CSV file."""

from functools import partial
from typing import Annotated, Literal

import msgspec
from fastapi import APIRouter, Query, Request, Response

from api import cursors
from api.access import open_data
from api.answers.observations import RawObservations, StepObservations
from api.caching import answer
from api.documentation import responses
from api.downloads import csv_answer
from api.edge import is_head
from api.history import LONGEST, Question, Step, csv_chunks
from api.hub import hub_of
from api.parameters import parse_time
from api.pools import History
from api.routes.sensors import Cursor, Limit, SensorId
from cityhub.errors import InvalidInput
from cityhub.rfc3339 import local_time
from cityhub.store import Pool, sensors

MAX_AGE_S = 10

_SPANS = ", ".join(f"{step} {longest.days}" for step, longest in LONGEST.items())

Time = Annotated[str, Query(json_schema_extra={"format": "date-time"}, description="RFC 3339 with offset")]

router = APIRouter(tags=["observations"])


@router.get(
    "/api/v1/sensors/{sensor_id}/observations",
    response_class=Response,
    responses=responses(RawObservations, StepObservations, not_found=True, csv=True),
    description="Oldest first, from `start` up to but not including `end`. Raw rows hold the value as measured;"
    " `quality` names what is wrong with it. Hours and days (of Hanoi) belong to the span in which they begin and"
    f" leave rejected readings out. Longest span in days: {_SPANS}. CSV comes whole, without pages,"
    " and is not for caches: `Cache-Control: no-store`, no `ETag`.",
)
@open_data
def observations(
    request: Request,
    pool: History,
    sensor_id: SensorId,
    property: Annotated[str, Query(description="One of the sensor's datastreams, such as pm2_5")],
    start: Time,
    end: Time,
    step: Step = "raw",
    format: Literal["json", "csv"] = "json",
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """A page of history, or all of it as CSV."""
    question = Question(sensor_id, property, parse_time("start", start), parse_time("end", end), step)
    question.check()
    unit = _unit(pool, sensor_id, property)
    if format == "csv":
        begin = partial(csv_chunks, pool, question)
        turns, filename = hub_of(request).pools.history, f"{sensor_id}_{property}_{step}.csv"
        return csv_answer(begin, filename, turns, only_headers=is_head(request))
    filters = {
        "list": "observations",
        "sensor": sensor_id,
        "property": property,
        "start": question.start.timestamp(),
        "end": question.end.timestamp(),
        "step": step,
    }
    after = None
    if cursor:
        [last] = cursors.decode(cursor, filters, tuple[str])
        after = parse_time("cursor", last)
    with pool.connection() as conn:
        rows = question.rows(conn, limit + 1, after)
    page = rows[:limit]
    next_url = None
    if len(rows) > limit:
        following = cursors.encode(filters, (local_time(page[-1].time),))
        next_url = cursors.next_page(request, following)
    return answer(request, msgspec.json.encode(question.page(unit, page, next_url)), max_age_s=MAX_AGE_S)


def _unit(pool: Pool, sensor_id: str, property: str) -> str:
    """The datastream's unit; raises NotFound for the sensor and InvalidInput for the property."""
    with pool.connection() as conn:
        sensors.get(conn, sensor_id)
        units = {stream.property: stream.unit for stream in sensors.datastreams(conn, [sensor_id])}
    if property not in units:
        raise InvalidInput("property", f"{sensor_id} has {', '.join(units) or 'no datastreams'}")
    return units[property]
