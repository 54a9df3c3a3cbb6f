"""What a reader makes of one row of a file: messages to publish and problems to tell. Both are values."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cityhub.kinds import KindName
from cityhub.observing.topics import Address


@dataclass(frozen=True, slots=True)
class Record:
    """One message of one series. `key` names the series as the file does, `sensor_id` is its default sensor.

    `time` is aware; `values` are in the units of cityhub.kinds; `extra` goes beside them (`fault`, `battery`).
    """

    key: str
    sensor_id: str
    kind: KindName
    time: datetime
    values: Mapping[str, object] | None
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Captured:
    """One message as a subscriber recorded it: its very bytes. `address` is None for a topic that is not the hub's.

    `recorded_at`: when the subscriber got it (aware); None when the recording does not say. `kept`: the broker had
    kept it for new subscribers (RETAIN), so that it is older than the recording.
    """

    topic: str
    address: Address | None
    payload: bytes
    recorded_at: datetime | None
    kept: bool

    @property
    def key(self) -> str:
        """The series it belongs to: its sensor."""
        return self.topic if self.address is None else self.address.sensor_id

    @property
    def sensor_id(self) -> str:
        """The sensor that it is of."""
        return self.key


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a row that cannot be published. Row 1 is the first line of the file."""

    row: int
    column: str | None
    reason: str
    value: str = ""

    def __str__(self) -> str:
        where = f"row {self.row}" if self.column is None else f"row {self.row}, column {self.column!r}"
        return f"{where}: {self.reason}{f' ({self.value[:60]!r})' if self.value else ''}"


@dataclass(frozen=True, slots=True)
class Row:
    """One data row; a row with a problem may still have good records beside it."""

    number: int
    records: tuple[Record | Captured, ...] = field(default=())
    problems: tuple[Problem, ...] = field(default=())


def number(text: str) -> float | None:
    """A finite decimal number, or None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def slug(text: str) -> str:
    """`text` as part of a sensor id: lower case a-z, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("Đ", "D").replace("đ", "d"))
    ascii_only = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
