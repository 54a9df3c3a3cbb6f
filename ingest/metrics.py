"""What ingest tells Prometheus. Labels come from closed lists: kinds (or none), quality flags, reasons."""

from prometheus_client import Counter, Gauge, Histogram

from cityhub.kinds import KINDS
from cityhub.observing.decoded import REASONS

_LAGS_S = (0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300, 3600, 86400)

MESSAGES = Counter(
    "cityhub_ingest_messages_total", "Messages stored or quarantined, then acknowledged", ["kind"]
)
OBSERVATIONS = Counter("cityhub_ingest_observations_total", "Observations stored or known already", ["kind"])
DUPLICATES = Counter("cityhub_ingest_duplicates_total", "Observations that were stored already")
STRAYS = Counter(
    "cityhub_ingest_stray_messages_total", "Messages on topics beside the prefix; one of each topic is kept"
)
REJECTED = Counter("cityhub_ingest_rejected_total", "Messages or parts of them rejected", ["kind", "reason"])
IGNORED = Counter(
    "cityhub_ingest_ignored_fields_total", "Fields that devices send and the hub does not store", ["kind"]
)
FLAGGED = Counter(
    "cityhub_ingest_flagged_total", "Quality flags of observations, repeated ones too", ["kind", "flag"]
)
BATCH = Histogram(
    "cityhub_ingest_batch_messages", "Messages per transaction", buckets=(1, 10, 100, 1000, 5000, 10_000)
)
COMMIT_SECONDS = Histogram("cityhub_ingest_commit_seconds", "Seconds to decode and commit a batch")
RECEIVE_LAG = Histogram(
    "cityhub_ingest_receive_to_commit_seconds",
    "From the oldest receipt of a batch to its commit",
    buckets=_LAGS_S,
)
PHENOMENON_LAG = Histogram(
    "cityhub_ingest_phenomenon_to_commit_seconds",
    "From the newest phenomenon time of a batch and kind to its commit",
    ["kind"],
    buckets=_LAGS_S,
)
INFLIGHT = Gauge("cityhub_ingest_inflight_messages", "Messages received and not yet acknowledged")
DATABASE_UP = Gauge("cityhub_ingest_database_up", "1 while the last batch could be committed")
DATABASE_RETRIES = Counter("cityhub_ingest_database_retries_total", "Batches tried again, database away")
SUBSCRIBED = Gauge("cityhub_ingest_subscribed", "1 while the broker delivers to this ingestor")
WORKER_RESTARTS = Counter("cityhub_ingest_worker_restarts_total", "Workers started again after they ended")
CONNECTIONS = Counter("cityhub_ingest_broker_connections_total", "Times that the broker was (re)connected")
QUARANTINE_ROWS = Gauge("cityhub_quarantine_rows", "Rows in quarantine, measured every minute")
QUARANTINE_LIMIT = Gauge("cityhub_quarantine_limit", "Rows that the quarantine may hold")
QUARANTINE_BYTES = Gauge("cityhub_quarantine_bytes", "Bytes of payloads, topics and details in quarantine")
QUARANTINE_SAMPLED = Counter(
    "cityhub_quarantine_sampled_total", "Rejected, not kept: its source sent too many", ["reason"]
)
QUARANTINE_DROPPED = Counter(
    "cityhub_quarantine_dropped_total", "Rejected, not kept: the quarantine is full", ["reason"]
)

# A series that begins with its first count shows no increase to whoever watches: these are there from the start.
for _kind in KINDS:
    OBSERVATIONS.labels(_kind)
for _reason in REASONS:
    QUARANTINE_DROPPED.labels(_reason)
