"""Outlines of the districts that were imported."""

import msgspec
from fastapi import APIRouter, Request, Response

from api.caching import answer
from api.documentation import responses
from api.hub import hub_of
from api.shapes.districts import DistrictCollection
from api.snapshots import MEDIA_TYPE
from cityhub.store import districts as store

router = APIRouter(tags=["districts"])


@router.get(
    "/api/v1/districts",
    response_class=Response,
    responses=responses(DistrictCollection, media_type=MEDIA_TYPE),
)
def districts(request: Request) -> Response:
    """A GeoJSON FeatureCollection; empty until boundaries are imported."""
    with hub_of(request).pool.connection() as conn:
        rows = store.all(conn)
    body = msgspec.json.encode(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "id": row.id,
                    "geometry": row.outline,
                    "properties": {"name": row.name_vi, "name_en": row.name_en},
                }
                for row in rows
            ],
        }
    )
    return answer(request, body, max_age_s=300, media_type=MEDIA_TYPE)
