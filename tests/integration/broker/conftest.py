"""A Mosquitto under its production configuration, passwords made by the production scripts, and clients of it."""

import os
import queue
import re
import shutil
import signal
import ssl
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tools.services import debian
from tools.services.ports import free_port, wait_until_answers
from tools.services.processes import HERE, Running, Surroundings, last_lines, start

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
DEVICE, OTHER = "air-test-1", "air-test-2"
HUBS_OWN = ("ingest", "monitor")
WAIT_S = 5


def _script(folder: Path, *argv: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs a script of deploy/ in a copy of the checkout's deploy folder."""
    env = {key: value for key, value in os.environ.items() if key != "SUDO_UID"} | environment
    argv = (str(folder / argv[0]), *argv[1:])
    return subprocess.run(argv, capture_output=True, text=True, check=False, env=env)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which `deploy/prepare localhost` has run."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    folder = tmp_path_factory.mktemp("production")
    shutil.copytree(DEPLOY, folder / "deploy", ignore=shutil.ignore_patterns("secrets"))
    done = _script(folder, "deploy/prepare", "localhost")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def passwords(prepared: Path) -> dict[str, str]:
    """Password by user: the hub's own from .env, two devices from deploy/broker-user."""
    env = dict(re.findall(r"^(\w+)=(.*)$", (prepared / ".env").read_text(), re.MULTILINE))
    done = _script(prepared, "deploy/broker-user", DEVICE, OTHER)
    assert done.returncode == 0, done.stderr
    devices = dict(line.split() for line in done.stdout.splitlines())
    monitor = (prepared / "deploy/secrets/mosquitto/mosquitto_sub").read_text()
    return {"ingest": env["MQTT_INGEST_PASSWORD"], "monitor": monitor.split()[-1], **devices}


@dataclass
class Broker:
    """Mosquitto under deploy/mosquitto, with paths and ports of this test."""

    program: str
    surroundings: Surroundings
    folder: Path
    authority: Path
    port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    running: Running | None = None

    def start(self) -> None:
        configuration = self.surroundings.inside(self.folder / "mosquitto.conf")
        self.running = start(
            [self.program, "-c", configuration],
            self.folder / "broker.log",
            surroundings=self.surroundings,
            env={"PATH": "/usr/bin:/bin"},
            dies_with_parent=signal.SIGTERM,
        )
        assert wait_until_answers(self.tls_port, 10, self.running.alive), self.log()

    def resident_bytes(self) -> int:
        """Memory of the broker's process, by the kernel."""
        assert self.running is not None
        pages = Path(f"/proc/{self.running.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        if self.running is not None:
            self.running.stop()

    def log(self) -> str:
        return last_lines(self.folder / "broker.log", 8)

    def take_passwords(self, prepared: Path) -> None:
        """Copies the secrets that the scripts made to where this broker may read them."""
        shutil.copytree(prepared / "deploy/secrets/mosquitto", self.folder / "secrets", dirs_exist_ok=True)
        self._own()

    def _own(self) -> None:
        if self.surroundings.uid is not None and self.surroundings.gid is not None:
            for path in (self.folder, *self.folder.rglob("*")):
                os.chown(path, self.surroundings.uid, self.surroundings.gid)

    def configure(self, prepared: Path) -> None:
        text = (DEPLOY / "mosquitto/mosquitto.conf").read_text()
        inside = self.surroundings.inside(self.folder)
        for there, here in {
            "/mosquitto/data/": f"{inside}/data/",
            "/mosquitto/secrets/": f"{inside}/secrets/",
            "listener 1883": f"listener {self.port} 127.0.0.1",
            "listener 8883": f"listener {self.tls_port} 127.0.0.1",
        }.items():
            assert there in text
            text = text.replace(there, here)
        if self.surroundings.uid is None and os.geteuid() == 0:
            text += "user root\n"
        (self.folder / "data").mkdir()
        (self.folder / "mosquitto.conf").write_text(text)
        self.take_passwords(prepared)


@pytest.fixture(scope="module")
def broker(
    prepared: Path, passwords: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    assert passwords, "the password file is complete before the broker reads it"
    if os.geteuid() == 0 and debian.is_built():
        folder = debian.data_folder(f"test-deploy-{os.getpid()}")
        made = Broker("/usr/sbin/mosquitto", debian.surroundings("mosquitto"), folder, _authority(prepared))
    elif (program := shutil.which("mosquitto")) is not None:
        made = Broker(program, HERE, tmp_path_factory.mktemp("broker"), _authority(prepared))
    else:
        pytest.skip(
            "no Mosquitto: neither the private root nor on this machine; `./hub test` builds it as root"
        )
    try:
        made.configure(prepared)
        made.start()
        yield made
    finally:
        made.stop()
        shutil.rmtree(made.folder, ignore_errors=True)


def _authority(prepared: Path) -> Path:
    return prepared / "deploy/secrets/ca.crt"


class Client:
    """One MQTT 5 client, every answer of the broker waited for."""

    def __init__(
        self,
        user: str | None,
        password: str | None,
        *,
        client_id: str | None = None,
        acknowledges: bool = True,
    ):
        self.user = user
        # The callbacks hold these two and not the client: without a cycle its sockets are closed at once.
        messages = self.messages = queue.Queue[tuple[str, bytes]]()
        answers = self._answers = queue.Queue[int]()
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"test-{uuid.uuid4().hex[:8]}" if client_id is None else client_id,
            protocol=paho.MQTTv5,
            manual_ack=not acknowledges,
            reconnect_on_failure=False,
        )
        if user is not None:
            self.paho.username_pw_set(user, password)
        self.paho.on_connect = lambda _c, _u, _f, code, _p: answers.put(code.value)
        self.paho.on_publish = lambda _c, _u, _m, code, _p: answers.put(code.value)
        self.paho.on_subscribe = lambda _c, _u, _m, codes, _p: answers.put(codes[0].value)
        self.paho.on_message = lambda _c, _u, message: messages.put((message.topic, message.payload))

    def connect(self, broker: Broker, *, tls: bool | None = None, keeps_session: bool = False) -> int:
        """The reason code of the broker's answer; 0 is success. Sensors use TLS unless told otherwise."""
        if tls is None:
            tls = self.user not in HUBS_OWN
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 600 if keeps_session else 0
        if tls:
            self.paho.tls_set_context(ssl.create_default_context(cafile=str(broker.authority)))
        self.paho.connect(
            "localhost" if tls else "127.0.0.1",
            broker.tls_port if tls else broker.port,
            clean_start=not keeps_session,
            properties=properties,
        )
        self.paho.loop_start()
        return self.answer()

    def answer(self) -> int:
        return self._answers.get(timeout=WAIT_S)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> int:
        """The reason code of the acknowledgement."""
        self.paho.publish(topic, payload, qos=1, retain=retain)
        return self.answer()

    def subscribe(self, topic: str) -> int:
        self.paho.subscribe(topic, qos=1)
        return self.answer()

    def next(self) -> tuple[str, bytes]:
        return self.messages.get(timeout=WAIT_S)

    def close(self) -> None:
        self.paho.disconnect()
        self.paho.loop_stop()


@pytest.fixture
def client(passwords: dict[str, str]) -> Iterator[Any]:
    """Makes clients by user name and closes them."""
    made: list[Client] = []

    def make(user: str | None, password: str | None = None, **options: Any) -> Client:
        made.append(Client(user, password or passwords.get(user or ""), **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def run_script(prepared: Path) -> Any:
    """Runs a script of deploy/ where `deploy/prepare` ran."""
    return lambda *argv, **environment: _script(prepared, *argv, **environment)
