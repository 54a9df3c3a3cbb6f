"""One run: servers of its own, the disorder, and the verdict on what is stored afterwards."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from cityhub.addresses import broker
from cityhub.catalogue import read
from cityhub.stopping import interrupted_by_signals, undisturbed
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect
from cityhub.store.migrations import migrate
from tools import proof
from tools.chaos.disorder import RHYTHM, Disorder, Target, schedule
from tools.chaos.ingestor import Ingestor
from tools.chaos.numbering import PREFIX, Numbering
from tools.chaos.proxy import Proxy
from tools.chaos.publishers import Publishers
from tools.chaos.verdict import compare
from tools.chaos.watch import Watch
from tools.demo import Steps
from tools.services import Endpoints, Instance
from tools.services.folders import hub_folder
from tools.services.instance import Kind

# Ingest tries a broker again after 10 s at most and a database after 5 s.
_STUCK_SECONDS = 25.0
_QUIET_SECONDS = 2.0
EMBEDDED_GAP = (
    "the embedded broker keeps sessions and queues in memory, so broker restarts are left out; and it forgets"
    " what is under way to a client whose connection breaks or that takes 5 s to acknowledge, so expect losses"
    " that are its own: the proof needs Mosquitto"
)


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds` of publishing at `rate` messages a second; `seed` of the disorder; `workers` of ingest."""

    kind: Kind
    seconds: float = 60
    rate: float = 200
    seed: int = 1
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened. `lost`, `duplicated`, `altered` count messages; see tools.chaos.verdict.

    Of the `ingest_kills` with several workers, `supervisor_kills` hit what runs them, the others one of them.
    """

    published: int
    acked: int
    stored: int
    lost: int
    duplicated: int
    ingest_kills: int
    db_restarts: int
    broker_restarts: int
    link_cuts: int
    max_lag_s: float
    altered: int
    hourly_ok: bool
    latest_ok: bool
    workers: int
    supervisor_kills: int

    @property
    def good(self) -> bool:
        """Whether nothing was lost, doubled or altered and what is derived agrees with the rows."""
        return self.lost == self.duplicated == self.altered == 0 and self.hourly_ok and self.latest_ok


def targets(kind: Kind) -> list[Target]:
    """What may fall over with services of a kind."""
    return [target for target in RHYTHM if kind == "private" or target != "broker"]


def run(options: Options, steps: Steps) -> Figures:
    """Runs on throwaway servers of its own and removes them; raises ServiceError when a part ends by itself."""
    _sweep()
    # Not `throwaway`: its PostgreSQL may forget commits of the last moment, which is what is to be ruled out here.
    instance = Instance(f"chaos-{os.getpid()}", options.kind)
    with interrupted_by_signals(), ExitStack() as stack:
        stack.callback(lambda: _tidy(instance.remove))
        with steps.step("services, schema and catalogue"):
            endpoints = instance.start()
            migrate(endpoints.database_url)
            catalogue = read()
            with connect(endpoints.database_url, "cityhub-chaos") as conn:
                store_catalogue.save(conn, catalogue)
        ids = sorted(sensor.id for sensor in catalogue.sensors if sensor.kind == "air")
        total = int(options.seconds * options.rate)
        numbering = Numbering.ending_before(datetime.now(UTC), total, ids)
        return _run(options, steps, stack, instance, endpoints, numbering, total)


def _run(
    options: Options,
    steps: Steps,
    stack: ExitStack,
    instance: Instance,
    endpoints: Endpoints,
    numbering: Numbering,
    total: int,
) -> Figures:
    broker_port = broker(endpoints.mqtt_url).port
    proxy = Proxy(broker_port)
    link_port = proxy.start()
    stack.callback(lambda: _tidy(proxy.close))
    ingestor = Ingestor(
        endpoints.environment()
        | {
            "CITYHUB_MQTT_URL": f"mqtt://127.0.0.1:{link_port}",
            "CITYHUB_TOPIC_PREFIX": PREFIX,
            "CITYHUB_INGEST_METRICS_PORT": "0",
        },
        instance.log("ingest"),
        options.workers,
        options.seed,
    )
    stack.callback(lambda: _tidy(ingestor.end))
    publishers = Publishers(broker_port, endpoints.mqtt_version, numbering, total, options.rate)
    stack.callback(lambda: _tidy(publishers.stop))
    watch = Watch(endpoints.database_url, lambda: publishers.acked)
    stack.callback(lambda: _tidy(watch.stop))
    with steps.step("ingest subscribed"):
        ingestor.start()
        # Before its first subscription the broker has nobody to keep messages for.
        ingestor.wait_until_subscribed()
    disorder = Disorder(instance, proxy, ingestor)
    publishers.start()
    watch.start()
    with steps.step("disorder") as step:
        last = ""

        def say(what: str) -> None:
            nonlocal last
            last = what or last
            step.say(f"{publishers.published}/{total} published, {watch.stored} stored; {last}")

        disorder.run(schedule(options.seconds, options.seed, targets(options.kind)), say)
        publishers.finish(options.seconds + 60)
        step.result = ", ".join(f"{target} {count}x" for target, count in sorted(disorder.falls.items()))
    acked = dict(publishers.acked)
    with steps.step("backlog drained") as step:
        watch.wait_until_drained(len(acked), _QUIET_SECONDS, _STUCK_SECONDS, 120 + total / 1000)
        watch.stop()
        step.result = f"{watch.stored} stored"
    ingestor.check()
    with connect(endpoints.database_url, "cityhub-chaos") as conn:
        delivery = compare(numbering, publishers.published, acked, proof.rows(conn))
        apart = proof.hours_apart(conn), proof.latest_apart(conn)
    return Figures(
        published=publishers.published,
        acked=len(acked),
        stored=delivery.stored,
        lost=delivery.lost,
        duplicated=delivery.duplicated,
        ingest_kills=disorder.falls["ingest"],
        db_restarts=disorder.falls["postgres"],
        broker_restarts=disorder.falls["broker"],
        link_cuts=disorder.falls["link"],
        max_lag_s=round(watch.max_lag_s, 2),
        altered=delivery.altered,
        hourly_ok=apart[0] == 0,
        latest_ok=apart[1] == 0,
        workers=options.workers,
        supervisor_kills=ingestor.kills["supervisor"],
    )


def _tidy(work: Callable[[], object]) -> None:
    with undisturbed():
        work()


def _sweep() -> None:
    """Removes the data of runs that were killed; their servers died with them."""
    for left in hub_folder().glob("instances/chaos-*/*.json"):
        owner = left.parent.name.removeprefix("chaos-")
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            Instance(left.parent.name, cast(Kind, left.stem)).remove()
