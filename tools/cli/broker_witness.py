"""Whether the broker has read its password file: its newest version has a user of its own, who knocks until let in.

To knock as a sensor would put that sensor off the line. The witness may neither publish nor read.
"""

import os
import secrets
import signal
import ssl
import time
from pathlib import Path
from typing import Literal

from cityhub.addresses import Broker
from cityhub.devices import passwords
from cityhub.errors import ServiceError

Answer = Literal["read", "unread", "anybody", "silent"]
# A broker that starts anew writes down first what waits in it.
PATIENCE_S = 30.0
_PAUSE_S = 0.25


def signal_process(pid_file: Path) -> None:
    """Sends HUP to the broker whose number the file holds; raises ServiceError."""
    try:
        os.kill(int(pid_file.read_text()), signal.SIGHUP)
    except (OSError, ValueError) as exc:
        raise ServiceError(f"no broker could be told by {pid_file}: {exc}") from exc


def ask(broker: Broker, password: str, patience_s: float) -> Answer:
    """`read` as soon as the broker lets the witness in with `password`; what it was like to the end otherwise.

    `anybody`: it lets in who has a wrong password too, and so does not go by the file. `silent`: it does not answer.
    """
    end = time.monotonic() + patience_s
    answer: Answer = "silent"
    while True:
        let_in = _knock(broker, password)
        if let_in:
            return "anybody" if _knock(broker, secrets.token_hex(24)) else "read"
        answer = "silent" if let_in is None else "unread"
        if time.monotonic() >= end:
            return answer
        time.sleep(_PAUSE_S)


def _knock(broker: Broker, password: str) -> bool | None:
    """Is the witness let in? None: no answer."""
    from paho.mqtt import client as mqtt  # noqa: PLC0415 - most commands need no broker
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion  # noqa: PLC0415

    answers: list[bool] = []
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"{passwords.WITNESS}-{secrets.token_hex(4)}",
        protocol=MQTTProtocolVersion.MQTTv311,
        reconnect_on_failure=False,
    )
    client.username_pw_set(passwords.WITNESS, password)
    client.on_connect = lambda _c, _u, _f, code, _p: answers.append(not code.is_failure)
    if broker.tls:
        client.tls_set_context(ssl.create_default_context())
    try:
        client.connect(broker.host, broker.port, keepalive=10)
        end = time.monotonic() + 5
        while not answers and client.loop(0.1) == mqtt.MQTT_ERR_SUCCESS and time.monotonic() < end:
            pass
    except OSError:
        return None
    finally:
        client.disconnect()
        # Its goodbye is on its way, and its socket closed.
        client.loop(0.1)
    return answers[0] if answers else None
