"""The whole hub on one machine with a simulated city: `./hub demo`.

Everything it starts dies with it, however it ends. Its database is kept: the next demo publishes only the past that
is missing there, from ten minutes after the newest rain on (less is left out), so that no rain counts twice.
"""

import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from cityhub.config import read_settings
from cityhub.errors import ServiceError
from cityhub.kinds import KINDS
from cityhub.stopping import interrupted_by_signals, undisturbed
from tools import demo_accounts, demo_payments, demo_samples
from tools.services import Endpoints, Instance, Wanted, choose, node
from tools.services.folders import checkout, logs_folder
from tools.services.locks import only_one
from tools.services.ports import free_port, is_free
from tools.services.processes import start
from tools.services.supervise import Part, Parts

# For the start, and for each past day that is published first.
_READY_SECONDS = 60
# What somebody who has just started the demo may want to open, behind the address that it prints.
PAGES = "/ /air /air/air-tan-mai /rain /flood /water /data /parking /maps/flood /embed/air?view=list /docs"
_FRESH = timedelta(minutes=1)
# A storm of the demo is over in an hour and a half: who watches it should not wait for its marks.
_REVIEW_MINUTES = 1


class Step(Protocol):
    """How the demo tells what it is at."""

    result: str

    def say(self, text: str) -> None:
        """Shows what the step is at."""


class Steps(Protocol):
    """How the demo shows its steps."""

    def step(self, title: str) -> AbstractContextManager[Step]:
        """Shows `title` while the block runs."""

    def line(self, text: str) -> None:
        """Shows one line of its own."""


@dataclass(frozen=True, slots=True)
class Options:
    """`seconds`: how long after it is ready, None until interrupted; `port` 0: any free one; `rate`: messages a
    second; `days`: past days that the database holds at least; `storm`: one breaks now; `faults`: what devices do
    wrong; `drivers`: an hour; `misbehave`: what gateways do wrong; `name`: of its services' data, its logs and its
    lock."""

    seconds: float | None = None
    port: int = 8000
    services: Wanted = "auto"
    seed: int = 1
    rate: float = 50
    days: float = 1
    storm: bool = False
    faults: Literal["none", "some", "many"] = "none"
    name: str = "demo"
    drivers: float = 180
    misbehave: str = ""


def run(options: Options, steps: Steps, announce: Callable[[str], None]) -> None:
    """Runs until the time is over or a signal comes, then stops all; raises ServiceError when a part ends."""
    refusal = "a demo of this checkout is already running; use that one or stop it first"
    with only_one(options.name, refusal), interrupted_by_signals():
        port = _port(options.port)
        parts = Parts()
        noted: list[Path] = []
        try:
            environment = _services(options, steps, parts)
            _fill(environment, steps)
            environment |= {"CITYHUB_API_HOST": "127.0.0.1", "CITYHUB_API_PORT": str(port)}
            environment["CITYHUB_NOTICE"] = "Dữ liệu mô phỏng / Simulated data"
            with steps.step("pages' scripts and styles") as step:
                node.install(step.say)
            environment |= _metrics_ports()
            start_program = partial(_start_program, parts, options.name, environment)
            base = f"http://127.0.0.1:{port}/"
            gateways = free_port()
            environment |= (paying := demo_payments.settings(options.name, base, gateways))
            # Who tries it has no authenticator app at hand.
            environment["CITYHUB_SECOND_FACTOR"] = "optional"
            role_keys, accounts = demo_accounts.make(options.name, environment["CITYHUB_DATABASE_URL"])
            noted += [demo_payments.write(options.name, paying | role_keys), accounts]
            with steps.step("ingest, API and jobs"):
                start_program("ingest")
                start_program("api")
                start_program("jobs")
                start_program("tools", *gateways_arguments(options, base, gateways), name="gateways")
                # Before ingest's first subscription the broker has nobody to keep messages for.
                metrics = f"http://127.0.0.1:{environment['CITYHUB_INGEST_METRICS_PORT']}/metrics"
                for url, line, what in (
                    (f"http://127.0.0.1:{gateways}/healthz", "ok", "the gateways were not ready"),
                    (metrics, "cityhub_ingest_subscribed 1.0", "ingest was not subscribed"),
                    (f"{base}readyz", "", "the API was not ready"),
                ):
                    parts.wait_for(partial(_answers, url, line), what, _READY_SECONDS)
            newest = newest_rain(environment["CITYHUB_DATABASE_URL"])
            with steps.step("simulated city"):
                city = city_arguments(options, newest, datetime.now(UTC))
                start_program("tools", *city, "--api", base, name="simulators")
                patience_s = _READY_SECONDS * (1 + options.days)
                parts.wait_for(partial(_is_alive, base), "not every kind had fresh readings", patience_s)
            with steps.step("laboratory of the lake") as step:
                key, now = role_keys["CITYHUB_DEMO_OPERATOR_KEY"], datetime.now(UTC)
                step.result = f"{demo_samples.tell(base, key, options.seed, now)} samples"
            steps.line(f"people of each role, for {base}login: {os.path.relpath(accounts)}")
            steps.line(f"to look at: {PAGES}")
            with _takings(options, environment, newest):
                announce(f"ready {base}")
                parts.watch(options.seconds)
        except KeyboardInterrupt:
            pass
        finally:
            with undisturbed(), steps.step("stopped"):
                parts.stop()
                for file in noted:
                    file.unlink(missing_ok=True)


def city_arguments(options: Options, newest_rain: datetime | None, now: datetime) -> list[str]:
    """The command that starts the simulators, when the newest stored rain is of `newest_rain` (aware; None: none)."""
    days = missing_days(options.days, newest_rain, now)
    city = ["simulate", "--rate", f"{options.rate:g}", "--seed", str(options.seed), "--days", f"{days:.6f}"]
    city += ["--faults", options.faults, "--drivers", f"{options.drivers:g}"]
    return [*city, *(["--storm"] if options.storm else [])]


def gateways_arguments(options: Options, base: str, port: int) -> list[str]:
    """The command that starts the gateways of the hub at the URL `base` on `port`."""
    found = ["gateways", "--hub", base, "--port", str(port), "--seed", str(options.seed)]
    return [*found, "--misbehave", options.misbehave] if options.misbehave else found


def missing_days(days: float, newest_rain: datetime | None, now: datetime) -> float:
    """Of `days` of history before `now`, those not yet stored; 0 when fresh enough. Times are aware.

    A report of history holds the rain of the ten minutes before it, so the first may come so long after the newest.
    """
    from simulators.history import SLOT  # noqa: PLC0415

    if newest_rain is None:
        return days
    return max(0.0, min(days, (now - newest_rain - SLOT) / timedelta(days=1)))


def newest_rain(url: str) -> datetime | None:
    """The time of the newest rain in the database, whichever gauge reported it."""
    from cityhub.store import connect, latest  # noqa: PLC0415

    with connect(url, "cityhub-demo") as conn:
        rows = latest.of_kind(conn, "rain")
    readings = [reading for row in rows for reading in row.readings if reading.property == "rain"]
    return max((reading.time for reading in readings), default=None)


def _port(wanted: int) -> int:
    if wanted and not is_free(wanted):
        raise ServiceError(f"port {wanted} is taken by another program; stop it or choose another: --port N")
    return wanted or free_port()


def _metrics_ports() -> dict[str, str]:
    """Ports that are free now: chosen just before they are taken, or another demo that starts has them meanwhile.

    Where nobody set one it is any, so that two demos that start together hardly meet.
    """
    settings = read_settings()
    ports: dict[str, str] = {}
    for name in ("ingest_metrics_port", "jobs_metrics_port"):
        wanted = getattr(settings, name) if name in settings.model_fields_set else 0
        ports[f"CITYHUB_{name.upper()}"] = str(free_port(wanted or None))
    return ports


def _services(options: Options, steps: Steps, parts: Parts) -> dict[str, str]:
    """Starts or finds the services; returns the settings that lead to them."""
    settings = read_settings()
    with steps.step("services") as step:
        choice = choose(options.services, settings, step.say)
        step.result = choice.why
        environment = {"CITYHUB_REVIEW_MINUTES": str(_REVIEW_MINUTES)}
        if choice.kind is None:
            return environment | {
                f"CITYHUB_{name.upper()}": settings.require(name) for name in ("database_url", "mqtt_url")
            }
        instance = Instance(options.name, choice.kind)
        endpoints: Endpoints = instance.start()
        for name, running in instance.processes().items():
            stop = instance.stopper(name, running)
            parts.add(Part(name, running, instance.log(name), stop))
        return environment | endpoints.environment()


def _fill(environment: dict[str, str], steps: Steps) -> None:
    """Brings the schema and the catalogue into the database."""
    # The driver takes a while to import and not every command needs it.
    from cityhub.catalogue import read  # noqa: PLC0415
    from cityhub.store import catalogue, connect, tariffs  # noqa: PLC0415
    from cityhub.store.migrations import migrate  # noqa: PLC0415

    url = environment["CITYHUB_DATABASE_URL"]
    with steps.step("schema") as step:
        schema = migrate(url)
        step.result = f"version {schema.version}, {schema.edition.name} edition"
    with steps.step("catalogue of Hanoi") as step, connect(url, "cityhub-demo") as conn:
        saved = catalogue.save(conn, read())
        tariffs.save_all(conn)
        step.result = f"{saved.places} places, {saved.sensors} sensors, {saved.changed} changed"


def _takings(
    options: Options, environment: dict[str, str], newest: datetime | None
) -> AbstractContextManager[None]:
    """Of the past that was missing: who of its cars has paid."""
    from tools import demo_takings  # noqa: PLC0415

    since = newest or datetime.now(UTC) - timedelta(days=options.days)
    settings = read_settings(database_url=environment["CITYHUB_DATABASE_URL"])
    return demo_takings.Filling(settings, since, options.seed)


def _inherited(environment: dict[str, str]) -> dict[str, str]:
    """The variables of this process, without the files of settings that `environment` gives by value."""
    return {
        name: value for name, value in os.environ.items() if name.removesuffix("_FILE") not in environment
    }


def _start_program(
    parts: Parts,
    demo: str,
    environment: dict[str, str],
    program: str,
    *arguments: str,
    name: str | None = None,
) -> None:
    """Starts `python -m program` as the part called `name` (default: as the program) of the demo `demo`."""
    name = name or program
    log = logs_folder() / f"{demo}-{name}.log"
    running = start(
        [sys.executable, "-m", program, *arguments],
        log,
        env={**_inherited(environment), "PYTHONUNBUFFERED": "1", **environment},
        # Ingest may be killed at any moment without loss; a graceful end could hang without a supervisor.
        dies_with_parent=signal.SIGKILL,
        folder=checkout(),
    )
    parts.add(Part(name, running, log, lambda: running.stop(signal.SIGTERM, patience_s=8)))


def _is_alive(base: str) -> bool:
    """Whether every kind that has sensors has a reading younger than a minute."""
    oldest = datetime.now(UTC) - _FRESH
    for kind in KINDS:
        try:
            with urllib.request.urlopen(f"{base}api/v1/latest/{kind}", timeout=2) as answer:  # noqa: S310 - ours
                features = json.load(answer)["features"]
        except (urllib.error.URLError, OSError):
            return False
        times = [feature["properties"]["time"] for feature in features]
        if features and not any(time and datetime.fromisoformat(time) > oldest for time in times):
            return False
    return True


def _answers(url: str, line: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - always http, ours
            return answer.status == 200 and line in answer.read().decode()
    except (urllib.error.URLError, OSError):
        return False
