"""A table that somebody locks: what people see meanwhile, what orchestrators are told, how soon all is well again."""

import json
import time
import urllib.request
from dataclasses import dataclass

import psycopg

from cityhub.store.queries import load
from tools.siege.good import GoodSensor
from tools.siege.hub import Hub
from tools.siege.visitors import Watchman

_SQL = load(__file__)


@dataclass(frozen=True, slots=True)
class Stalled:
    """Seconds from the lock until `/readyz` said no (None: never), and from its release until a reading was shown.

    `age_s`: the age that the latest answer gave the sensor's reading at the end of the lock.
    """

    locked_s: float
    api_not_ready_s: float | None
    ingest_not_ready_s: float | None
    age_s: int
    fresh_s: float


def lock_latest(hub: Hub, sensor: str, good: GoodSensor, seconds: float) -> Stalled:
    """Locks the table `latest` for so long while `good`, who reports as `sensor`, goes on."""
    watchmen = [Watchman(hub.target.api_port), Watchman(hub.target.metrics_port)]
    for one in watchmen:
        one.start()
    with psycopg.connect(
        hub.admin_url.rpartition("/")[0] + "/" + hub.database_url.rpartition("/")[2]
    ) as conn:
        conn.execute(_SQL["lock_latest"])
        began = time.monotonic()
        time.sleep(seconds)
        age = _age(hub, sensor)
        last = good.readings[-1].time
        conn.rollback()
    released = time.perf_counter()
    deadline = released + 30
    # What was measured while the table was locked: older readings may be shown again, as late.
    while (
        not (seen := [at for moment, at in good.shown if moment >= last]) and time.perf_counter() < deadline
    ):
        time.sleep(0.02)
    shown = seen[0] if seen else deadline
    for one in watchmen:
        one.finish()
    api, ingest = (one.was(False, began) for one in watchmen)
    return Stalled(seconds, api, ingest, age, shown - released)


def _age(hub: Hub, sensor: str) -> int:
    with urllib.request.urlopen(f"{hub.api_url}/api/v1/latest/air", timeout=10) as answer:  # noqa: S310 - ours
        features = json.load(answer)["features"]
    return int(next(one["properties"]["age_s"] for one in features if one["id"] == sensor))
