"""Numbered messages: a message's number can be read back from the row that it became. All values are generated."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cityhub.errors import InvalidInput
from cityhub.kinds import KINDS
from cityhub.observing import topics

PREFIX = "chaos"
_KIND = KINDS["air"]
# The widest range among the properties of air: a number that would be flagged is left out of the hourly sums.
_PROPERTY = _KIND.properties["co"]
# Within a block of 128 steps the times run backwards, so that `latest` has batches of older messages to resist.
_BACKWARDS = 127


@dataclass(frozen=True, slots=True)
class Numbering:
    """Message n goes to sensor n modulo their count, in a second and with a value that only it has there."""

    sensor_ids: Sequence[str]
    first: datetime
    prefix: str = PREFIX

    @classmethod
    def ending_before(
        cls, end: datetime, total: int, sensor_ids: Sequence[str], prefix: str = PREFIX
    ) -> "Numbering":
        """For `total` messages with times before `end` (aware); raises InvalidInput when they are too many."""
        most = int(_PROPERTY.high) * len(sensor_ids)
        if total > most:
            raise InvalidInput(
                "--for and --rate", f"{total} messages are more than the {most} that can be told"
            )
        rounds = total // len(sensor_ids) + _BACKWARDS + 2
        return cls(
            tuple(sensor_ids), end.astimezone(UTC).replace(microsecond=0) - timedelta(seconds=rounds), prefix
        )

    def observation(self, number: int) -> tuple[str, datetime, float]:
        """Sensor id, phenomenon time and value of a message."""
        step, place = divmod(number, len(self.sensor_ids))
        return self.sensor_ids[place], self.first + timedelta(seconds=step ^ _BACKWARDS), float(step)

    def message(self, number: int) -> tuple[str, bytes]:
        """Topic and payload; the same at every call."""
        sensor_id, time, value = self.observation(number)
        payload = {"time": time.isoformat(), "values": {_PROPERTY.name: value}}
        return topics.telemetry(self.prefix, _KIND.name, sensor_id), json.dumps(payload).encode()

    def number(self, sensor_id: str, value: float) -> int | None:
        """The number of the message that a value of a sensor came with; None when there is no such message."""
        if sensor_id not in self.sensor_ids or value < 0 or value != int(value):
            return None
        return int(value) * len(self.sensor_ids) + self.sensor_ids.index(sensor_id)
