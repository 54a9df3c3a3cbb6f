"""`./hub bench live`: how long a message takes from publishing to its commit, and to a client of live events.

Generated messages of the catalogue's air stations at a steady rate. A message counts as committed at the first
look (every 10 ms) at which the hourly sums hold it and all before it, and as shown when an event carries its station
with its time or a later one.
"""

import json as json_format
import threading
import time
import urllib.request
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from cityhub import addresses
from cityhub.observing import topics
from tools.bench import backlog, proof
from tools.bench.backlog import PREFIX
from tools.bench.servers import Bench, bench_servers, part, program, wait_for_log
from tools.services.ports import free_port

RATE = 2000
SECONDS = 20.0
REQUIRED_COMMIT_MS = 500
REQUIRED_SHOWN_MS = 1000


@dataclass(frozen=True, slots=True)
class Figures:
    """Milliseconds from publishing; `messages` were published at `rate` a second."""

    rate: float
    messages: int
    commit_p50_ms: float
    commit_p99_ms: float
    required_commit_p99_ms: float
    shown_p50_ms: float
    shown_p99_ms: float
    required_shown_p99_ms: float


class _Watched:
    """What was published, and when it was seen; one thread writes each list."""

    def __init__(self, stations: list[str]) -> None:
        self.stations = stations
        self.published: list[tuple[str, datetime, float]] = []
        self.commits: list[tuple[float, int]] = []
        self.shown: list[tuple[float, str, datetime]] = []
        self.over = threading.Event()


def measure(bench: Bench, rate: int = RATE, seconds: float = SECONDS) -> Figures:
    """Publish, watch the database and the live events, and compare the clocks (all of this machine)."""
    watched = _Watched([sensor.id for sensor in bench.catalogue.sensors if sensor.kind == "air"])
    port = free_port()
    environment = {
        **bench.endpoints.environment(),
        "CITYHUB_TOPIC_PREFIX": PREFIX,
        "CITYHUB_INGEST_METRICS_PORT": str(free_port()),
        "CITYHUB_API_PORT": str(port),
        "CITYHUB_LOG_FORMAT": "json",
    }
    log = bench.folder / "ingest.log"
    base = f"http://127.0.0.1:{port}"
    with (
        part(["ingest"], environment, log) as ingest,
        program(["api"], environment, bench.folder / "api.log", f"{base}/readyz"),
    ):
        wait_for_log(log, '"subscribed"', ingest)
        threads = [
            threading.Thread(target=_watch_commits, args=[watched, bench.endpoints.database_url]),
            threading.Thread(
                target=_watch_events, args=[watched, f"{base}/api/v1/live?kinds=air"], daemon=True
            ),
        ]
        for thread in threads:
            thread.start()
        time.sleep(1)
        _publish(watched, bench, rate, seconds)
        time.sleep(4)
        watched.over.set()
        threads[0].join(5)
    return _figures(watched, rate)


def _publish(watched: _Watched, bench: Bench, rate: int, seconds: float) -> None:
    sender = backlog.client("bench-live")
    broker = addresses.broker(bench.endpoints.mqtt_url)
    sender.connect(broker.host, broker.port)
    sender.loop_start()
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        due = began + number / rate
        while (wait := due - time.perf_counter()) > 0:
            time.sleep(wait)
        station = watched.stations[number % len(watched.stations)]
        moment = datetime.now(UTC)
        message = {"time": moment.isoformat(), "values": {"pm2_5": number % 400 / 10}}
        watched.published.append((station, moment, time.perf_counter()))
        sender.publish(topics.telemetry(PREFIX, "air", station), json_format.dumps(message), qos=1)
    sender.disconnect()
    sender.loop_stop()


def _watch_commits(watched: _Watched, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        while not watched.over.wait(0.01):
            watched.commits.append((time.perf_counter(), proof.summed_up(conn)))


def _watch_events(watched: _Watched, url: str) -> None:
    with urllib.request.urlopen(url, timeout=60) as stream:  # noqa: S310 - always http, ours
        for line in stream:
            if line.startswith(b"data:"):
                now = time.perf_counter()
                for feature in json_format.loads(line[5:])["features"]:
                    at = feature["properties"]["time"]
                    if at is not None:
                        watched.shown.append((now, feature["id"], datetime.fromisoformat(at)))
            if watched.over.is_set():
                return


def _figures(watched: _Watched, rate: float) -> Figures:
    commits = _commit_ms(watched)
    shown = _shown_ms(watched)
    return Figures(
        rate=rate,
        messages=len(watched.published),
        commit_p50_ms=_quantile(commits, 0.5),
        commit_p99_ms=_quantile(commits, 0.99),
        required_commit_p99_ms=REQUIRED_COMMIT_MS,
        shown_p50_ms=_quantile(shown, 0.5),
        shown_p99_ms=_quantile(shown, 0.99),
        required_shown_p99_ms=REQUIRED_SHOWN_MS,
    )


def _commit_ms(watched: _Watched) -> list[float]:
    found, look = [], iter(watched.commits)
    seen_at, stored = next(look)
    for index, (_, _, sent) in enumerate(watched.published):
        while stored <= index:
            seen_at, stored = next(look, (float("inf"), len(watched.published)))
        found.append(1000 * (seen_at - sent))
    return found


def _shown_ms(watched: _Watched) -> list[float]:
    by_station: dict[str, list[tuple[float, datetime]]] = {}
    for seen_at, station, moment in watched.shown:
        by_station.setdefault(station, []).append((seen_at, moment + timedelta(milliseconds=1)))
    found, position = [], dict.fromkeys(watched.stations, 0)
    for station, moment, sent in watched.published:
        events = by_station.get(station, [])
        while position[station] < len(events) and events[position[station]][1] < moment:
            position[station] += 1
        at = position[station]
        found.append(1000 * (events[at][0] - sent) if at < len(events) else float("inf"))
    return found


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 1)


def main(json: bool) -> int:
    """Print the figures; exit 1 when one is missed."""
    with bench_servers() as bench:
        figures = measure(bench)
    shown: dict[str, Any] = asdict(figures)
    if json:
        print(json_format.dumps(shown))
    else:
        for name, value in shown.items():
            print(f"{name:<28}{value:>12,}")
    good = figures.commit_p99_ms <= REQUIRED_COMMIT_MS and figures.shown_p99_ms <= REQUIRED_SHOWN_MS
    return 0 if good else 1
