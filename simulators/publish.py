"""The one connection over which simulators publish: MQTT QoS 1, a bounded number of messages in flight.

It drives paho from the calling thread (no network thread): one thread less to wake per message, and waiting for
the next message and waiting for the network are the same thing.
"""

import select
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cityhub.config import Settings
from cityhub.errors import ServiceError
from cityhub.masking import mask

WINDOW = 1000
_CONNECT_S = 10.0
_PATIENCE_S = 300.0
_LONGEST_SLEEP_S = 0.25
# Acknowledgements are collected after this many messages, not after each.
_READ_EVERY = 32


def _never() -> bool:
    return False


class Publisher:
    """Publishes in order and counts acknowledgements. Use as a context manager; only from one thread.

    `stopped` is asked while it has to wait (window full, broker away): True ends the wait. Memory is bounded by
    `window` messages. A broker that is away longer than `patience_s` seconds raises ServiceError.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        window: int = WINDOW,
        patience_s: float = _PATIENCE_S,
        stopped: Callable[[], bool] = _never,
    ) -> None:
        self.published = 0
        self.acknowledged = 0
        self.refused = 0
        self._url = settings.require("mqtt_url")
        self._broker = settings.broker()
        self._window = window
        self._patience_s = patience_s
        self._stopped = stopped
        self._refusal: str | None = None
        version = MQTTProtocolVersion.MQTTv5
        if settings.mqtt_version == "3.1.1":
            version = MQTTProtocolVersion.MQTTv311
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=version)
        self._client.max_inflight_messages_set(window)
        if self._broker.username is not None:
            self._client.username_pw_set(self._broker.username, self._broker.password)
        if self._broker.tls:
            self._client.tls_set()
        self._client.on_connect = self._on_connect
        self._client.on_publish = self._on_publish

    def __enter__(self) -> Self:
        self._connect(_CONNECT_S)
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with suppress(OSError, ValueError):
            self._client.disconnect()

    @property
    def in_flight(self) -> int:
        """Messages handed over and not yet answered by the broker."""
        return self.published - self.acknowledged - self.refused

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Send one message, waiting while `window` messages are unanswered."""
        if self.in_flight >= self._window:
            self._turn(0)
        while self.in_flight >= self._window and not self._stopped():
            self._turn(_LONGEST_SLEEP_S)
        self._client.publish(topic, payload, qos=1, retain=retain)
        self.published += 1
        if self.published % _READ_EVERY == 0:
            self._turn(0)

    def wait(self, seconds: float) -> None:
        """Keep the connection alive for so long; ends early when stopped."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            self._turn(min(max(left, 0.0), _LONGEST_SLEEP_S))
            if time.monotonic() >= end or self._stopped():
                return

    def drain(self, timeout_s: float = 30.0) -> bool:
        """Wait until the broker has answered every message; False when some are still open after `timeout_s`."""
        end = time.monotonic() + timeout_s
        while self.in_flight > 0 and time.monotonic() < end:
            self._turn(_LONGEST_SLEEP_S)
            if self._stopped() and self._client.socket() is None:
                break
        return self.in_flight == 0

    def finish(self) -> None:
        """Wait for the broker's last answers; raises ServiceError when it did not take every message.

        A run that was stopped waits shorter and does not raise.
        """
        self.drain(5.0 if self._stopped() else 30.0)
        if self.acknowledged < self.published and not self._stopped():
            raise ServiceError(
                f"the MQTT broker at {mask(self._url)} did not take every message: published {self.published},"
                f" acknowledged {self.acknowledged}, refused {self.refused}; see the broker's log and access rules"
            )

    def _turn(self, timeout: float) -> None:
        """One round of reading, writing and keep-alive; reconnects a lost connection."""
        sock: Any = self._client.socket()
        if sock is None:
            self._reconnect()
            return
        pending = getattr(sock, "pending", None)
        if pending is not None and pending() > 0:
            timeout = 0
        try:
            readable, writable, _ = select.select(
                [sock], [sock] if self._client.want_write() else [], [], timeout
            )
        except (OSError, ValueError):
            self._reconnect()
            return
        code = MQTTErrorCode.MQTT_ERR_SUCCESS
        if readable or (pending is not None and pending() > 0):
            code = self._client.loop_read()
        if writable and code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = self._client.loop_write()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            code = self._client.loop_misc()
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._reconnect()

    def _connect(self, timeout_s: float) -> None:
        where = mask(self._url)
        self._refusal = None
        try:
            self._client.connect(self._broker.host, self._broker.port, keepalive=60)
        except (OSError, ValueError) as exc:
            raise ServiceError(f"no MQTT broker answers at {where} ({exc}); is it started?") from exc
        end = time.monotonic() + timeout_s
        while not self._client.is_connected():
            sock = self._client.socket()
            if self._refusal is not None:
                raise ServiceError(f"the MQTT broker at {where} refuses the connection: {self._refusal}")
            if sock is None or time.monotonic() > end:
                raise ServiceError(f"what answers at {where} is no MQTT broker, or it is too busy to answer")
            readable, _, _ = select.select([sock], [], [], _LONGEST_SLEEP_S)
            if readable:
                self._client.loop_read()
            if self._client.want_write():
                self._client.loop_write()

    def _reconnect(self) -> None:
        """Try again with growing pauses. paho sends what was not acknowledged once more."""
        end = time.monotonic() + self._patience_s
        pause = 0.1
        while True:
            try:
                self._connect(_CONNECT_S)
                return
            except ServiceError:
                if self._stopped():
                    return
                if time.monotonic() > end:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, 2.0)

    def _on_connect(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._refusal = str(reason)
            return
        # A broker may ask for fewer messages in flight (MQTT 5); paho leaves keeping to it to its user.
        self._window = min(self._window, getattr(properties, "ReceiveMaximum", self._window))

    def _on_publish(
        self,
        _client: mqtt.Client,
        _userdata: object,
        _mid: int,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self.refused += 1
        else:
            self.acknowledged += 1
