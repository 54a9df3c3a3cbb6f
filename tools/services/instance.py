"""A named instance: one database server and one broker with their data, ports and password.

`demo` and `dev` keep their data from run to run; a test run has one of its own and removes it.
"""

import json
import os
import secrets
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, get_args

from cityhub.errors import ServiceError
from tools.services import amqtt_broker, debian, embedded, mosquitto, postgres
from tools.services.folders import hub_folder, instance_folder, logs_folder
from tools.services.ports import free_port
from tools.services.processes import Running

Kind = Literal["private", "embedded"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Part = Literal["postgres", "broker"]
WORDS = {
    "private": "private TimescaleDB and Mosquitto",
    "embedded": "embedded PostgreSQL (plain) and amqtt (MQTT 3.1.1)",
}


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where a started instance is reached. `admin_url` names the server's own database `postgres`."""

    database_url: str
    admin_url: str
    mqtt_url: str
    mqtt_version: str
    words: str

    def environment(self) -> dict[str, str]:
        """The settings that make any part of the hub use these services."""
        return {
            "CITYHUB_DATABASE_URL": self.database_url,
            "CITYHUB_MQTT_URL": self.mqtt_url,
            "CITYHUB_MQTT_VERSION": self.mqtt_version,
        }


@dataclass(slots=True)
class _Record:
    """What is written down about an instance; readable only by its owner, for it holds the password."""

    kind: str
    database_port: int
    mqtt_port: int
    password: str
    processes: dict[str, list[int]] = field(default_factory=dict)


class Instance:
    """One instance of one kind. Only one process may start or stop it at a time: hold the folder's lock."""

    def __init__(self, name: str, kind: Kind, *, background: bool = False, throwaway: bool = False) -> None:
        """`background`: outlives the process that starts it. `throwaway`: no fsync, data removed by `remove`."""
        self.name, self.kind = name, kind
        self._background, self._throwaway = background, throwaway

    def start(self) -> Endpoints:
        """Makes what is missing, starts both servers and waits until they serve; raises ServiceError."""
        record = self._read() or self._new_record()
        self.stop()
        record.database_port = free_port(record.database_port or None)
        record.mqtt_port = free_port(record.mqtt_port or None)
        record.processes = {}
        self._write(record)
        try:
            server = self._server(record)
            server.create()
            self._note(record, "postgres", server.start(not self._background))
            server.create_database(postgres.DATABASE)
            self._note(record, "broker", self._start_broker(record))
        except BaseException:
            self.stop()
            raise
        return self._endpoints(record)

    def _new_record(self) -> _Record:
        for folder in self.data_folders():
            if (folder / "postgres").exists():
                raise ServiceError(
                    f"the password of the data in {folder} was in {self.record_file()}, which is gone;"
                    " remove that data folder to begin anew"
                )
        return _Record(self.kind, 0, 0, secrets.token_urlsafe(18))

    def stop(self) -> None:
        """Stops what runs of it, the broker first; nothing running is fine."""
        for name, running in reversed(self.processes().items()):
            self.stopper(name, running)()

    def halt(self, name: Part, how: signal.Signals) -> None:
        """Stops one of its two processes with signal `how` and leaves the other alone: for proofs of recovery."""
        self.processes()[name].stop(how, patience_s=30)

    def resume(self, name: Part) -> None:
        """Starts a halted process again, on the same data and port; raises ServiceError."""
        record = self._read()
        if record is None:
            raise ServiceError(f"the services {self.name} were never started")
        dies_with_parent = not self._background
        running = (
            self._server(record).start(dies_with_parent) if name == "postgres" else self._start_broker(record)
        )
        self._note(record, name, running)

    def stopper(self, name: str, running: Running) -> Callable[[], object]:
        """What stops process `name` of it, cleanly."""
        return partial(postgres.stop, running) if name == "postgres" else running.stop

    def processes(self) -> dict[str, Running]:
        """The instance's live processes by name, in the order they were started."""
        record = self._read()
        if record is None:
            return {}
        found = {name: Running(pid, birth) for name, (pid, birth) in record.processes.items()}
        return {name: running for name, running in found.items() if running.alive()}

    def endpoints(self) -> Endpoints | None:
        """Where it is reached; None unless both servers run."""
        record = self._read()
        return self._endpoints(record) if record is not None and len(self.processes()) == 2 else None

    def log(self, part: str) -> Path:
        """The log of `postgres` or `broker`."""
        return logs_folder() / f"{self.name}-{part}.log"

    def remove(self) -> None:
        """Stops it and removes its data, logs and record."""
        self.stop()
        for folder in self.data_folders():
            shutil.rmtree(folder, ignore_errors=True)
        for log in logs_folder().glob(f"{self.name}-*.log*"):
            log.unlink(missing_ok=True)
        shutil.rmtree(instance_folder(self.name), ignore_errors=True)

    def data_folders(self) -> list[Path]:
        if self.kind == "private":
            return [debian.data_folder(self.name)] if debian.root().exists() else []
        return [embedded.place(self.name)[1].parent] if embedded.is_installed() else []

    def _server(self, record: _Record) -> postgres.Server:
        if self.kind == "private":
            binaries = debian.root() / debian.POSTGRES_BIN
            data, surroundings = debian.data_folder(self.name) / "postgres", debian.surroundings("postgres")
        else:
            binaries, data, surroundings = embedded.place(self.name)
        return postgres.Server(
            binaries=binaries,
            data=data,
            surroundings=surroundings,
            log=self.log("postgres"),
            port=record.database_port,
            password=record.password,
            timescale=self.kind == "private",
            throwaway=self._throwaway,
        )

    def _start_broker(self, record: _Record) -> Running:
        if self.kind == "embedded":
            return amqtt_broker.start_broker(record.mqtt_port, self.log("broker"), not self._background)
        broker = mosquitto.Broker(
            program=debian.root() / "usr/sbin/mosquitto",
            data=debian.data_folder(self.name) / "mosquitto",
            surroundings=debian.surroundings("mosquitto"),
            log=self.log("broker"),
            port=record.mqtt_port,
        )
        return broker.start(not self._background)

    def _endpoints(self, record: _Record) -> Endpoints:
        server = self._server(record)
        return Endpoints(
            database_url=server.url(),
            admin_url=server.url("postgres"),
            mqtt_url=f"mqtt://127.0.0.1:{record.mqtt_port}",
            mqtt_version=amqtt_broker.MQTT_VERSION if self.kind == "embedded" else "5",
            words=WORDS[self.kind],
        )

    def _note(self, record: _Record, name: str, running: Running) -> None:
        record.processes[name] = [running.pid, running.birth]
        self._write(record)

    def record_file(self) -> Path:
        """Where its ports, its password and its processes are written down."""
        return hub_folder() / "instances" / self.name / f"{self.kind}.json"

    def _read(self) -> _Record | None:
        try:
            return _Record(**json.loads(self.record_file().read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError) as exc:
            raise ServiceError(f"{self.record_file()} cannot be read ({exc}); remove it") from exc

    def _write(self, record: _Record) -> None:
        target = instance_folder(self.name) / f"{self.kind}.json"
        fresh = target.with_suffix(".new")
        with suppress(FileNotFoundError):
            fresh.unlink()
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(asdict(record), file)
        fresh.replace(target)
