"""`./hub bench ingest`: a backlog of QoS 1 messages into the database, beside what broker and database can do.

In one run on one machine: (a) a bare paho client that decodes with the same call and acknowledges; (b) binary COPY
of the same rows into a bare hypertable; (c) the hub, until its last row is committed. The figure to quote is
`ratio` = hub / min(a x 6, b), in observations a second. All data is generated.
"""

import io
import json as json_format
import os
import struct
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import psycopg

from cityhub import topics
from cityhub.bench import backlog, proof
from cityhub.bench.backlog import PREFIX, Backlog
from cityhub.bench.servers import Bench, bench_servers, part, wait_for_log
from cityhub.errors import ServiceError
from cityhub.services.ports import free_port
from cityhub.services.processes import last_lines
from cityhub.store import connect, sensors

MESSAGES = 100_000
REQUIRED_RATIO = 0.5
CLIENT_ID = "bench-ingest"
_PATIENCE_S = 300
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates a second; CPU seconds per million observations; bytes per observation on disk, indexes included."""

    messages: int
    observations: int
    datastreams: int
    workers: int
    bare_client_messages_per_second: float
    bare_copy_rows_per_second: float
    hub_observations_per_second: float
    limit_observations_per_second: float
    ratio: float
    required_ratio: float
    bytes_per_observation: float
    ingest_cpu_s_per_million: float
    database_cpu_s_per_million: float


def measure(bench: Bench, messages: int, workers: int) -> Figures:
    """Fill the broker once for both clients, then measure one after the other."""
    waiting = backlog.backlog(messages)
    with connect(bench.endpoints.database_url, "cityhub-bench") as conn:
        sensors.save(conn, backlog.catalogue())
        ids = sensors.datastream_ids(conn)
    everything = topics.everything(PREFIX)
    backlog.open_session("bench-bare", everything, bench.endpoints)
    for number in range(1, workers + 1):
        client = CLIENT_ID if number == 1 else f"{CLIENT_ID}-{number}"
        mine = everything if workers == 1 else topics.shared(PREFIX)
        backlog.open_session(client, mine, bench.endpoints)
    backlog.publish(waiting, bench.endpoints)
    bare = messages / _bare_client(bench, messages)
    copy = waiting.observations / _bare_copy(bench, waiting, ids)
    hub = _hub(bench, waiting, workers)
    with connect(bench.endpoints.database_url, "cityhub-bench") as conn:
        size = proof.stored_bytes(conn)
    limit = min(bare * len(backlog.VALUES), copy)
    rate = waiting.observations / hub.seconds
    millions = waiting.observations / 1e6
    return Figures(
        messages=messages,
        observations=waiting.observations,
        datastreams=backlog.SENSORS * len(backlog.VALUES),
        workers=workers,
        bare_client_messages_per_second=round(bare, 1),
        bare_copy_rows_per_second=round(copy, 1),
        hub_observations_per_second=round(rate, 1),
        limit_observations_per_second=round(limit, 1),
        ratio=round(rate / limit, 3),
        required_ratio=REQUIRED_RATIO,
        bytes_per_observation=round(size / waiting.observations, 1),
        ingest_cpu_s_per_million=round(hub.ingest_cpu_s / millions, 2),
        database_cpu_s_per_million=round(hub.database_cpu_s / millions, 2),
    )


def _bare_client(bench: Bench, messages: int) -> float:
    """Seconds from the first to the last message of a client that only decodes and acknowledges."""
    received = 0
    began = ended = 0.0

    def on_message(client: Any, _userdata: object, message: Any) -> None:
        nonlocal received, began, ended
        if received == 0:
            began = time.perf_counter()
        msgspec.json.decode(message.payload)
        client.ack(message.mid, 1)
        received += 1
        if received == messages:
            ended = time.perf_counter()

    bare = backlog.client("bench-bare", manual_ack=True)
    bare.on_message = on_message
    backlog.connect(bare, bench.endpoints)
    bare.loop_start()
    deadline = time.monotonic() + _PATIENCE_S
    while received < messages and time.monotonic() < deadline:
        time.sleep(0.05)
    bare.disconnect()
    bare.loop_stop()
    if received < messages:
        raise ServiceError(f"the bare client got {received} of {messages} messages")
    return ended - began


def _bare_copy(bench: Bench, waiting: Backlog, ids: dict[tuple[str, str], int]) -> float:
    """Seconds to COPY the same rows, encoded beforehand, into a hypertable without indexes."""
    blocks = list(_encoded(waiting, ids))
    with connect(bench.endpoints.database_url, "cityhub-bench") as conn:
        proof.create_bare(conn)
        conn.commit()
        began = time.perf_counter()
        for block in blocks:
            proof.copy_bare(conn, block)
            conn.commit()
        return time.perf_counter() - began


def _encoded(
    waiting: Backlog, ids: dict[tuple[str, str], int], rows_a_block: int = 10_000
) -> Iterator[bytes]:
    row = struct.Struct(">hiqiiidih")
    header, trailer = b"PGCOPY\n\xff\r\n\0" + bytes(8), struct.pack(">h", -1)
    block, rows = io.BytesIO(), 0
    block.write(header)
    for topic, payload in waiting:
        message = json_format.loads(payload)
        moment = datetime.fromisoformat(message["time"]) - _POSTGRES_EPOCH
        microseconds = moment.days * 86_400_000_000 + moment.seconds * 1_000_000
        for name, value in message["values"].items():
            id = ids[topic.split("/")[2], name]
            block.write(row.pack(4, 8, microseconds, 4, id, 8, value, 2, 0))
            rows += 1
        if rows >= rows_a_block:
            yield block.getvalue() + trailer
            block, rows = io.BytesIO(), 0
            block.write(header)
    if rows:
        yield block.getvalue() + trailer


@dataclass(frozen=True, slots=True)
class _Run:
    seconds: float
    ingest_cpu_s: float
    database_cpu_s: float


def _hub(bench: Bench, waiting: Backlog, workers: int) -> _Run:
    """From the moment that ingest is subscribed until the last row is committed."""
    environment = {
        **bench.endpoints.environment(),
        "CITYHUB_TOPIC_PREFIX": PREFIX,
        "CITYHUB_INGEST_CLIENT_ID": CLIENT_ID,
        "CITYHUB_INGEST_METRICS_PORT": str(free_port()),
        "CITYHUB_LOG_FORMAT": "json",
    }
    log = bench.folder / "ingest.log"
    database = bench.instance.processes()["postgres"].pid
    database_before = _cpu_s(database, children=True)
    program = ["ingest"] if workers == 1 else ["cityhub", "ingest", "--workers", str(workers)]
    with part(program, environment, log) as ingest:
        began = wait_for_log(log, "connected to the broker", ingest)
        with psycopg.connect(bench.endpoints.database_url, autocommit=True) as conn:
            deadline = time.monotonic() + _PATIENCE_S
            while proof.summed_up(conn) < waiting.observations:
                if not ingest.alive() or time.monotonic() > deadline:
                    raise ServiceError(f"ingest did not finish: {last_lines(log)}")
                time.sleep(0.05)
            seconds = time.perf_counter() - began
            database_cpu = _cpu_s(database, children=True) - database_before
            ingest_cpu = _cpu_s(ingest.pid, children=True)
    return _Run(seconds, ingest_cpu, database_cpu)


def _cpu_s(pid: int, *, children: bool = False) -> float:
    """CPU seconds of a process; with `children` also of those it has now and of those that ended."""
    pids = [pid]
    if children:
        pids += [int(p) for p in os.listdir("/proc") if p.isdigit() and _parent(int(p)) == pid]
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


def main(json: bool, messages: int = MESSAGES, workers: int = 1) -> int:
    """Print the figures; exit 1 when the required ratio is missed."""
    with bench_servers() as bench:
        figures = measure(bench, messages, workers)
    if json:
        print(json_format.dumps(asdict(figures)))
        return 0 if figures.ratio >= REQUIRED_RATIO else 1
    for name, value in asdict(figures).items():
        print(f"{name:<36}{value:>14,}")
    return 0 if figures.ratio >= REQUIRED_RATIO else 1
