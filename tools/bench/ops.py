"""`./hub bench ops`: what the console takes with ten thousand sensors, of which a third are in trouble.

Pages are asked for over HTTP, one after another, from a running API: the time is that of the whole answer, without a
browser. Beside them the database's part: one look over all sensors, and a bare SELECT of the same rows. And what an
open console takes to have the page that shows what a colleague did, or a new trouble.
"""

import asyncio
import json as json_format
import secrets
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from api.looks import RENEW_AFTER
from cityhub.catalogue import Catalogue
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, session, trouble
from cityhub.store.queries import load
from tools.bench import ops_live
from tools.bench.lines import Line
from tools.bench.servers import Bench, bench_servers, program
from tools.bench.year import made_up
from tools.services.ports import free_port

_SQL = load(__file__)
SENSORS = 10_000
ROUNDS, LOOKS = 41, 11
LIMIT_MS = 200.0
_PAGES = {
    "the first page": "/ops?lang=vi",
    "page 30": "/ops?lang=vi&page=30",
    "one kind of trouble": "/ops?lang=vi&code=low_battery",
    "acknowledged": "/ops?lang=vi&state=acknowledged",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds beside the limit, None without one."""

    name: str
    p50_ms: float
    p95_ms: float
    limit_ms: float | None

    @property
    def is_good(self) -> bool:
        """Is the limit kept, where there is one?"""
        return self.limit_ms is None or self.p95_ms <= self.limit_ms


def fill(conn: psycopg.Connection) -> tuple[int, int]:
    """Make the sensors; how many there are, and datastreams. `conn` is in autocommit."""
    now = datetime.now(UTC)
    # Battery, signal and numbers of messages come by themselves: six datastreams each.
    made = made_up("air", SENSORS, ("pm2_5", "temperature", "humidity"), timedelta(minutes=10))
    store_catalogue.save(conn, Catalogue((), made))
    conn.execute(_SQL["fill"], {"now": now})
    conn.execute(_SQL["known"], {"now": now})
    conn.execute(_SQL["rates"], {"now": now})
    conn.execute(_SQL["vacuum"])
    [(sensors, streams)] = conn.execute(_SQL["count"]).fetchall()
    return sensors, streams


def in_database(conn: psycopg.Connection) -> list[Figure]:
    """The look, and beside it the bare rows, in turn."""
    acts: dict[str, Callable[[], object]] = {
        "a look over all sensors": lambda: trouble.look(conn, datetime.now(UTC)),
        "bare SELECT of the newest readings": lambda: conn.execute(_SQL["bare"], binary=True).fetchall(),
    }
    times: dict[str, list[float]] = {name: [] for name in acts}
    for number in range(LOOKS + 1):
        for name, act in acts.items():
            began = time.perf_counter()
            act()
            if number:
                times[name].append(time.perf_counter() - began)
    return [_figure(name, found, None) for name, found in times.items()]


async def _pages(port: int, key: str) -> list[Figure]:
    headers = {"Authorization": f"Bearer {key}"}
    figures = []
    for name, path in _PAGES.items():
        async with Line(port, headers) as line:
            await _ask(line, path)
            figures.append(_figure(name, [await _ask(line, path) for _ in range(ROUNDS)], LIMIT_MS))
    found = []
    for _ in range(LOOKS):
        await asyncio.sleep(RENEW_AFTER.total_seconds())
        # The server closes what is idle for so long.
        async with Line(port, headers) as line:
            found.append(await _ask(line, _PAGES["the first page"]))
    return [*figures, _figure("the first page, while a look is made", found, LIMIT_MS)]


async def _ask(line: Line, path: str) -> float:
    began = time.perf_counter()
    answer = await line.get(path)
    assert answer.status == 200, answer.body[:500]  # noqa: S101 - or there is nothing to measure
    return time.perf_counter() - began


def _figure(name: str, seconds: Sequence[float], limit_ms: float | None) -> Figure:
    ms = sorted(1000 * one for one in seconds)
    return Figure(
        name, round(statistics.median(ms), 1), round(ms[max(-(-95 * len(ms) // 100) - 1, 0)], 1), limit_ms
    )


def measure(bench: Bench) -> tuple[list[Figure], int, int]:
    """Fill, look, ask."""
    with connect(bench.endpoints.database_url, "cityhub-bench", session.WRITES, autocommit=True) as conn:
        sensors, streams = fill(conn)
        figures = in_database(conn)
    key, port = secrets.token_urlsafe(32), free_port()
    environment = {
        **bench.endpoints.environment(),
        "CITYHUB_API_PORT": str(port),
        "CITYHUB_LOG_LEVEL": "warning",
        "CITYHUB_KEY_RATE_PER_MINUTE": "0",
        "CITYHUB_SECOND_FACTOR": "optional",
        "CITYHUB_API_KEYS": f"bench:{key}:ops:read+ops:write",
    }
    with program(["api"], environment, bench.folder / "api.log", f"http://127.0.0.1:{port}/readyz"):
        figures += asyncio.run(_pages(port, key))
        with connect(bench.endpoints.database_url, "cityhub-bench", session.WRITES, autocommit=True) as conn:
            silent = [id for (id,) in conn.execute(_SQL["silent"])]
            well = [id for (id,) in conn.execute(_SQL["well"])]
            known, new = ops_live.seconds(conn, f"http://127.0.0.1:{port}", silent, well)
        figures.append(_figure("until an open console shows a word", known, ops_live.LIMIT_MS))
        figures.append(_figure("until it shows a new trouble", new, ops_live.LIMIT_MS))
    return figures, sensors, streams


def main(json: bool) -> int:
    """Print the figures; exit 1 when a limit is missed."""
    with bench_servers() as bench:
        figures, sensors, streams = measure(bench)
    if json:
        told = [{**asdict(figure), "is_good": figure.is_good} for figure in figures]
        print(json_format.dumps({"sensors": sensors, "datastreams": streams, "figures": told}))
    else:
        print(f"{sensors:,} generated sensors, {streams:,} datastreams")
        for figure in figures:
            limit = "" if figure.limit_ms is None else f" (at most {figure.limit_ms:g})"
            missed = "" if figure.is_good else " MISSED"
            print(
                f"{figure.name:<40} p50 {figure.p50_ms:>7.1f} ms, p95 {figure.p95_ms:>7.1f} ms{limit}{missed}"
            )
    return 0 if all(figure.is_good for figure in figures) else 1
