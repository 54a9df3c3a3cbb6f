"""The connection to the broker: QoS 1, a session that outlives restarts, acknowledged only on request."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from cityhub.addresses import Broker
from cityhub.config import Settings
from cityhub.logs import get_logger
from cityhub.observing import mistaken_topics, topics
from ingest import metrics
from ingest.deliveries import DeliverySocket, Splitter
from ingest.inbox import MessageSink
from ingest.message import Message
from ingest.readiness import Readiness
from ingest.receipts import Receipts
from ingest.strays import Strays

if TYPE_CHECKING:
    from paho.mqtt.client import SocketLike

_log = get_logger()

SESSION_EXPIRY_S = 7 * 24 * 3600
# Messages that the broker may have under way to us; what is beyond waits on its disk.
RECEIVE_MAXIMUM = 20_000


class Link:
    """Receives into `inbox` on paho's thread, past paho; `acknowledge` may be called from any thread."""

    def __init__(self, settings: Settings, inbox: MessageSink, readiness: Readiness) -> None:
        self._inbox = inbox
        self._readiness = readiness
        self._max_payload = settings.max_payload_bytes
        alone, together = topics.everything(settings.topic_prefix), topics.shared(settings.topic_prefix)
        self._subscription, self._other = (together, alone) if settings.ingest_shared else (alone, together)
        self._mistaken = mistaken_topics.subscriptions(settings.topic_prefix)
        self._strays = Strays(settings.topic_prefix)
        self._subscribing: int | None = None
        self._lock = threading.Lock()
        self._connection = 0
        self._begun = False
        self._receipts = Receipts()
        self._socket: DeliverySocket | None = None
        self._broker = settings.broker()
        self._client = _client(settings, self._broker, self._attach)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_socket_close = self._on_socket_close
        self._version_5 = settings.mqtt_version == "5"

    def start(self) -> None:
        """Connect in the background, and again whenever the connection is lost; once begun, this does nothing."""
        if self._begun:
            return
        self._begun = True
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

        One that is not stored yet holds up those received after it (ingest.receipts). The number of the connection
        changes at its closing, under the same lock: an old packet id can never reach a new connection.
        """
        with self._lock:
            ids = [m.packet_id for m in messages if m.packet_id and m.connection == self._connection]
            ready = self._receipts.stored(ids)
            if ready and self._socket is not None:
                # A connection that just broke is for paho's thread to find out.
                with suppress(OSError):
                    self._socket.acknowledge(ready)

    def _attach(self, socket: "SocketLike") -> DeliverySocket:
        splitter = Splitter(
            version_5=self._version_5, connection=self._connection, max_payload=self._max_payload
        )
        self._socket = DeliverySocket(socket, splitter, self._receive)
        return self._socket

    def _receive(self, messages: Sequence[Message]) -> None:
        self._receipts.received(m.packet_id for m in messages if m.packet_id)
        # Strays come at QoS 0, by their subscription.
        self._inbox.put(*(m for m in messages if m.packet_id or self._strays.lets_in(m.topic)))

    def _on_connect(self, client: mqtt.Client, _userdata: object, flags: Any, reason: Any, _: object) -> None:
        if reason.is_failure:
            _log.error("the broker refused the connection", reason=str(reason))
            return
        if self._version_5:
            # Retained messages only once, not again at every reconnect: one without a time would be stored anew.
            once = SubscribeOptions.RETAIN_SEND_IF_NEW_SUB
            options = SubscribeOptions(qos=1, retainHandling=once)
            _, self._subscribing = client.subscribe(self._subscription, options=options)
            # This session may have been subscribed the other way; both at once would deliver all twice.
            client.unsubscribe(self._other)
            options = SubscribeOptions(qos=0, retainHandling=once)
            client.subscribe([(mistaken, options) for mistaken in self._mistaken])
        else:
            _, self._subscribing = client.subscribe(self._subscription, qos=1)
            client.subscribe([(mistaken, 0) for mistaken in self._mistaken])
        metrics.CONNECTIONS.inc()
        _log.info("connected to the broker", session_present=flags.session_present)

    def _on_subscribe(self, _client: mqtt.Client, _u: object, mid: int, reasons: Any, _: object) -> None:
        if mid != self._subscribing:
            if any(reason.is_failure for reason in reasons):
                _log.warning("the broker refused subscriptions to mistaken topics", reasons=str(reasons))
            return
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
            self._socket = None
            self._receipts.forget()


class _Client(mqtt.Client):
    """paho's client on a socket that `attach` makes of the one it opened, as paho itself does for WebSockets."""

    def __init__(self, attach: Callable[["SocketLike"], DeliverySocket], **options: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, **options)
        self._attach = attach

    def _create_socket(self) -> "SocketLike":
        return self._attach(super()._create_socket())

    def want_write(self) -> bool:
        socket = self.socket()
        return super().want_write() or (isinstance(socket, DeliverySocket) and socket.unsent())

    def loop_write(self) -> MQTTErrorCode:
        socket = self.socket()
        if isinstance(socket, DeliverySocket):
            # What is wrong with a connection shows when it is read.
            with suppress(OSError):
                socket.flush()
        return super().loop_write()


def _client(
    settings: Settings, broker: Broker, attach: Callable[["SocketLike"], DeliverySocket]
) -> mqtt.Client:
    version_5 = settings.mqtt_version == "5"
    client = _Client(
        attach,
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
