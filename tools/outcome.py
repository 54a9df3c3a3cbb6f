"""What became of a replay in the database: the messages are read beforehand as ingest reads them, and looked for after.

Ingest says nothing to who publishes. So it is waited for until the last value of every datastream is there, or until
nothing more comes.
"""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg

from cityhub.config import Settings
from cityhub.observing.decode import decode
from cityhub.observing.decoded import Observation, RegisteredSensor, Total
from cityhub.store.queries import load
from simulators.replay.paced import Outgoing

_SQL = load(__file__)

_LOOK_S = 0.2
# The longest that ingest may do nothing visible: one batch on a busy machine.
ABSENT_S = 10.0
# Another ingestor may store for a moment longer than the one that stored the last value.
_AFTER_LAST_S = 0.5
_A_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Series:
    """The values of one datastream: how many, between which times, and when the last of them was measured."""

    values: int
    first: datetime
    last: datetime
    end: datetime


@dataclass(slots=True)
class Expected:
    """What the messages hold, by the rules of the hub."""

    begun_at: datetime
    messages: int = 0
    statuses: int = 0
    topics: set[str] = field(default_factory=set)
    series: dict[tuple[str, str], _Series] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)

    @property
    def values(self) -> int:
        """Values that can be stored, those counted in that are there already or come twice."""
        return sum(one.values for one in self.series.values())


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many values were stored, how many were there before or came twice, how many did not arrive, and how often
    something went to quarantine, by reason.
    """

    stored: int
    duplicates: int
    absent: int
    quarantined: Mapping[str, int]

    def line(self) -> str:
        """The outcome as it is printed."""
        in_quarantine = sum(self.quarantined.values())
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(self.quarantined.items()))
        line = f"{self.stored} stored, {self.duplicates} duplicates, {in_quarantine} in quarantine"
        line += f" ({reasons})" if reasons else ""
        return line + (f", {self.absent} not arrived" if self.absent else "")


def expected(
    messages: Iterable[Outgoing], settings: Settings, known: Mapping[str, RegisteredSensor]
) -> Expected:
    """What ingest should make of the messages when it gets them now, with the same settings."""
    found = Expected(datetime.now(UTC))
    for message in messages:
        found.messages += 1
        found.topics.add(message.topic)
        decoded = decode(
            settings.topic_prefix,
            message.topic,
            message.payload,
            found.begun_at,
            known,
            settings.max_payload_bytes,
            replays=settings.accept_replays,
        )
        found.statuses += decoded.status is not None
        for rejected in decoded.rejected:
            found.rejected[rejected.reason] += 1
        # A total becomes the difference to the one before it, at its own time.
        values: list[Observation | Total] = [*decoded.observations, *decoded.totals]
        for one in values:
            series = found.series.setdefault(
                (one.sensor_id, one.property), _Series(0, one.time, one.time, one.time)
            )
            series.values += 1
            series.first, series.last = min(series.first, one.time), max(series.last, one.time)
            series.end = one.time
    return found


class Watch:
    """Looks into the database before and after. The connection is in autocommit."""

    def __init__(self, conn: psycopg.Connection, hoped: Expected) -> None:
        self._conn, self._hoped = conn, hoped
        self._stored, self._quarantined = self._count(), self._rejects()
        # What was there before is no sign that ingest has come so far.
        self._shows_the_end = self._absent() == set(hoped.series)

    def wait(self) -> Outcome:
        """Wait for ingest to be done with what was published; some seconds where that cannot be known."""
        changed_at = time.monotonic()
        seen = (self._stored, self._quarantined)
        while True:
            now = time.monotonic()
            # First what is missing: what comes between the two looks would else be neither missing nor new.
            absent = self._absent()
            found = self._count(), self._rejects()
            if found != seen:
                seen, changed_at = found, now
            all_rejected = (seen[1] - self._quarantined).total() >= self._hoped.rejected.total()
            is_done = self._shows_the_end and not absent and all_rejected
            if now - changed_at >= (_AFTER_LAST_S if is_done else ABSENT_S):
                break
            time.sleep(_LOOK_S)
        stored, rejects = seen
        new = max(stored - self._stored, 0)
        left = max(self._hoped.values - new, 0)
        missing = min(left, sum(self._hoped.series[key].values for key in absent))
        return Outcome(new, left - missing, missing, rejects - self._quarantined)

    def _count(self) -> int:
        series = self._hoped.series
        [(count,)] = self._conn.execute(
            _SQL["stored"],
            {
                **self._names(),
                "firsts": [one.first for one in series.values()],
                # What has no time of its own gets that of its receipt.
                "lasts": [
                    one.last + _A_DAY if one.last >= self._hoped.begun_at else one.last
                    for one in series.values()
                ],
            },
        ).fetchall()
        return int(count)

    def _absent(self) -> set[tuple[str, str]]:
        """Datastreams whose last value is not there. When one without a time of its own comes is not known."""
        timed = {key: one for key, one in self._hoped.series.items() if one.end < self._hoped.begun_at}
        parameters = {
            "sensors": [sensor_id for sensor_id, _ in timed],
            "properties": [name for _, name in timed],
            "times": [one.end for one in timed.values()],
        }
        return timed.keys() - set(self._conn.execute(_SQL["arrived"], parameters).fetchall())

    def _rejects(self) -> Counter[str]:
        return Counter(dict(self._conn.execute(_SQL["quarantined"], {"topics": list(self._hoped.topics)})))

    def _names(self) -> dict[str, list[str]]:
        return {
            "sensors": [sensor_id for sensor_id, _ in self._hoped.series],
            "properties": [name for _, name in self._hoped.series],
        }
