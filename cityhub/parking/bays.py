"""Bays of a place, each as its own sensor sees it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from cityhub.devices.status import age, said_goodbye, status
from cityhub.observing.quality import is_rejected

BayState = Literal["free", "occupied", "unknown"]


@dataclass(frozen=True, slots=True)
class Bay:
    """What a bay's sensor said last. Times are aware; `heard`: when it said anything; None: never.

    `online`, `told_at`: what its status message, or its last will, says of being connected, and when.
    """

    id: str
    name_vi: str
    name_en: str
    interval_s: int
    time: datetime | None
    value: float | None
    quality: int | None
    heard: datetime | None
    online: bool | None
    told_at: datetime | None

    def state(self, now: datetime) -> BayState:
        """Free only by a word that is fresh and can be believed."""
        if self.value is None or is_rejected(self.quality or 0):
            return "unknown"
        if said_goodbye(self.heard, self.online, self.told_at):
            return "unknown"
        if status(age(self.time, now), self.interval_s) == "offline":
            return "unknown"
        return "occupied" if self.value else "free"

    def short_name(self, language: str) -> str:
        """What sets it apart from the others of its place: `ô 3`, `bay 3`."""
        return (self.name_vi if language == "vi" else self.name_en).rpartition(", ")[2]
