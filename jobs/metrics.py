"""What background work tells Prometheus. Labels come from closed lists: tasks, outcomes."""

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from cityhub.listening import listen

_ADVICE = "set CITYHUB_JOBS_METRICS_PORT to another port, or 0 for none"

RUNS = Counter("cityhub_jobs_runs_total", "Runs of jobs that ended: done or failed", ["task", "outcome"])
SECONDS = Histogram(
    "cityhub_jobs_run_seconds", "Seconds that runs took", ["task"], buckets=(0.1, 1, 5, 30, 120, 600, 3600)
)
LAST_DONE = Gauge(
    "cityhub_jobs_last_done_timestamp_seconds", "When a job of the task was last done", ["task"]
)
RESCUED = Counter("cityhub_jobs_rescued_total", "Jobs taken over from a worker that is gone", ["task"])
DATABASE_UP = Gauge("cityhub_jobs_database_up", "1 while the database hears that this worker lives")

# Of the whole hub (jobs/watch.py).
WAITING = Gauge("cityhub_waiting", "What waits to be settled, sent or decided", ["what"])
WAITING_SECONDS = Gauge("cityhub_waiting_seconds", "How long the first of them has waited", ["what"])
PARKED_VND = Gauge("cityhub_parked_money_vnd", "Money that waits for a person to place it, VND")
LEDGER_FAULTS = Gauge("cityhub_ledger_faults", "What is wrong with the books, counted every ten minutes")
DUE = Gauge("cityhub_jobs_due", "Jobs that are due and that nobody has begun")
GIVEN_UP = Gauge("cityhub_jobs_given_up", "Jobs that were given up in the last week")
DATABASE_BYTES = Gauge("cityhub_database_bytes", "Size of the database")
DISK = Gauge("cityhub_disk_bytes", "Size of the disk that containers lie on")
DISK_FREE = Gauge("cityhub_disk_free_bytes", "What is free of it")
CERTIFICATE_EXPIRES = Gauge(
    "cityhub_certificate_expires_timestamp_seconds", "When the certificate ends", ["address"]
)
# With labels, so that they are absent where the server archives nothing.
ARCHIVED = Gauge(
    "cityhub_archive_timestamp_seconds",
    "Until when the write-ahead log is archived (done), and when that last failed (failed)",
    ["outcome"],
)
BACKUP = Gauge(
    "cityhub_backup_timestamp_seconds", "When the newest backup of the type ended; 0: there is none", ["type"]
)


def serve(host: str, port: int) -> None:
    """Serve /metrics in the background until the process ends; raises ServiceError without that port."""
    # In clear words where it cannot be had.
    listen(host, port, _ADVICE).close()
    start_http_server(port, host)
