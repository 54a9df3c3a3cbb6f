"""Rain of the last six hours a quarter of an hour at a time, as an animation shows it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

STEP: Final = timedelta(minutes=15)
COUNT: Final = 24
# What a frame's mm come to in an hour.
PER_HOUR: Final = timedelta(hours=1) / STEP


@dataclass(frozen=True, slots=True)
class Frames:
    """`ends`: when each frame ends (aware), the oldest first; a frame holds the reports of end - 15 min < time <= end.

    `mm` by sensor id, a figure for each frame, None where nothing good came; gauges that were silent are absent.
    """

    ends: Sequence[datetime]
    mm: Mapping[str, Sequence[float | None]]


def ends(now: datetime) -> list[datetime]:
    """The ends of the frames up to the last whole quarter of an hour at `now` (aware)."""
    now = now.astimezone(UTC)
    last = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
    return [last - back * STEP for back in range(COUNT - 1, -1, -1)]
