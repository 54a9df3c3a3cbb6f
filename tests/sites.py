"""Sensors and places as the store gives them, with what a test does not care about filled in."""

from datetime import datetime, timedelta
from typing import Any

from cityhub.model import PlaceRow, Reading, SensorRow

_SITE = {
    "name_vi": "Trung Yên 3",
    "name_en": "Trung Yen 3",
    "lon": 105.8,
    "lat": 21.0,
    "basis": "official",
    "basis_note": "",
    "areas": {},
}


def sensor_row(id: str, **changes: Any) -> SensorRow:
    """An air sensor that reports every minute, but for `changes`."""
    sensor = {
        "kind": "air",
        "interval_s": 60,
        "place_id": None,
        "capacity": None,
        "listed": True,
        "distance_m": None,
        "last_seen": None,
        "status_online": None,
        "status_time": None,
    }
    return SensorRow(**{"id": id, **_SITE, **sensor, **changes})


def place_row(id: str, capacity: int) -> PlaceRow:
    """A parking place with room for `capacity` cars."""
    return PlaceRow(id=id, capacity=capacity, **_SITE)  # type: ignore[arg-type]


def reading(
    now: datetime, name: str, value: float, age_s: float = 0, quality: int = 0, unit: str = ""
) -> Reading:
    """What was measured `age_s` before `now`."""
    return Reading(name, unit, now - timedelta(seconds=age_s), value, quality)
