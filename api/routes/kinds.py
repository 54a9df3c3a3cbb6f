"""The table of kinds, their properties, and the colours of map markers."""

import math
from dataclasses import asdict

import msgspec
from fastapi import APIRouter, Request, Response

from api.caching import answer
from api.documentation import responses
from api.shapes.kinds import Kinds
from cityhub.kinds import KINDS, Kind
from cityhub.kinds.model import Flat

router = APIRouter(tags=["kinds"])


def _told(kind: Kind) -> dict[str, object]:
    return {
        "kind": kind.name,
        "name": kind.name_vi,
        "name_en": kind.name_en,
        "properties": [
            {
                "property": row.name,
                "unit": row.unit,
                "low": row.low,
                "high": row.high,
                "change": None if row.change is None else asdict(row.change),
                "unchanged": None if row.flat is None else _unchanged(row.flat),
                "aggregation": row.aggregation,
                "name": row.name_vi,
                "name_en": row.name_en,
                "decimals": row.decimals,
            }
            for row in kind.properties.values()
        ],
        "marker": {
            "property": kind.headline,
            "unit": kind.headline_unit,
            "name": kind.headline_vi,
            "name_en": kind.headline_en,
            "note": kind.bands_note_vi,
            "note_en": kind.bands_note_en,
            "bands": [
                {"start": band.start, "color": band.color, "name": band.name_vi, "name_en": band.name_en}
                for band in kind.bands
            ],
        },
    }


def _unchanged(flat: Flat) -> dict[str, float | None]:
    """JSON has no infinity: a bound that is not there is null."""
    above, below = (bound if math.isfinite(bound) else None for bound in (flat.above, flat.below))
    return {"hours": flat.hours, "above": above, "below": below}


_BODY = msgspec.json.encode({"kinds": [_told(kind) for kind in KINDS.values()]})


@router.get("/api/v1/kinds", response_class=Response, responses=responses(Kinds))
async def kinds(request: Request) -> Response:
    """Every kind with its properties, units, plausible ranges, colours and thresholds."""
    return answer(request, _BODY, max_age_s=300)
