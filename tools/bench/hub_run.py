"""The hub itself in the ingest bench: sessions that collect a backlog, and ingest until the backlog is committed."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cityhub.errors import ServiceError
from cityhub.observing import topics
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, sensors
from tools.bench import backlog, proof
from tools.bench.backlog import PREFIX, Backlog
from tools.bench.servers import Bench, part, wait_for_log
from tools.services.ports import free_port
from tools.services.processes import Running, last_lines

PATIENCE_S = 300
_CLIENT_ID = "bench-ingest"
_POLL_S = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """Wall clock from ingest's connection to the last commit, and CPU of ingest and database, all in seconds."""

    seconds: float
    ingest_cpu_s: float
    database_cpu_s: float


def open_session(bench: Bench) -> None:
    """Leave a fresh session at the broker; what an older one still held is dropped."""
    backlog.open_session(_CLIENT_ID, topics.everything(PREFIX), bench.endpoints)


def run(bench: Bench, database_url: str, waiting: Backlog, workers: int) -> Run:
    """From the moment that ingest is connected until the last row of the backlog is committed in `database_url`.

    The rows must be new there. Raises ServiceError when they do not arrive.
    """
    environment = {
        **bench.endpoints.environment(),
        "CITYHUB_DATABASE_URL": database_url,
        "CITYHUB_TOPIC_PREFIX": PREFIX,
        "CITYHUB_INGEST_CLIENT_ID": _CLIENT_ID,
        "CITYHUB_INGEST_METRICS_PORT": str(free_port()),
        "CITYHUB_LOG_FORMAT": "json",
    }
    log = bench.folder / "ingest.log"
    database = bench.instance.processes()["postgres"].pid
    program = ["ingest"] if workers == 1 else ["tools", "ingest", "--workers", str(workers)]
    with psycopg.connect(database_url, autocommit=True) as conn:
        counter = _Counter(conn, waiting)
        database_before = _cpu_s(database)
        with part(program, environment, log) as ingest:
            began = wait_for_log(log, "connected to the broker", ingest)
            counter.wait(ingest, log)
            seconds = time.perf_counter() - began
            return Run(seconds, _cpu_s(ingest.pid), _cpu_s(database) - database_before)


class _Counter:
    """Waits for the rows of a backlog and costs the database next to nothing, however much it holds.

    Adding up all hourly sums twenty times a second would take a core where millions of rows are stored. So first
    the one sensor is watched that the last message comes from, and only then all of them, in the backlog's hours.
    """

    def __init__(self, conn: psycopg.Connection, waiting: Backlog) -> None:
        ids = sensors.datastream_ids(conn)
        sensor = backlog.sensor_id((waiting.messages - 1) % backlog.SENSORS)
        last, every = [ids[sensor, name] for name in backlog.VALUES], backlog.datastreams(ids)
        self._conn, self._waiting = conn, waiting
        proof.only_by_key(conn)
        # What is there already in those hours is none of the backlog's.
        turns = -(-waiting.messages // backlog.SENSORS)
        self._goals = (
            (last, self._count(last) + turns * len(last)),
            (every, self._count(every) + waiting.observations),
        )

    def wait(self, ingest: Running, log: Path) -> None:
        deadline = time.monotonic() + PATIENCE_S
        for ids, goal in self._goals:
            while self._count(ids) < goal:
                if not ingest.alive() or time.monotonic() > deadline:
                    raise ServiceError(f"ingest did not finish: {last_lines(log)}")
                time.sleep(_POLL_S)

    def _count(self, ids: list[int]) -> int:
        return proof.summed_up_between(self._conn, ids, self._waiting.start, self._waiting.end)


def prepare(database_url: str) -> dict[tuple[str, str], int]:
    """Make the bench's sensors known in a migrated database; returns the ids of all datastreams there."""
    with connect(database_url, "cityhub-bench") as conn:
        store_catalogue.save(conn, backlog.catalogue())
        return sensors.datastream_ids(conn)


def _cpu_s(pid: int) -> float:
    """CPU seconds of a process, of the children it has now and of those that ended."""
    pids = [pid, *(int(p) for p in os.listdir("/proc") if p.isdigit() and _parent(int(p)) == pid)]
    total = 0
    for number in pids:
        try:
            fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11 : 15 if number == pid else 13]))
    return total / os.sysconf("SC_CLK_TCK")


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None
