"""`./hub bench api`: requests a second of /api/v1/latest/air beside a FastAPI route that answers the same bytes.

Both servers run with one worker on this machine and are measured in turn, so that a machine that slows down
slows both down; the figure to quote is the ratio of the medians.
"""

import json as json_format
import statistics
import urllib.request
from dataclasses import asdict, dataclass

from tools.bench import load
from tools.bench.servers import Bench, bench_servers, generate_latest, program
from tools.services.ports import free_port

CONNECTIONS = 32
SECONDS = 3.0
ROUNDS = 3
PATH = "/api/v1/latest/air"
REQUIRED_RATIO = 0.8


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests a second (median of the rounds) and milliseconds; `ratio` is latest over constant."""

    connections: int
    seconds_per_round: float
    rounds: int
    body_bytes: int
    constant_per_second: float
    latest_per_second: float
    ratio: float
    required_ratio: float
    constant_p99_ms: float
    latest_p99_ms: float
    not_modified_per_second: float


def measure(bench: Bench) -> Figures:
    """Run both servers and measure them in turn."""
    generate_latest(bench)
    api_port, constant_port = free_port(), free_port()
    environment = {
        **bench.endpoints.environment(),
        "CITYHUB_API_PORT": str(api_port),
        "CITYHUB_LOG_LEVEL": "warning",
    }
    base = f"http://127.0.0.1:{api_port}"
    with program(["api"], environment, bench.folder / "api.log", f"{base}/readyz"):
        with urllib.request.urlopen(base + PATH) as answer:  # noqa: S310 - always http, ours
            body, etag = answer.read(), answer.headers["ETag"]
        sample = bench.folder / "latest.json"
        sample.write_bytes(body)
        constant = ["tools.bench.constant", str(constant_port), str(sample)]
        url = f"http://127.0.0.1:{constant_port}/constant"
        with program(constant, environment, bench.folder / "constant.log", url):
            limits, latest = [], []
            for _ in range(ROUNDS):
                limits.append(_run(constant_port, "/constant"))
                latest.append(_run(api_port, PATH))
        not_modified = load.run(
            "127.0.0.1",
            api_port,
            PATH,
            connections=CONNECTIONS,
            seconds=1,
            headers=(f"If-None-Match: {etag}",),
        )
    limit = statistics.median(run.per_second for run in limits)
    reached = statistics.median(run.per_second for run in latest)
    return Figures(
        connections=CONNECTIONS,
        seconds_per_round=SECONDS,
        rounds=ROUNDS,
        body_bytes=len(body),
        constant_per_second=round(limit, 1),
        latest_per_second=round(reached, 1),
        ratio=round(reached / limit, 3),
        required_ratio=REQUIRED_RATIO,
        constant_p99_ms=round(statistics.median(run.p99_ms for run in limits), 2),
        latest_p99_ms=round(statistics.median(run.p99_ms for run in latest), 2),
        not_modified_per_second=round(
            (not_modified.requests + not_modified.failed) / not_modified.seconds, 1
        ),
    )


def _run(port: int, path: str) -> load.Load:
    return load.run("127.0.0.1", port, path, connections=CONNECTIONS, seconds=SECONDS)


def main(json: bool) -> int:
    """Print the figures; exit 1 when the required ratio is missed."""
    with bench_servers() as bench:
        figures = measure(bench)
    if json:
        print(json_format.dumps(asdict(figures)))
    else:
        print(
            f"constant bytes  {figures.constant_per_second:>9,.0f} requests/s, p99 {figures.constant_p99_ms} ms"
        )
        print(
            f"latest/air      {figures.latest_per_second:>9,.0f} requests/s, p99 {figures.latest_p99_ms} ms"
        )
        print(f"ratio           {figures.ratio:>9.2f} (required {REQUIRED_RATIO})")
        print(
            f"{figures.body_bytes:,} bytes, {CONNECTIONS} connections, {ROUNDS} rounds of {SECONDS:g} s in turn"
        )
    return 0 if figures.ratio >= REQUIRED_RATIO else 1
