"""`./hub bench ingest`: a backlog of QoS 1 messages into the database, beside what broker and database can do.

In one run on one machine: (a) a bare paho client that decodes with the same call and acknowledges; (b) binary COPY
of the same rows into a bare hypertable; (c) the hub, until its last row is committed. The figure to quote is
`ratio` = hub / min(a x 6, b), in observations a second. On demand also `growth_ratio`, see tools.bench.growth.
All data is generated.
"""

import io
import json as json_format
import struct
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from cityhub.errors import ServiceError
from cityhub.observing import topics
from cityhub.store import connect
from tools.bench import backlog, growth, hub_run, proof
from tools.bench.backlog import PREFIX, Backlog
from tools.bench.servers import Bench, bench_servers

MESSAGES = 100_000
REQUIRED_RATIO = 0.5
_BARE = "bench-bare"
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figures:
    """Rates a second; CPU seconds per million observations; bytes per observation on disk, indexes included.

    From `stored_rows` to `growth_ratio` it is tools.bench.growth; None when that was not measured.
    """

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
    stored_rows: int | None
    hub_observations_per_second_empty: float | None
    hub_observations_per_second_full: float | None
    growth_ratio: float | None
    required_growth_ratio: float

    @property
    def good(self) -> bool:
        """Whether no required ratio is missed."""
        grown = self.growth_ratio is None or self.growth_ratio >= self.required_growth_ratio
        return self.ratio >= self.required_ratio and grown


def measure(bench: Bench, messages: int, workers: int, stored: int, steps: growth.Steps) -> Figures:
    """Fill the broker once for both clients, then measure one after the other, then growth if `stored` is not 0."""
    waiting = backlog.backlog(messages)
    ids = hub_run.prepare(bench.endpoints.database_url)
    backlog.open_session(_BARE, topics.everything(PREFIX), bench.endpoints)
    hub_run.open_session(bench)
    backlog.publish(waiting, bench.endpoints)
    bare = messages / _bare_client(bench, messages)
    copy = waiting.observations / _bare_copy(bench, waiting, ids)
    hub = hub_run.run(bench, bench.endpoints.database_url, waiting, workers)
    with connect(bench.endpoints.database_url, "cityhub-bench") as conn:
        size = proof.stored_bytes(conn)
    limit = min(bare * len(backlog.VALUES), copy)
    rate = waiting.observations / hub.seconds
    millions = waiting.observations / 1e6
    grown = growth.measure(bench, messages, workers, stored, steps) if stored else None
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
        stored_rows=None if grown is None else grown.stored_rows,
        hub_observations_per_second_empty=None if grown is None else round(grown.empty_per_second, 1),
        hub_observations_per_second_full=None if grown is None else round(grown.full_per_second, 1),
        growth_ratio=None if grown is None else round(grown.ratio, 3),
        required_growth_ratio=growth.REQUIRED_RATIO,
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

    bare = backlog.client(_BARE, manual_ack=True)
    bare.on_message = on_message
    backlog.connect(bare, bench.endpoints)
    bare.loop_start()
    deadline = time.monotonic() + hub_run.PATIENCE_S
    while received < messages and time.monotonic() < deadline:
        time.sleep(0.05)
    # A session that stays would collect the backlogs of the growth measurement too.
    backlog.close_session(bare)
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


def main(json: bool, steps: growth.Steps, messages: int = MESSAGES, workers: int = 2, stored: int = 0) -> int:
    """Print the figures; exit 1 when a required ratio is missed."""
    with bench_servers() as bench:
        figures = measure(bench, messages, workers, stored, steps)
    if json:
        print(json_format.dumps(asdict(figures)))
    else:
        for name, value in asdict(figures).items():
            shown = "not measured" if value is None else f"{value:,}"
            print(f"{name:<36}{shown:>14}")
    return 0 if figures.good else 1
