"""The table of kinds, their properties, and the colours of map markers."""

import msgspec
from fastapi import APIRouter, Request, Response

from api.access import from_memory, open_data
from api.answers.kinds import KindInfo, Kinds
from api.caching import answer
from api.documentation import responses
from cityhub.kinds import KINDS

router = APIRouter(tags=["kinds"])


_BODY = msgspec.json.encode(Kinds([KindInfo.of(kind) for kind in KINDS.values()]))


@router.get("/api/v1/kinds", response_class=Response, responses=responses(Kinds))
@from_memory
@open_data
async def kinds(request: Request) -> Response:
    """Every kind with its properties, units, plausible ranges, colours and thresholds."""
    return answer(request, _BODY, max_age_s=300)
