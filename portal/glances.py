"""The kinds as they are at the moment, as pages take them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from cityhub.kinds import KindName
from cityhub.latest import Feature, Summary


@dataclass(frozen=True, slots=True)
class Glance:
    """A kind at `time` (aware): all of it in one figure, and its sites."""

    time: datetime
    summary: Summary
    features: Collection[Feature]


# The kinds that have been read; others show that they have no data yet.
Glances = Mapping[KindName, Glance]
