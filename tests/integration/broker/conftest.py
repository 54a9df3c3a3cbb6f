"""A Mosquitto under its production configuration, passwords made by the production scripts, and clients of it."""

import os
import queue
import shutil
import ssl
import uuid
from collections.abc import Iterator, Mapping
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from tools.services import debian
from tools.services.production_broker import Production, ProductionBroker, is_hubs_own

DEVICE, OTHER = "air-test-1", "air-test-2"
# The broker waits for the disk when it saves its sessions, on a machine with others at work.
WAIT_S = 20


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Production:
    """A folder in which `deploy/prepare localhost` has run."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    return Production.prepare(tmp_path_factory.mktemp("production"))


@pytest.fixture(scope="module")
def passwords(prepared: Production) -> Mapping[str, str]:
    """Passwords of the hub's own users and of two devices."""
    return prepared.passwords([DEVICE, OTHER])


@pytest.fixture(scope="module")
def broker(prepared: Production, passwords: Mapping[str, str]) -> Iterator[ProductionBroker]:
    assert passwords, "the password file is complete before the broker reads it"
    if not debian.is_built() and shutil.which("mosquitto") is None:
        pytest.skip(
            "no Mosquitto: neither the private root nor on this machine; `./hub test` builds it as root"
        )
    made = ProductionBroker.make(prepared, f"test-deploy-{os.getpid()}")
    try:
        made.start()
        yield made
    finally:
        made.remove()


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

    def connect(
        self,
        broker: ProductionBroker,
        *,
        tls: bool | None = None,
        keeps_session: bool = False,
        expires_s: int = 0xFFFFFFFF,
        patience_s: float = WAIT_S,
    ) -> int:
        """The reason code of the broker's answer; 0 is success. Sensors use TLS unless told otherwise."""
        if tls is None:
            tls = not is_hubs_own(self.user)
        properties = Properties(PacketTypes.CONNECT)
        # Without an end, for Mosquitto 2.0 dies of others when it reads its files anew (deploy/mosquitto/start).
        properties.SessionExpiryInterval = expires_s if keeps_session else 0
        if tls:
            self.paho.tls_set_context(ssl.create_default_context(cafile=str(broker.authority)))
        self.paho.connect(
            "localhost" if tls else "127.0.0.1",
            broker.tls_port if tls else broker.port,
            clean_start=not keeps_session,
            properties=properties,
        )
        self.paho.loop_start()
        return self._answers.get(timeout=patience_s)

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
def client(passwords: Mapping[str, str]) -> Iterator[Any]:
    """Makes clients by user name and closes them."""
    made: list[Client] = []

    def make(user: str | None, password: str | None = None, **options: Any) -> Client:
        made.append(Client(user, password or passwords.get(user or ""), **options))
        return made[-1]

    yield make
    for one in made:
        one.close()
