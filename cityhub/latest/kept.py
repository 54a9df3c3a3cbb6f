"""Features that are made again only where what they are made of changed, or the time has come at which they change.

Of ten thousand sites a few report between two looks, and of the others only the age grows. What this gives is what
making all of them gives: a test holds it to that over any sequence of events.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from msgspec.structs import replace

from cityhub.devices.status import age
from cityhub.latest.feature import Feature

MadeOf = TypeVar("MadeOf")
# The Feature of a site at a time (aware), and until when it stays so but for its age; None: until it is told otherwise.
Make = Callable[[MadeOf, datetime], tuple[Feature, datetime | None]]


@dataclass(slots=True)
class _Made(Generic[MadeOf]):
    made_of: MadeOf
    since: datetime
    until: datetime | None
    feature: Feature


class Kept(Generic[MadeOf]):
    """Remembers the Feature of each site with what it was made of. For one thread."""

    def __init__(self, make: Make[MadeOf]) -> None:
        self._make = make
        self._made: dict[str, _Made[MadeOf]] = {}

    def features(self, sites: Iterable[tuple[str, MadeOf]], now: datetime) -> list[Feature]:
        """The Features at `now` (aware) of sites by id, each with what it is made of, which nobody changes any more."""
        before, self._made = self._made, {}
        features = []
        for id, made_of in sites:
            made = before.get(id)
            # A clock may have been set back.
            if (
                made is None
                or now < made.since
                or (made.until is not None and now >= made.until)
                or made.made_of != made_of
            ):
                feature, until = self._make(made_of, now)
                made = _Made(made_of, now, until, feature)
            else:
                made.feature = _aged(made.feature, now)
            self._made[id] = made
            features.append(made.feature)
        return features


def _aged(feature: Feature, now: datetime) -> Feature:
    about = feature.properties
    age_s = age(about.time, now)
    return feature if age_s == about.age_s else replace(feature, properties=replace(about, age_s=age_s))
