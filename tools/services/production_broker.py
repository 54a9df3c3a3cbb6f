"""A Mosquitto as production runs it, TLS and passwords included: for tests and for the siege.

What the scripts of deploy/ make for a domain is made for `localhost` in a folder of its own.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services import debian
from tools.services.folders import checkout
from tools.services.ports import free_port, wait_until_answers
from tools.services.processes import HERE, Running, Surroundings, last_lines, start

# Ingest's user is called as the first level of the topics (deploy/mosquitto/hub-acl).
INGEST = "hanoi"
_HUBS_OWN = (INGEST, "ingest", "monitor")


@dataclass(frozen=True, slots=True)
class Production:
    """A folder in which `deploy/prepare localhost` has run."""

    folder: Path

    @classmethod
    def prepare(cls, folder: Path) -> "Production":
        """Copies deploy/ into `folder` and runs it there; raises ServiceError."""
        if shutil.which("openssl") is None:
            raise ServiceError("no openssl on this machine: `apt-get install openssl`")
        ignored = shutil.ignore_patterns("secrets")
        shutil.copytree(checkout() / "deploy", folder / "deploy", ignore=ignored)
        made = cls(folder)
        done = made.script("deploy/prepare", "localhost")
        if done.returncode != 0:
            raise ServiceError(f"deploy/prepare failed: {done.stderr.strip()}")
        return made

    def script(self, *argv: str) -> subprocess.CompletedProcess[str]:
        """Runs a script of deploy/."""
        env = {name: value for name, value in os.environ.items() if name != "SUDO_UID"}
        whole = [str(self.folder / argv[0]), *argv[1:]]
        return subprocess.run(whole, capture_output=True, text=True, check=False, env=env)  # noqa: S603

    def passwords(self, devices: Sequence[str]) -> Mapping[str, str]:
        """Passwords by user: those of the hub's own users, and new ones of `devices`."""
        ingest = (self.secrets / "mqtt_ingest_password").read_text().strip()
        monitor = (self.secrets / "mosquitto/mosquitto_sub").read_text().split()[-1]
        printed = self.script("deploy/broker-user", *devices).stdout if devices else ""
        given = dict(line.split() for line in printed.splitlines())
        return {INGEST: ingest, "ingest": ingest, "monitor": monitor, **given}

    @property
    def secrets(self) -> Path:
        """What the scripts made that is nobody else's business."""
        return self.folder / "deploy/secrets"

    @property
    def authority(self) -> Path:
        """The certificate that clients trust."""
        return self.secrets / "ca.crt"


@dataclass
class ProductionBroker:
    """Mosquitto under deploy/mosquitto, with paths and ports of its own: `port` for the hub, `tls_port` for sensors."""

    production: Production
    program: str
    surroundings: Surroundings
    folder: Path
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    running: Running | None = None

    @classmethod
    def make(cls, production: Production, name: str) -> "ProductionBroker":
        """Of the private root, else of this machine; raises ServiceError when there is none."""
        if os.geteuid() == 0 and debian.is_built():
            made = cls(
                production,
                "/usr/sbin/mosquitto",
                debian.surroundings("mosquitto"),
                debian.data_folder(name),
            )
        elif (program := shutil.which("mosquitto")) is not None:
            made = cls(production, program, HERE, production.folder / "broker")
            made.folder.mkdir()
        else:
            raise ServiceError("no Mosquitto, neither in a private root nor on this machine")
        made._configure()
        return made

    @property
    def authority(self) -> Path:
        """The certificate that clients trust."""
        return self.production.authority

    def start(self) -> None:
        """Starts it and waits until sensors can connect; raises ServiceError."""
        self._run([self.program, "-c", self._inside("mosquitto.conf")], self.tls_port)

    def start_as_composed(self) -> None:
        """Starts it as docker-compose.yml does and waits until the hub can connect: sensors cannot, maybe."""
        self._run(["/bin/sh", self._inside("start"), self._inside("mosquitto.conf")], self.port)

    def _inside(self, name: str) -> str:
        return self.surroundings.inside(self.folder / name)

    def _run(self, argv: Sequence[str], port: int) -> None:
        self.running = start(
            argv,
            self.folder / "broker.log",
            surroundings=self.surroundings,
            env={
                "PATH": f"{Path(self.program).parent}:/usr/bin:/bin",
                "TMPDIR": self._inside(""),
                "TOPIC_PREFIX": "hanoi",
            },
            dies_with_parent=signal.SIGTERM,
        )
        if not wait_until_answers(port, 10, self.running.alive):
            raise ServiceError(f"Mosquitto did not start: {self.log()}")

    def stop(self) -> None:
        """Stops it; fine when it does not run."""
        if self.running is not None:
            self.running.stop()

    def remove(self) -> None:
        """Stops it and removes its data."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def log(self) -> str:
        """The last lines of its log."""
        return last_lines(self.folder / "broker.log", 8)

    def resident_bytes(self) -> int:
        """Memory of its process, by the kernel; 0 when it does not run."""
        if self.running is None or not self.running.alive():
            return 0
        pages = Path(f"/proc/{self.running.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def take_passwords(self) -> None:
        """Copies what the scripts made to where this broker may read it."""
        made = self.production.secrets / "mosquitto"
        shutil.copytree(made, self.folder / "secrets", dirs_exist_ok=True)
        if self.surroundings.uid is not None and self.surroundings.gid is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.surroundings.uid, self.surroundings.gid)

    def _configure(self) -> None:
        text = (self.production.folder / "deploy/mosquitto/mosquitto.conf").read_text()
        inside = self.surroundings.inside(self.folder)
        for there, here in {
            "/mosquitto/data/": f"{inside}/data/",
            "/mosquitto/secrets/": f"{inside}/secrets/",
            "listener 1883": f"listener {self.port} 127.0.0.1",
            "listener 8883": f"listener {self.tls_port} 127.0.0.1",
        }.items():
            if there not in text:
                raise ServiceError(f"deploy/mosquitto/mosquitto.conf no longer says {there!r}")
            text = text.replace(there, here)
        if self.surroundings.uid is None and os.geteuid() == 0:
            text += "user root\n"
        (self.folder / "data").mkdir()
        (self.folder / "mosquitto.conf").write_text(text)
        shutil.copy(self.production.folder / "deploy/mosquitto/start", self.folder)
        self.take_passwords()


def is_hubs_own(user: str | None) -> bool:
    """Whether the user connects to the inner listener; sensors use TLS."""
    return user in _HUBS_OWN
