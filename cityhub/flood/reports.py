"""What staff on the spot say of a flood point, beside what its sensor measures. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from cityhub.errors import InvalidInput

State = Literal["flooded", "dry"]
# Shown for so long (project rule), and a confirmation counts as flooded for so long.
SHOWN = timedelta(hours=6)
COUNTS = timedelta(hours=2)
# What is told is of now, or of this day.
OLDEST = timedelta(hours=24)
_MINUTE = timedelta(minutes=1)
_AHEAD = timedelta(minutes=5)
# The sensor's own plausible range.
_DEEPEST_CM = 300


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody saw at `observed_at` (aware) that the point is flooded or not; `depth` in cm where it was measured.

    `told_by`: who it was, as the trail names them; `has_photo`: a picture of it can be had.
    """

    id: str
    point_id: str
    state: State
    depth: float | None
    observed_at: datetime
    told_by: str
    reference: str
    received_at: datetime
    has_photo: bool

    @property
    def teller(self) -> str | None:
        """Who tells, as everybody may read it: the name of a key; None for a person, who is nobody's business."""
        return self.told_by.removeprefix("key:") if self.told_by.startswith("key:") else None

    def is_shown(self, now: datetime) -> bool:
        """Is it new enough to stand beside the sensor at `now` (aware)?"""
        return now - self.observed_at < SHOWN

    def next_minute(self, now: datetime) -> datetime:
        """When after `now` (aware) its age in minutes changes, and with it what it still says."""
        return self.observed_at + (max((now - self.observed_at) // _MINUTE, 0) + 1) * _MINUTE

    def confirms(self, now: datetime) -> bool | None:
        """Whether it says that the point is flooded at `now` (aware); None where it is too old to say."""
        return None if now - self.observed_at >= COUNTS else self.state == "flooded"


def check(state: State, depth_cm: float | None, observed_at: datetime, now: datetime) -> None:
    """Raises InvalidInput for what nobody can have seen: in the future, too long ago, a depth that is none."""
    if observed_at > now + _AHEAD:
        raise InvalidInput("observed_at", "lies in the future")
    if now - observed_at > OLDEST:
        raise InvalidInput("observed_at", "must be of the last 24 hours")
    if depth_cm is not None and not 0 <= depth_cm <= _DEEPEST_CM:
        raise InvalidInput("depth", f"must be 0 to {_DEEPEST_CM} cm")
    if depth_cm is not None and state == "dry" and depth_cm > 0:
        raise InvalidInput("depth", "must be 0 or left out where it is dry")
