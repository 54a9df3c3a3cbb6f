"""A sensor that does nothing wrong, and what becomes of its readings: acknowledged, stored, shown."""

import json
import ssl
import threading
import time
import urllib.request
from contextlib import suppress
from datetime import UTC, datetime
from typing import NamedTuple

import psycopg
from paho.mqtt import client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from cityhub.store.queries import load

_SQL = load(__file__)
_EVERY_S = 0.2


class Reading(NamedTuple):
    """One reading: when it was measured (aware), its value (µg/m³), when it was published (perf_counter)."""

    time: datetime
    value: float
    published: float


class GoodSensor:
    """Publishes PM2.5 five times a second over TLS at QoS 1 and watches the live events for it.

    `readings`: what was published; `acknowledged`: numbers of those that the broker took; `shown`: phenomenon time and
    second (perf_counter) of every event about the sensor.
    """

    def __init__(self, user: str, password: str, authority: str, tls_port: int, api_url: str) -> None:
        self._user, self._api_url, self._tls_port = user, api_url, tls_port
        self._over = threading.Event()
        self._ids: dict[int, int] = {}
        self.readings: list[Reading] = []
        self.acknowledged: set[int] = set()
        self.shown: list[tuple[datetime, float]] = []
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=user, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.username_pw_set(user, password)
        self._client.tls_set_context(ssl.create_default_context(cafile=authority))
        self._client.on_publish = lambda _c, _u, mid, code, _p: (
            None if code.is_failure else self.acknowledged.add(self._ids.get(mid, -1))
        )
        self._threads = [
            threading.Thread(target=self._publish, name="good-sensor", daemon=True),
            threading.Thread(target=self._watch, name="good-watch", daemon=True),
        ]

    def start(self) -> None:
        """Connect and begin."""
        self._client.connect("localhost", self._tls_port)
        self._client.loop_start()
        for thread in self._threads:
            thread.start()

    def finish(self, patience_s: float = 15) -> None:
        """Publish no more, and wait for what is under way."""
        self._over.set()
        self._threads[0].join(10)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline and not self._is_all_shown():
            time.sleep(0.1)
        self._client.disconnect()
        self._client.loop_stop()

    def _is_all_shown(self) -> bool:
        last = self.readings[-1].time if self.readings else datetime.min.replace(tzinfo=UTC)
        return len(self.acknowledged) == len(self.readings) and any(time >= last for time, _ in self.shown)

    def latencies_ms(self, first: int, end: int) -> list[float]:
        """From publishing to the first event with that reading or a later one; what was never shown is infinite.

        Of the readings with numbers `first` to below `end`.
        """
        found, position = [], 0
        for reading in self.readings[first:end]:
            while position < len(self.shown) and self.shown[position][0] < reading.time:
                position += 1
            seen = self.shown[position][1] if position < len(self.shown) else float("inf")
            found.append(1000 * (seen - reading.published))
        return found

    def lost(self, conn: psycopg.Connection) -> int:
        """Acknowledged readings that the database does not hold exactly once with their value."""
        stored: dict[datetime, list[float]] = {}
        for moment, value in conn.execute(_SQL["readings"], {"sensor_id": self._user}):
            stored.setdefault(moment, []).append(value)
        sent = [self.readings[number] for number in self.acknowledged if number >= 0]
        return sum(stored.get(reading.time) != [reading.value] for reading in sent)

    def forged(self, conn: psycopg.Connection, value: float) -> int:
        """Stored readings of the sensor with a value that it never sent."""
        return sum(stored == value for _, stored in conn.execute(_SQL["readings"], {"sensor_id": self._user}))

    def _publish(self) -> None:
        began = time.perf_counter()
        while not self._over.is_set():
            number = len(self.readings)
            reading = Reading(datetime.now(UTC), 20 + number % 100 / 10, time.perf_counter())
            self.readings.append(reading)
            message = {"time": reading.time.isoformat(), "values": {"pm2_5": reading.value}}
            info = self._client.publish(f"hanoi/air/{self._user}/telemetry", json.dumps(message), qos=1)
            self._ids[info.mid] = number
            self._over.wait(max(0.0, began + (number + 1) * _EVERY_S - time.perf_counter()))

    def _watch(self) -> None:
        while not self._over.is_set():
            with suppress(OSError):
                self._follow()
            # Cut off, as a browser would it comes back.
            self._over.wait(0.5)

    def _follow(self) -> None:
        url = f"{self._api_url}/api/v1/live?kinds=air"
        with urllib.request.urlopen(url, timeout=60) as stream:  # noqa: S310 - always http, ours
            for line in stream:
                if not line.startswith(b"data:"):
                    continue
                now = time.perf_counter()
                for feature in json.loads(line[5:])["features"]:
                    at = feature["properties"]["time"]
                    if feature["id"] == self._user and at is not None:
                        # Answers carry milliseconds at most; a reading is shown by its own millisecond.
                        self.shown.append((datetime.fromisoformat(at), now))
