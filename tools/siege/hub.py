"""A hub of its own to be attacked: database, the broker as production runs it, ingest, API. Removed afterwards."""

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

from cityhub.accounts import passwords as passwords_rules
from cityhub.catalogue import read
from cityhub.errors import ServiceError
from cityhub.store import batches, connect, people, sensors
from cityhub.store import catalogue as store_catalogue
from cityhub.store.migrations import migrate
from tools.bench.servers import part, program, wait_for_log
from tools.services import Instance, debian
from tools.services.ports import free_port
from tools.services.processes import Running
from tools.services.production_broker import INGEST, Production, ProductionBroker
from tools.siege.devices import Devices
from tools.siege.target import PICTURES, Target
from tools.siege.visitors import PAGES

# Two years of a reading every ten minutes, for those who read years.
_HISTORY = timedelta(days=730)
_HISTORY_STEP = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Hub:
    """Where its parts are. `sensors`: air stations, which all have a password at the broker.

    `owners_password`: of the person whom attackers know by name.
    """

    target: Target
    broker: ProductionBroker
    database_url: str
    admin_url: str
    sensors: list[str]
    devices: Devices
    processes: Mapping[str, Running]
    owners_password: str

    @property
    def api_url(self) -> str:
        """The API's address."""
        return f"http://127.0.0.1:{self.target.api_port}"

    def resident_bytes(self) -> dict[str, int]:
        """Memory of the parts that could be made to grow."""
        found = {"broker": self.broker.resident_bytes()}
        for name, running in self.processes.items():
            pages = Path(f"/proc/{running.pid}/statm").read_text().split()[1] if running.alive() else "0"
            found[name] = int(pages) * os.sysconf("SC_PAGE_SIZE")
        return found


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Starts all of it; raises ServiceError when there is no private TimescaleDB and Mosquitto."""
    if not debian.is_built():
        raise ServiceError(
            "the siege needs a private TimescaleDB and Mosquitto: ./hub services start, as root"
        )
    name = f"siege-{os.getpid()}"
    instance = Instance(name, "private", throwaway=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cityhub-siege-")))
        stack.callback(instance.remove)
        endpoints = instance.start()
        migrate(endpoints.database_url)
        catalogue = read()
        air = sorted(sensor.id for sensor in catalogue.sensors if sensor.kind == "air" and sensor.listed)
        with connect(endpoints.database_url, "cityhub-siege") as conn:
            store_catalogue.save(conn, catalogue)
        _write_history(endpoints.database_url, air[-1])
        production = Production.prepare(folder)
        passwords = production.passwords([])
        broker = ProductionBroker.make(production, f"{name}-broker")
        stack.callback(broker.remove)
        broker.start()
        devices = Devices(broker, endpoints.database_url, folder)
        given = devices.give()
        target = Target(
            free_port(),
            broker.tls_port,
            free_port(),
            str(broker.authority),
            {user: given[user] for user in air},
            (secrets.token_hex(24), secrets.token_hex(24), secrets.token_hex(24)),
            "owner",
            min(sensor.id for sensor in catalogue.sensors if sensor.kind == "flood" and sensor.listed),
        )
        password = passwords_rules.new()
        with connect(endpoints.database_url, "cityhub-siege") as conn:
            people.add(conn, target.person, "operator", password, datetime.now(UTC))
            # As after their first sign-in.
            people.set_password(conn, people.by_name(conn, target.person), password, must_change=False)
        environment = {
            "CITYHUB_DATABASE_URL": endpoints.database_url,
            "CITYHUB_MQTT_URL": f"mqtt://{INGEST}:{passwords[INGEST]}@127.0.0.1:{broker.port}",
            "CITYHUB_INGEST_METRICS_PORT": str(target.metrics_port),
            "CITYHUB_API_PORT": str(target.api_port),
            "CITYHUB_API_KEYS": ",".join(
                f"siege-{number}:{key}" + (":flood:write" if number == PICTURES else "")
                for number, key in enumerate(target.keys)
            ),
            # A code is good once in half a minute: its owner signs in more often than that.
            "CITYHUB_SECOND_FACTOR": "optional",
            "CITYHUB_LOG_FORMAT": "json",
        }
        log = folder / "ingest.log"
        ingest = stack.enter_context(part(["ingest"], environment, log))
        wait_for_log(log, '"subscribed"', ingest)
        api = stack.enter_context(
            program(["api"], environment, folder / "api.log", f"http://127.0.0.1:{target.api_port}/readyz")
        )
        # What pages need is loaded for the first who asks: memory is compared from then on.
        for page in PAGES:
            with urlopen(f"http://127.0.0.1:{target.api_port}{page}", timeout=60) as answer:
                answer.read()
        yield Hub(
            target,
            broker,
            endpoints.database_url,
            endpoints.admin_url,
            air,
            devices,
            {"ingest": ingest, "api": api},
            password,
        )


def _write_history(url: str, sensor_id: str) -> None:
    now = datetime.now(UTC)
    with connect(url, "cityhub-siege") as conn:
        stream = sensors.datastream_ids(conn)[sensor_id, "pm2_5"]
        count = _HISTORY // _HISTORY_STEP
        batches.add(
            conn,
            [(stream, now - number * _HISTORY_STEP, 20.0 + number % 40, 0) for number in range(1, count)],
        )
