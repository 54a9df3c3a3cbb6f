"""History of a sensor's datastreams, raw or by hour or day, as JSON pages or one CSV or Parquet file."""

from functools import partial
from typing import Annotated, Literal
from urllib.parse import quote

import msgspec
from fastapi import APIRouter, Query, Request, Response

from api import cursors, parquet
from api.access import open_data
from api.answers.observations import RawObservations, StepObservations
from api.caching import answer
from api.documentation import responses
from api.downloads import csv_answer, file_answer
from api.edge import is_head
from api.history import LONGEST, Question, Step, csv_chunks, parquet_chunks
from api.hub import hub_of
from api.parameters import parse_time
from api.pools import History
from api.routes.sensors import Cursor, Limit, SensorId
from api.series import CSVW, Series, csvw
from api.terms import Terms
from cityhub.errors import InvalidInput
from cityhub.rfc3339 import local_time
from cityhub.store import Pool, sensors

MAX_AGE_S = 10

_SPANS = ", ".join(f"{step} {longest.days}" for step, longest in LONGEST.items())

Time = Annotated[str, Query(json_schema_extra={"format": "date-time"}, description="RFC 3339 with offset")]
About = Annotated[
    bool, Query(description="CSV: the file begins with lines of `# ` that name unit, licence and flags")
]

router = APIRouter(tags=["observations"])


@router.get(
    "/api/v1/sensors/{sensor_id}/observations",
    response_class=Response,
    responses=responses(
        RawObservations, StepObservations, not_found=True, csv=True, files={parquet.MEDIA_TYPE, CSVW}
    ),
    description="Oldest first, from `start` up to but not including `end`. Raw rows hold the value as measured;"
    " `quality` names what is wrong with it. Hours and days (of Hanoi) belong to the span in which they begin and"
    f" leave rejected readings out. Longest span in days: {_SPANS}. CSV and Parquet come whole, without pages,"
    " and are not for caches: `Cache-Control: no-store`, no `ETag`. Their `Link` headers name the licence and, as"
    " `describedby`, what describes the columns, their units and the flags: the same question with `format=csvw` (CSV"
    " on the Web). A Parquet file holds all of that in its metadata, a CSV file with `about=true` in its first lines.",
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
    format: Literal["json", "csv", "parquet", "csvw"] = "json",
    limit: Limit = 100,
    cursor: Cursor = None,
    about: About = False,
) -> Response:
    """A page of history, or all of it as a file."""
    question = Question(sensor_id, property, parse_time("start", start), parse_time("end", end), step)
    question.check()
    series = _series(pool, question, Terms.of(hub_of(request).settings))
    if format != "json":
        return _file(request, pool, series, format, about=about)
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
    body = msgspec.json.encode(question.page(series.unit, page, next_url))
    return answer(request, body, max_age_s=MAX_AGE_S)


def _file(
    request: Request, pool: Pool, series: Series, format: Literal["csv", "parquet", "csvw"], *, about: bool
) -> Response:
    question = series.question
    here = (
        f"{request.url.path}?property={quote(question.property)}&step={question.step}"
        f"&start={quote(local_time(question.start))}&end={quote(local_time(question.end))}"
    )
    if format == "csvw":
        return answer(
            request, msgspec.json.encode(csvw(series, f"{here}&format=csv")), max_age_s=300, media_type=CSVW
        )
    turns = hub_of(request).pools.history
    name = f"{question.sensor_id}_{question.property}_{question.step}"
    links = (series.terms.link, f'<{here}&format=csvw>; rel="describedby"; type="{CSVW}"')
    if format == "csv":
        lines = [f"{key}: {told}" for key, told in series.metadata().items()] if about else ()
        begin = partial(csv_chunks, pool, question, lines)
        return csv_answer(begin, f"{name}.csv", turns, only_headers=is_head(request), links=links)
    chunks = partial(parquet_chunks, pool, question, series.metadata())
    return file_answer(
        chunks, parquet.MEDIA_TYPE, f"{name}.parquet", turns, only_headers=is_head(request), links=links
    )


def _series(pool: Pool, question: Question, terms: Terms) -> Series:
    """What is asked for, with its sensor; raises NotFound for the sensor and InvalidInput for the property."""
    with pool.connection() as conn:
        sensor = sensors.get(conn, question.sensor_id)
        units = {stream.property: stream.unit for stream in sensors.datastreams(conn, [sensor.id])}
    if question.property not in units:
        raise InvalidInput("property", f"{sensor.id} has {', '.join(units) or 'no datastreams'}")
    return Series(sensor, question, units[question.property], terms)
