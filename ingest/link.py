"""The connection to the broker: QoS 1, a session that outlives restarts, acknowledged only on request."""

import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import structlog
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from cityhub.addresses import Broker
from cityhub.config import Settings
from cityhub.observing import topics
from ingest import metrics
from ingest.inbox import Message, MessageSink
from ingest.readiness import Readiness
from ingest.receipts import Receipts

_log = structlog.get_logger()

SESSION_EXPIRY_S = 7 * 24 * 3600
# Messages that the broker may have under way to us; what is beyond waits on its disk.
RECEIVE_MAXIMUM = 20_000
# Of a payload that is too large anyway only the beginning is kept.
_KEEP_BYTES = 4096


class Link:
    """Receives into `inbox` on paho's thread; `acknowledge` may be called from any thread."""

    def __init__(self, settings: Settings, inbox: MessageSink, readiness: Readiness) -> None:
        self._inbox = inbox
        self._readiness = readiness
        self._max_payload = settings.max_payload_bytes
        alone, together = topics.everything(settings.topic_prefix), topics.shared(settings.topic_prefix)
        self._subscription, self._other = (together, alone) if settings.ingest_shared else (alone, together)
        self._lock = threading.Lock()
        self._connection = 0
        self._receipts = Receipts()
        self._broker = settings.broker()
        self._client = _client(settings, self._broker)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_socket_close = self._on_socket_close
        self._client.on_message = self._on_message
        self._version_5 = settings.mqtt_version == "5"

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost."""
        arguments: dict[str, Any] = {"keepalive": 30}
        if self._version_5:
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = SESSION_EXPIRY_S
            properties.ReceiveMaximum = RECEIVE_MAXIMUM
            arguments |= {"clean_start": False, "properties": properties}
        self._client.connect_async(self._broker.host, self._broker.port, **arguments)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect and end the network thread; the session stays at the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Acknowledge stored messages of the present connection; those of an earlier one will come again.

        One that is not stored yet holds up those received after it (ingest.receipts). paho drops its outgoing packets
        after it closed a socket, and the number of the connection changes at that closing, under the same lock: an
        old packet id can never reach a new connection.
        """
        with self._lock:
            ids = [m.packet_id for m in messages if m.packet_id and m.connection == self._connection]
            for packet_id in self._receipts.stored(ids):
                self._client.ack(packet_id, 1)

    def _on_message(self, _client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        # An exception in here would be retried forever, so nothing happens but putting it into the inbox.
        try:
            # MQTT forbids NUL in topics and PostgreSQL in texts, but not every broker looks.
            topic = message.topic.replace("\0", "\\0")
        except UnicodeDecodeError:
            topic = "(not UTF-8)"
        payload = bytes(message.payload)
        size = len(payload)
        if message.qos:
            self._receipts.received(message.mid)
        self._inbox.put(
            Message(
                topic,
                payload if size <= self._max_payload else payload[:_KEEP_BYTES],
                size,
                message.mid if message.qos else 0,
                self._connection,
                datetime.now(UTC),
                kept=message.retain,
                redelivered=message.dup,
            )
        )

    def _on_connect(self, client: mqtt.Client, _userdata: object, flags: Any, reason: Any, _: object) -> None:
        if reason.is_failure:
            _log.error("the broker refused the connection", reason=str(reason))
            return
        if self._version_5:
            # Retained messages only once, not again at every reconnect: one without a time would be stored anew.
            options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
            client.subscribe(self._subscription, options=options)
            # This session may have been subscribed the other way; both at once would deliver all twice.
            client.unsubscribe(self._other)
        else:
            client.subscribe(self._subscription, qos=1)
        metrics.CONNECTIONS.inc()
        _log.info("connected to the broker", session_present=flags.session_present)

    def _on_subscribe(self, _client: mqtt.Client, _u: object, _mid: int, reasons: Any, _: object) -> None:
        if any(reason.is_failure for reason in reasons):
            _log.error("the broker refused the subscription", topic=self._subscription, reasons=str(reasons))
            return
        self._readiness.subscribed(True)
        _log.info("subscribed", topic=self._subscription)

    def _on_connect_fail(self, _client: mqtt.Client, _userdata: object) -> None:
        _log.warning(
            "the broker does not answer, trying again", host=self._broker.host, port=self._broker.port
        )

    def _on_disconnect(
        self, _client: mqtt.Client, _u: object, _flags: object, reason: Any, _: object
    ) -> None:
        self._readiness.subscribed(False)
        _log.info("disconnected from the broker", reason=str(reason))

    def _on_socket_close(self, _client: mqtt.Client, _userdata: object, _socket: object) -> None:
        with self._lock:
            self._connection += 1
            self._receipts.forget()


def _client(settings: Settings, broker: Broker) -> mqtt.Client:
    version_5 = settings.mqtt_version == "5"
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.ingest_client_id,
        protocol=MQTTProtocolVersion.MQTTv5 if version_5 else MQTTProtocolVersion.MQTTv311,
        clean_session=None if version_5 else False,
        manual_ack=True,
    )
    client.reconnect_delay_set(1, 2)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        client.tls_set()
    return client
