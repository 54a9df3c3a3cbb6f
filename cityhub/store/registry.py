"""What storing needs to know of the catalogue, kept in memory and refreshed from the database."""

import time
from collections.abc import Iterable
from threading import RLock

import psycopg

from cityhub.kinds import KINDS, KindName
from cityhub.observing.continuity import Limits, Row, limits_of
from cityhub.observing.decoded import Observation, RegisteredSensor, Total
from cityhub.store import notices, sensors
from cityhub.store.counters import TotalRow

_REFRESH_S = 60.0


class Registry:
    """Sensors by id and datastream ids by (sensor, property). Threads may share one, each with its own connection."""

    def __init__(self, keep_days: int | None = None, *, replays: bool = True) -> None:
        """`keep_days` and `replays` as `sensors.known` takes them."""
        self._keep_days, self._replays = keep_days, replays
        # Replaced as a whole, never changed: who holds it sees one state.
        self.known: dict[str, RegisteredSensor] = {}
        self._datastreams: dict[tuple[str, str], int] = {}
        # By datastream id; only of those whose property has limits.
        self.limits: dict[int, Limits] = {}
        self._kinds: dict[int, KindName] = {}
        self._read_at: float | None = None
        self._lock = RLock()

    def refresh(self, conn: psycopg.Connection, at_most_every_s: float = _REFRESH_S) -> bool:
        """Read the catalogue again when it was changed, or `at_most_every_s` after the last time; True if read.

        Of changes hears only a connection that listens (`notices.listen_for_catalogue`).
        """
        with self._lock:
            now = time.monotonic()
            fresh = self._read_at is not None and now - self._read_at < at_most_every_s
            if not notices.heard(conn) and fresh:
                return False
            self.known = sensors.known(conn, self._keep_days, replays=self._replays)
            self._datastreams = sensors.datastream_ids(conn)
            self._kinds = {
                id: self.known[sensor_id].kind
                for (sensor_id, _), id in self._datastreams.items()
                # A sensor may be new between the two readings; the next refresh brings it.
                if sensor_id in self.known
            }
            self.limits = {
                id: limits
                for (_, name), id in self._datastreams.items()
                if id in self._kinds and (limits := _limits(self._kinds[id], name))
            }
            self._read_at = now
            return True

    def forget(self) -> None:
        """Read everything again at the next refresh."""
        with self._lock:
            self._read_at = None

    def rows(self, conn: psycopg.Connection, found: Iterable[Observation]) -> list[Row]:
        """Decoded observations of known sensors as rows for `store.batches.add`, in their order."""
        ids = self._datastreams
        # The look here saves the call for all but the first reports: this runs for every value that comes in.
        return [
            (ids.get((sensor_id, name)) or self.datastream_id(conn, sensor_id, name), time, value, quality)
            for sensor_id, name, time, value, quality in found
        ]

    def totals(self, conn: psycopg.Connection, found: Iterable[Total]) -> list[TotalRow]:
        """What counters of known sensors showed, as rows for `store.batches.add`."""
        return [
            TotalRow(
                self.datastream_id(conn, sensor_id, name),
                time,
                value,
                flags,
                KINDS[self.known[sensor_id].kind].properties[name],
                rolls_over_at,
            )
            for sensor_id, name, time, value, flags, rolls_over_at in found
        ]

    def datastream_id(self, conn: psycopg.Connection, sensor_id: str, name: str) -> int:
        """The id of a known sensor's datastream, made in the database at its first report.

        Made outside of the batch's transaction (the connection is in autocommit): an id once given stays.
        """
        key = sensor_id, name
        id = self._datastreams.get(key)
        if id is None:
            with self._lock:
                kind = self.known[sensor_id].kind
                id = sensors.ensure_datastream(conn, sensor_id, kind, name)
                self._kinds[id] = kind
                if limits := _limits(kind, name):
                    self.limits[id] = limits
                self._datastreams[key] = id
        return id

    def kind_of(self, datastream_id: int) -> KindName:
        """The kind of the sensor that a datastream belongs to."""
        return self._kinds[datastream_id]


def _limits(kind: KindName, name: str) -> Limits | None:
    observed = KINDS[kind].properties.get(name)
    return None if observed is None else limits_of(observed)
