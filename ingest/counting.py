"""A committed batch as Prometheus is told of it."""

from collections import Counter
from datetime import UTC, datetime

from cityhub.kinds import KindName
from cityhub.observing import quality
from cityhub.store.batches import Added
from cityhub.store.registry import Registry
from ingest import metrics
from ingest.batch import Batch


def count(batch: Batch, added: Added, received_at: datetime, registry: Registry) -> None:
    """`received_at`: when the oldest of its messages was received (aware); `added`: what became of its observations."""
    now = datetime.now(UTC)
    metrics.BATCH.observe(batch.length)
    metrics.RECEIVE_LAG.observe((now - received_at).total_seconds())
    for name, messages in batch.messages.items():
        metrics.MESSAGES.labels(name).inc(messages)
    for kind, values in batch.counts.items():
        metrics.OBSERVATIONS.labels(kind).inc(values)
        metrics.PHENOMENON_LAG.labels(kind).observe((now - batch.newest[kind]).total_seconds())
    metrics.DUPLICATES.inc(added.duplicates)
    for (name, reason), parts in batch.rejected.items():
        metrics.REJECTED.labels(name, reason).inc(parts)
    for kind, fields in batch.ignored.items():
        metrics.IGNORED.labels(kind).inc(fields)
    for (kind, bits), values in _flags(batch, added, registry).items():
        for name in quality.names(bits):
            metrics.FLAGGED.labels(kind, name).inc(values)


def _flags(batch: Batch, added: Added, registry: Registry) -> Counter[tuple[KindName, int]]:
    """Values by kind and by the flags that they came with or were given."""
    known = registry.known
    flags = Counter((known[one.sensor_id].kind, one.quality) for one in batch.observations if one.quality)
    flags.update((registry.kind_of(one.datastream_id), one.flags) for one in added.found)
    return flags
