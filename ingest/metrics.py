"""What ingest tells Prometheus. Labels come from closed lists: kinds and quarantine reasons."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter("cityhub_ingest_messages_total", "Messages stored or quarantined, then acknowledged")
OBSERVATIONS = Counter("cityhub_ingest_observations_total", "Observations stored")
DUPLICATES = Counter("cityhub_ingest_duplicates_total", "Observations that were stored already")
REJECTED = Counter("cityhub_ingest_rejected_total", "Messages or parts of them quarantined", ["reason"])
BATCH = Histogram(
    "cityhub_ingest_batch_messages", "Messages per transaction", buckets=(1, 10, 100, 1000, 5000, 10_000)
)
COMMIT_SECONDS = Histogram("cityhub_ingest_commit_seconds", "Seconds to decode and commit a batch")
DATABASE_RETRIES = Counter("cityhub_ingest_database_retries_total", "Batches tried again, database away")
SUBSCRIBED = Gauge("cityhub_ingest_subscribed", "1 while the broker delivers to this ingestor")
CONNECTIONS = Counter("cityhub_ingest_broker_connections_total", "Times that the broker was (re)connected")
