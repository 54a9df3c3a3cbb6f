"""What was changed afterwards about a sensor's readings: flags, never values."""

import msgspec
from fastapi import APIRouter, Request, Response

from api import cursors
from api.access import open_data
from api.answers.corrections import Correction, Corrections
from api.caching import answer
from api.documentation import responses
from api.pools import Reads
from api.routes.sensors import Cursor, Limit, SensorId
from cityhub.errors import InvalidInput
from cityhub.store import corrections as store
from cityhub.store import sensors

MAX_AGE_S = 10
_LARGEST_ID = 2**63 - 1

router = APIRouter(tags=["observations"])


@router.get(
    "/api/v1/sensors/{sensor_id}/corrections",
    response_class=Response,
    responses=responses(Corrections, not_found=True),
)
@open_data
def corrections(
    request: Request, pool: Reads, sensor_id: SensorId, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """Which flags of a sensor's stored readings were changed afterwards, when and why; newest first."""
    filters = {"list": "corrections", "sensor": sensor_id}
    before_id = None
    if cursor:
        [before_id] = cursors.decode(cursor, filters, tuple[int])
        if not 0 < before_id <= _LARGEST_ID:
            raise InvalidInput("cursor", "not a cursor of this hub; leave it out to start again")
    with pool.connection() as conn:
        sensors.get(conn, sensor_id)
        rows = store.history(conn, sensor_id, limit=limit + 1, before_id=before_id)
    page = rows[:limit]
    next_url = None
    if len(rows) > limit:
        next_url = cursors.next_page(request, cursors.encode(filters, (page[-1].id,)))
    document = Corrections(sensor_id, [Correction.of(row) for row in page], next_url)
    return answer(request, msgspec.json.encode(document), max_age_s=MAX_AGE_S)
