"""The water quality index of a station over time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from fastapi import APIRouter, Request, Response

from api.access import open_data
from api.answers.samples import SampleAnswer
from api.answers.wqi import Step, WaterHistory, WaterIndex, index_of
from api.caching import answer
from api.documentation import responses
from api.hub import hub_of
from api.parameters import parse_time
from api.pools import History
from api.routes.observations import Time
from api.routes.sensors import SensorId
from cityhub.errors import InvalidInput
from cityhub.rfc3339 import at_local_time
from cityhub.store import samples, wqi
from cityhub.water.features import WaterMethod
from cityhub.water.wqi import Rules

MAX_AGE_S = 10
LENGTHS: dict[Step, timedelta] = {"PT1H": timedelta(hours=1), "P1D": timedelta(days=1)}
LONGEST: dict[Step, timedelta] = {"PT1H": timedelta(days=62), "P1D": timedelta(days=2 * 366)}
_SPANS = ", ".join(f"{step} {longest.days}" for step, longest in LONGEST.items())
# A laboratory that samples daily brings as many in two years.
_MOST_SAMPLES = 1_000

router = APIRouter(tags=["water"])


@router.get(
    "/api/v1/water/{station_id}/wqi",
    response_class=Response,
    responses=responses(WaterHistory, not_found=True),
    description="Whole hours, or days of Viet Nam, that begin from `start` up to but not including `end` and have begun"
    " by now, each with an index or a `why`. A sample that was corrected changes what is told of the past."
    f" Longest span in days: {_SPANS}.",
)
@open_data
def history(
    request: Request, pool: History, station_id: SensorId, start: Time, end: Time, step: Step = "PT1H"
) -> Response:
    """VN_WQI (Decision 1460/QD-TCMT) by hour or day, and the samples that it was made of."""
    first, last = parse_time("start", start), parse_time("end", end)
    if last <= first:
        raise InvalidInput("end", "must be after start")
    if last - first > LONGEST[step]:
        raise InvalidInput("end", f"at most {LONGEST[step].days} days after start with step={step}")
    rules = Rules.of(hub_of(request).settings)
    moments = list(spans(first, min(last, datetime.now(UTC)), step))
    with pool.connection() as conn:
        samples.check_station(conn, station_id)
        taken = samples.of_stations(
            conn, first - timedelta(days=rules.sample_days), last, [station_id], _MOST_SAMPLES
        ).get(station_id, [])
        means = wqi.means(conn, station_id, moments[0], last, step) if moments else {}
    series: list[WaterIndex] = []
    for moment in moments:
        series.append(index_of(moment, moment + LENGTHS[step], means.get(moment, {}), taken, rules))
    body = WaterHistory(
        station_id, step, WaterMethod.of(rules, None), series, [SampleAnswer.of(one) for one in taken]
    )
    return answer(request, msgspec.json.encode(body), max_age_s=MAX_AGE_S)


def spans(start: datetime, end: datetime, step: Step) -> Iterator[datetime]:
    """The hours or days of Viet Nam that begin within start <= time < end (aware)."""
    local = at_local_time(start)
    moment = local.replace(minute=0, second=0, microsecond=0)
    if step == "P1D":
        moment = moment.replace(hour=0)
    if moment < local:
        moment += LENGTHS[step]
    while moment < end:
        yield moment
        moment += LENGTHS[step]
