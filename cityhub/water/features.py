"""What the public sees of a station in West Lake: what it measured last; its index, VN_WQI, belongs here."""

from collections.abc import Iterable
from datetime import datetime

from cityhub.kinds import KINDS
from cityhub.latest import sensors
from cityhub.latest.feature import Feature
from cityhub.model import SensorState


def features(stations: Iterable[SensorState], now: datetime) -> list[Feature]:
    """One Feature per sensor."""
    return sensors.features(KINDS["water"], stations, now)
