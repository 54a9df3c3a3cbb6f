"""Observations that partners post: judged as those over MQTT, stored in one transaction, told item by item."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import psycopg

from api import contradictions
from api.answers.submissions import ItemResult, Posted
from api.bodies import Item
from api.metrics import Metrics
from api.post_turns import AT_WORK, PostTurns
from cityhub.config import Settings
from cityhub.errors import StoreRefused, StoreUnavailable
from cityhub.kinds import KINDS
from cityhub.logs import get_logger
from cityhub.observing import topics
from cityhub.observing.decode import decode
from cityhub.observing.decoded import Decoded, RegisteredSensor
from cityhub.observing.json_values import json_type, shown
from cityhub.store import Pool, batches, notices, observations, open_pool, session
from cityhub.store.registry import Registry

_log = get_logger()

# Whoever posts for sensors that nobody knows makes the hub read its catalogue so often at most.
LOOK_AGAIN_S = 2


class Intake:
    """Takes posts of partners. `turns` bounds how many at once; threads share all the rest."""

    def __init__(self, settings: Settings, pool: Pool, metrics: Metrics) -> None:
        """`pool` must be in autocommit."""
        self.turns = PostTurns()
        self._settings, self._pool, self._metrics = settings, pool, metrics
        self._registry = Registry(settings.raw_retention_days, replays=settings.accept_replays)

    def take(self, partner: str, items: Sequence[Item], received_at: datetime) -> Posted:
        """Store every item's good values, all or none. Raises StoreUnavailable; the same again is then no harm."""
        try:
            with self._pool.connection() as conn:
                decoded = self._decode(conn, items, received_at)
                added, refused = self._store(conn, decoded)
        except (StoreUnavailable, StoreRefused):
            # Ids may differ on the database that answers next.
            self._registry.forget()
            raise
        rejected = Counter[str]()
        for one in decoded:
            for part in one.rejected:
                rejected[part.reason] += part.parts
        self._metrics.posted(added.stored, rejected)
        _log.info(
            "observations posted",
            partner=partner,
            items=len(items),
            stored=added.stored,
            duplicates=added.duplicates - refused,
            rejected=dict(rejected),
        )
        results = [ItemResult.of(index, one) for index, one in enumerate(decoded)]
        return Posted(added.stored, added.duplicates - refused, rejected.total(), results)

    def close(self) -> None:
        """Close the connections; idempotent."""
        self._pool.close()

    def _decode(
        self, conn: psycopg.Connection, items: Sequence[Item], received_at: datetime
    ) -> list[Decoded]:
        """All items decoded. A sensor nobody knows may be new in the catalogue: look once more, then judge."""
        self._registry.refresh(conn)
        decoded = self._decode_all(items, received_at)
        unknown = any(part.reason == "unknown_sensor" for one in decoded for part in one.rejected)
        if unknown and self._registry.refresh(conn, at_most_every_s=LOOK_AGAIN_S):
            decoded = self._decode_all(items, received_at)
        return decoded

    def _decode_all(self, items: Sequence[Item], received_at: datetime) -> list[Decoded]:
        known, settings = self._registry.known, self._settings
        return [
            decode_posted(
                item,
                received_at,
                known,
                settings.topic_prefix,
                settings.max_payload_bytes,
                replays=settings.accept_replays,
            )
            for item in items
        ]

    def _store(self, conn: psycopg.Connection, decoded: Sequence[Decoded]) -> tuple[batches.Added, int]:
        """What became of the observations, and how many were refused because another value stands."""
        rows = self._registry.rows(conn, (one for found in decoded for one in found.observations))
        totals = self._registry.totals(conn, (one for found in decoded for one in found.totals))
        kinds = {found.kind for found in decoded if found.kind and (found.observations or found.totals)}
        with conn.transaction():
            observations.prepare(conn)
            added = batches.add(conn, rows, self._registry.limits, totals)
            if added.stored:
                notices.changed(conn, kinds)
            standing = observations.standing(conn, rows) if added.duplicates else {}
        return added, contradictions.reject(decoded, rows, standing)


def open_intake(settings: Settings, metrics: Metrics) -> Intake:
    """An intake with connections of its own, so that posts never wait for readers nor readers for posts."""
    url = settings.require("database_url")
    pool = open_pool(url, "cityhub-api-posts", session.WRITES, max_size=AT_WORK, autocommit=True)
    return Intake(settings, pool, metrics)


def decode_posted(
    item: Item,
    received_at: datetime,
    known: Mapping[str, RegisteredSensor],
    prefix: str,
    max_bytes: int,
    *,
    replays: bool = True,
) -> Decoded:
    """Decode one item as the message on its sensor's topic. Over HTTP an item must name its sensor and time."""
    document = item.document
    if item.problem is not None:
        return _refusal("json", item.problem)
    if not isinstance(document, dict):
        return _refusal("schema", f"an item must be an object, not {json_type(document)}")
    sensor_id, kind = document.get("sensor_id"), document.get("kind")
    if not isinstance(sensor_id, str):
        return _refusal("schema", f"sensor_id must be a text, not {json_type(sensor_id)}")
    if kind is None:
        sensor = known.get(sensor_id)
        if sensor is None:
            return _refusal("unknown_sensor", sensor_id)
        kind = sensor.kind
    if not isinstance(kind, str) or kind not in KINDS:
        return _refusal("schema", f"kind must be one of {', '.join(KINDS)}, not {shown(kind)}")
    if document.get("time") is None:
        # Who repeats a request after an error must repeat its times, or the values would be stored twice.
        return _refusal("time", "time is required over HTTP")
    topic = topics.telemetry(prefix, kind, sensor_id)
    return decode(prefix, topic, item.payload, received_at, known, max_bytes, replays=replays)


def _refusal(reason: Literal["json", "schema", "time", "unknown_sensor"], detail: str) -> Decoded:
    decoded = Decoded()
    decoded.reject(reason, detail)
    return decoded
