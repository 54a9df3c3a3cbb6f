"""`./hub bench payments`: what a driver waits for on the way from looking for a place to a receipt.

Quotes are asked of one API process, drivers pay by VNPAY at two, as on a machine of two cores; the database
and the client stand beside them. All places and drivers are made up, and the database does not wait for the disk.
"""

import json as json_format
import random
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from cityhub.catalogue import Place
from cityhub.store import connect, places, tariffs
from tools.bench import flows, load
from tools.bench.servers import Bench, bench_servers, program
from tools.services.ports import free_port

PLACES = 5_000
SECONDS = 4.0
# Drivers who ask at one time: more would measure how a full machine queues, not what an answer costs.
CONNECTIONS = 4
MAX_QUOTE_P99_MS = 20.0
MAX_NEAR_P99_MS = 10.0
PROCESSES = 2
DRIVERS = 12
MIN_FLOWS_PER_SECOND = 150.0
CALLERS = 100
CALLBACKS_PER_SECOND = 100.0
MAX_CALLBACK_P99_MS = 50.0


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


def _load(port: int, path: str, body: bytes | None) -> load.Load:
    return load.run("127.0.0.1", port, path, connections=CONNECTIONS, seconds=SECONDS, body=body)


def _detail(run: load.Load) -> str:
    failed = f", {run.failed} FAILED" if run.failed else ""
    return f"p50 {run.p50_ms:.1f} ms, {run.per_second:,.0f}/s over {CONNECTIONS} connections{failed}"


def near(port: int) -> Figure:
    """The twenty places nearest to a point in the middle of thousands, with what is free and what it costs."""
    run = load.run(
        "127.0.0.1", port, "/api/v1/parking/places?near=21.0285,105.8542&vehicle=car&limit=20", connections=1,
        seconds=SECONDS,
    )  # fmt: skip
    words = f"one at a time, p50 {run.p50_ms:.1f} ms, {PLACES:,} places"
    return Figure("places near a point p99", "ms", round(run.p99_ms, 1), MAX_NEAR_P99_MS, True, words)


def whole_flows(bench: Bench, ports: list[int]) -> Figure:
    """Session, payment, callback, the payment as the page asks for it, receipt."""
    found = _driven(bench, ports, 1.0), _driven(bench, ports, SECONDS)
    run = found[1]
    rate = len(run.flows_s) / run.elapsed_s
    detail = (
        f"{PROCESSES} processes, {DRIVERS} drivers at a time: a flow of 5 requests p50"
        f" {flows.quantile_ms(run.flows_s, 0.5):.0f} ms, p99 {flows.quantile_ms(run.flows_s, 0.99):.0f} ms"
    )
    return Figure("whole flows", "/s", round(rate, 1), MIN_FLOWS_PER_SECOND, False, detail)


def _driven(bench: Bench, ports: list[int], seconds: float) -> flows.Times:
    return flows.drive(ports, _sold(bench), drivers=DRIVERS, seconds=seconds)


def called_back(bench: Bench, ports: list[int]) -> list[Figure]:
    """Callbacks over 100 connections: spread over the time, and all in the same instant."""
    spread = flows.callbacks(
        ports, _sold(bench), connections=CALLERS, rounds=4, a_second=CALLBACKS_PER_SECOND
    )
    burst = flows.callbacks(ports, _sold(bench), connections=CALLERS, rounds=4, a_second=None)
    return [
        Figure(
            f"callback p99, {words}",
            "ms",
            round(flows.quantile_ms(run.callbacks_s, 0.99), 1),
            MAX_CALLBACK_P99_MS,
            True,
            f"p50 {flows.quantile_ms(run.callbacks_s, 0.5):.1f} ms, {len(run.callbacks_s)} callbacks",
        )
        for words, run in (
            (f"{CALLERS} connections, {CALLBACKS_PER_SECOND:g}/s", spread),
            (f"{CALLERS} at once", burst),
        )
    ]


def _sold(bench: Bench) -> list[str]:
    # At night the others are closed.
    return [place.id for place in bench.catalogue.places if place.opening == "24/7"]


def measure(bench: Bench) -> list[Figure]:
    """Fill the database, start the API, measure one after the other."""
    fill(bench)
    ports = [free_port() for _ in range(PROCESSES)]
    with ExitStack() as stack:
        for port in ports:
            environment = {
                **bench.endpoints.environment(),
                "CITYHUB_API_PORT": str(port),
                "CITYHUB_LOG_LEVEL": "warning",
                "CITYHUB_RATE_PER_MINUTE": "0",
                "CITYHUB_VNPAY_TMN_CODE": flows.MERCHANT.code,
                "CITYHUB_VNPAY_HASH_SECRET": flows.MERCHANT.secret,
                "CITYHUB_VNPAY_URL": flows.MERCHANT.pay_url,
            }
            log = bench.folder / f"api-{port}.log"
            stack.enter_context(program(["api"], environment, log, f"http://127.0.0.1:{port}/readyz"))
        return [
            quotes(ports[0]),
            near(ports[0]),
            whole_flows(bench, ports),
            *called_back(bench, ports),
        ]


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
            print(f"{figure.name:<38} {figure.value:>9,} {figure.unit:<4} ({words}){missed}  {figure.detail}")
    return 0 if all(figure.is_good for figure in figures) else 1
