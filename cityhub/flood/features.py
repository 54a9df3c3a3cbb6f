"""What the public sees of a flood sensor: what it measured last.

The class of its depth, and who can still pass there, belong here.
"""

from collections.abc import Iterable
from datetime import datetime

from cityhub.kinds import KINDS
from cityhub.latest import sensors
from cityhub.latest.feature import Feature
from cityhub.model import SensorState


def features(points: Iterable[SensorState], now: datetime) -> list[Feature]:
    """One Feature per sensor."""
    return sensors.features(KINDS["flood"], points, now)
