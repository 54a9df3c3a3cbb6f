"""`./hub bench payments`: what a driver waits for on the way from looking for a place to a receipt.

One API process and the database on this machine, the client beside them; all places and drivers are made up.
"""

import json as json_format
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from cityhub.catalogue import Place
from cityhub.store import connect, places, tariffs
from tools.bench import load
from tools.bench.servers import Bench, bench_servers, program
from tools.services.ports import free_port

PLACES = 5_000
SECONDS = 4.0
# Drivers who ask at one time: more would measure how a full machine queues, not what an answer costs.
CONNECTIONS = 4
MAX_QUOTE_P99_MS = 20.0
MAX_NEAR_P99_MS = 10.0


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure beside its limit; `at_most` or else at least."""

    name: str
    unit: str
    value: float
    limit: float
    at_most: bool
    detail: str

    @property
    def is_good(self) -> bool:
        """Is the limit kept?"""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


def fill(bench: Bench) -> None:
    """The tariff of Hanoi, and so many more places around the city."""
    rng = random.Random(9)  # noqa: S311 - figures, not secrets
    made = [
        Place(
            id=f"bench-{number:05}",
            name_vi=f"Bãi {number}",
            name_en=f"Place {number}",
            lon=round(105.85 + rng.gauss(0, 0.08), 6),
            lat=round(21.03 + rng.gauss(0, 0.06), 6),
            basis="illustrative",
            basis_note="",
            illustrative=True,
            capacity=rng.randint(5, 200),
            zone="hanoi-inner",
            issuer="BENCH",
            vehicles=("car", "motorbike"),
            opening="24/7",
        )
        for number in range(PLACES - len(bench.catalogue.places))
    ]
    with connect(bench.endpoints.database_url, "cityhub-bench") as conn:
        places.save(conn, made)
        tariffs.save_all(conn)
        conn.execute("ANALYZE")


def quotes(port: int) -> Figure:
    """A quote over three days and nights, the longest that can be asked for."""
    start = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    asked = {"place_id": "ltk-01", "vehicle": "car", "start": start, "minutes": 4320}
    run = _load(port, "/api/v1/parking/quote", json_format.dumps(asked).encode())
    return Figure("quote p99", "ms", round(run.p99_ms, 1), MAX_QUOTE_P99_MS, True, _detail(run))


def near(port: int) -> Figure:
    """The nearest places with a free bay."""
    run = _load(port, "/api/v1/parking/places?near=21.0245,105.8412&radius=1000&limit=50", None)
    return Figure("places near p99", "ms", round(run.p99_ms, 1), MAX_NEAR_P99_MS, True, _detail(run))


def _load(port: int, path: str, body: bytes | None) -> load.Load:
    return load.run("127.0.0.1", port, path, connections=CONNECTIONS, seconds=SECONDS, body=body)


def _detail(run: load.Load) -> str:
    failed = f", {run.failed} FAILED" if run.failed else ""
    return f"p50 {run.p50_ms:.1f} ms, {run.per_second:,.0f}/s over {CONNECTIONS} connections{failed}"


MEASURES: tuple[Callable[[int], Figure], ...] = (quotes,)


def measure(bench: Bench) -> list[Figure]:
    """Fill the database, start the API, measure one after the other."""
    fill(bench)
    port = free_port()
    environment = {
        **bench.endpoints.environment(),
        "CITYHUB_API_PORT": str(port),
        "CITYHUB_LOG_LEVEL": "warning",
        "CITYHUB_RATE_PER_MINUTE": "0",
    }
    with program(["api"], environment, bench.folder / "api.log", f"http://127.0.0.1:{port}/readyz"):
        return [measure(port) for measure in MEASURES]


def main(json: bool) -> int:
    """Print the figures; exit 1 when a limit is missed."""
    with bench_servers() as bench:
        figures = measure(bench)
    if json:
        print(json_format.dumps([{**asdict(figure), "is_good": figure.is_good} for figure in figures]))
    else:
        for figure in figures:
            words = f"{'at most' if figure.at_most else 'at least'} {figure.limit:g}"
            missed = "" if figure.is_good else " MISSED"
            print(f"{figure.name:<20} {figure.value:>9,} {figure.unit:<4} ({words}){missed}  {figure.detail}")
    return 0 if all(figure.is_good for figure in figures) else 1
