"""The newest state per kind as finished answers in memory: bytes, gzip, entity tags. Pure but for the clock passed in.

Routes hand these out without touching the database; api.updater rebuilds them.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
from fastapi import Response
from msgspec.structs import replace

from api.answers.latest import LatestCollection
from api.caching import etag_of, is_known
from cityhub.kinds import KINDS, KindName
from cityhub.latest import Feature, State, Summary, summary
from cityhub.rfc3339 import at_local_time

CACHE_CONTROL = "public, max-age=1"
# What is as large (bytes) is packed in half the time, which makes it a tenth larger.
LARGE = 1_000_000
MEDIA_TYPE = "application/geo+json"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One kind's answer. The responses are made once and sent to many: nothing may change them."""

    kind: KindName
    built_at: datetime
    summary: Summary
    features: Mapping[str, Feature]
    plain: Response
    gzipped: Response
    unchanged: Mapping[str, Response]

    def answer(self, if_none_match: str | None, accept_encoding: str | None) -> Response:
        """The answer for a request with these headers: 304, gzip or plain."""
        if if_none_match is not None:
            for etag, unchanged in self.unchanged.items():
                if is_known(if_none_match, etag):
                    return unchanged
        return self.gzipped if accept_encoding is not None and takes_gzip(accept_encoding) else self.plain


def build(kind: KindName, state: State, now: datetime) -> Snapshot:
    """The snapshot of `kind` as of `now` (aware)."""
    found = state(now)
    made = summary(KINDS[kind], found)
    body = msgspec.json.encode(LatestCollection(kind, at_local_time(now), made, found))
    packed = gzip.compress(body, compresslevel=5 if len(body) < LARGE else 2, mtime=0)
    shared = {"Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
    plain = {**shared, "ETag": etag_of(body)}
    gzipped = {**shared, "ETag": etag_of(packed), "Content-Encoding": "gzip"}
    return Snapshot(
        kind,
        now,
        made,
        {feature.id: feature for feature in found},
        Response(body, headers=plain, media_type=MEDIA_TYPE),
        Response(packed, headers=gzipped, media_type=MEDIA_TYPE),
        {
            headers["ETag"]: Response(status_code=304, headers={**shared, "ETag": headers["ETag"]})
            for headers in (plain, gzipped)
        },
    )


def changed(before: Snapshot | None, after: Snapshot) -> list[Feature]:
    """The Features of `after` that are new or differ from `before` in more than their age."""
    known = {} if before is None else before.features
    return [
        feature
        for feature_id, feature in after.features.items()
        if feature_id not in known or not _is_same(known[feature_id], feature)
    ]


def takes_gzip(accept_encoding: str) -> bool:
    """Does an Accept-Encoding header allow gzip (RFC 9110, section 12.5.3)?"""
    allowed: dict[str, bool] = {}
    for part in accept_encoding.lower().split(","):
        coding, _, weight = part.partition(";")
        allowed[coding.strip()] = weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return allowed.get("gzip", allowed.get("*", False))


def _is_same(before: Feature, after: Feature) -> bool:
    if before.geometry != after.geometry:
        return False
    about = before.properties
    if about.age_s != after.properties.age_s:
        about = replace(about, age_s=after.properties.age_s)
    return about == after.properties
