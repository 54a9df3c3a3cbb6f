"""Publishers of numbered QoS 1 messages that remember what the broker acknowledged."""

import threading
import time
from collections import deque
from typing import Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from cityhub.errors import ServiceError
from tools.chaos.numbering import Numbering

CLIENTS = 4
# When the broker is away for long, publishing pauses rather than filling the memory.
MOST_WAITING = 20_000
_INFLIGHT = 500


class Publishers:
    """Sends messages 0, 1, 2... at `rate` a second on a thread of its own.

    What the broker has not acknowledged when a connection breaks, paho sends again after reconnecting: the same
    payload, marked as a duplicate.
    """

    def __init__(self, port: int, version: str, numbering: Numbering, total: int, rate: float) -> None:
        self._numbering, self._total, self._rate = numbering, total, rate
        self._clients = [_Client(port, version) for _ in range(CLIENTS)]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="chaos-publishers")
        self.published = 0
        self.acked: dict[int, float] = {}  # number -> monotonic second, in the order of acknowledgement

    def start(self) -> None:
        """Connects and begins to publish."""
        for client in self._clients:
            client.wait_until_connected()
        self._thread.start()

    def finish(self, patience_s: float) -> None:
        """Waits until all is published and acknowledged, at most `patience_s`, then disconnects.

        What is not acknowledged by then stays so: nobody was promised anything about it.
        """
        self._thread.join(patience_s)
        self.stop()

    def stop(self) -> None:
        """Stops publishing and disconnects."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(10)
        for client in self._clients:
            client.close()

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stopping.is_set() and len(self.acked) < self._total:
            due = min(self._total, int((time.monotonic() - began) * self._rate) + 1)
            while self.published < due and self.published - len(self.acked) < MOST_WAITING:
                client = self._clients[self.published % CLIENTS]
                client.publish(self.published, *self._numbering.message(self.published))
                self.published += 1
            for client in self._clients:
                self.acked |= client.newly_acked()
            time.sleep(0.005)


class _Client:
    """One paho client with the numbers of its messages. `publish` and `newly_acked` belong to one thread."""

    def __init__(self, port: int, version: str) -> None:
        protocol = MQTTProtocolVersion.MQTTv5 if version == "5" else MQTTProtocolVersion.MQTTv311
        self._numbers: dict[int, int] = {}
        # Filled on paho's thread, which holds its own lock meanwhile: nothing but appending is safe there.
        self._acknowledgements: deque[tuple[int, float]] = deque()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        self._client.on_publish = self._on_publish
        self._client.max_inflight_messages_set(_INFLIGHT)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect_async("127.0.0.1", port, keepalive=10)
        self._client.loop_start()

    def wait_until_connected(self, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not self._client.is_connected():
            if time.monotonic() > end:
                raise ServiceError("the broker took no publisher")
            time.sleep(0.02)

    def publish(self, number: int, topic: str, payload: bytes) -> None:
        self._numbers[self._client.publish(topic, payload, qos=1).mid] = number

    def newly_acked(self) -> dict[int, float]:
        found = {}
        while self._acknowledgements:
            mid, moment = self._acknowledgements.popleft()
            found[self._numbers.pop(mid)] = moment
        return found

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_publish(self, _client: mqtt.Client, _userdata: object, mid: int, reason: Any, _: object) -> None:
        # MQTT 5 answers a refusal with the same packet: that is no promise.
        if not getattr(reason, "is_failure", False):
            self._acknowledgements.append((mid, time.monotonic()))
