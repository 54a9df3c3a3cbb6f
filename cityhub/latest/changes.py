"""What changed in the last hour: sites whose figure lies in another band than it did then.

A figure that moves to and fro about the edge of a band is no change: only then and now are compared. Kept in memory:
after a start it knows of what came since.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cityhub.kinds import KINDS, KindName
from cityhub.latest.feature import Feature

WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A site whose headline figure went from one step (0: the best band) to another, last at `time` (aware)."""

    kind: KindName
    site_id: str
    before: int
    after: int
    time: datetime

    @property
    def is_worse(self) -> bool:
        """Is it worse than before?"""
        return self.after > self.before


class Changes:
    """The steps of all sites over the last hour. One thread notes, others may read."""

    def __init__(self) -> None:
        # Of each site the step that it had when the window began, and those that it went to since.
        self._steps: dict[tuple[KindName, str], deque[tuple[datetime, int]]] = {}
        self.since: datetime | None = None

    def note(self, kind: KindName, features: Iterable[Feature], now: datetime) -> None:
        """What is shown of sites of `kind` at `now` (aware). One without a figure, or offline, is as it was."""
        if self.since is None:
            self.since = now
        known = KINDS[kind]
        for feature in features:
            about = feature.properties
            if about.marker.value is None or about.status == "offline":
                continue
            step = known.showing(about.marker.property).step(about.marker.value)
            steps = self._steps.get((kind, feature.id))
            if steps is None:
                self._steps[kind, feature.id] = deque([(now, step)])
            elif steps[-1][1] != step:
                steps.append((now, step))
                _forget(steps, now)

    def found(self, now: datetime) -> list[Change]:
        """The sites that are in another band than an hour before `now`: the worse first, then the newest."""
        changes = []
        for (kind, site_id), held in self._copy().items():
            steps = deque(held)
            _forget(steps, now)
            (_, before), (time, after) = steps[0], steps[-1]
            if before != after:
                changes.append(Change(kind, site_id, before, after, time))
        return sorted(changes, key=lambda one: (not one.is_worse, now - one.time, one.site_id))

    def _copy(self) -> Mapping[tuple[KindName, str], tuple[tuple[datetime, int], ...]]:
        # Taking a copy of a dictionary, and of a deque, is one step that no other thread comes between.
        return {site: tuple(steps.copy()) for site, steps in self._steps.copy().items()}


def _forget(steps: deque[tuple[datetime, int]], now: datetime) -> None:
    """Leave the step that was so when the window began, and all after it."""
    while len(steps) > 1 and steps[1][0] <= now - WINDOW:
        steps.popleft()
