"""Who can still pass through standing water, by depth in cm. Project rule, each limit with its ground. Pure.

Cars: water reaches the floor from 15 cm, and a total head of 0.30 m moves cars; on 7 October 2025, of 122 points in
Hanoi with a depth, "slow" ran from 7 to 35 cm and "impassable" from 30 cm up. For motorbikes and people on foot no
source was found. An operator sets other limits by CITYHUB_FLOOD_LIMITS.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from cityhub.flood.classes import check

Vehicle = Literal["motorbike", "car", "pedestrian"]
VEHICLES: tuple[Vehicle, ...] = get_args(Vehicle)
Passable = Literal["yes", "caution", "no"]

_WRITTEN = re.compile(r"(?P<vehicle>[a-z]+)=(?P<caution>\d{1,3}(?:\.\d)?):(?P<closed>\d{1,3}(?:\.\d)?)")


@dataclass(frozen=True, slots=True)
class Limit:
    """Caution from `caution_cm` on, closed from `closed_cm` on, and the ground of both."""

    caution_cm: float
    closed_cm: float
    ground_vi: str
    ground_en: str

    def at(self, depth_cm: float) -> Passable:
        """Who passes at this depth. Raises ValueError for what is no depth."""
        check(depth_cm)
        if depth_cm >= self.closed_cm:
            return "no"
        return "caution" if depth_cm >= self.caution_cm else "yes"


_DEFAULTS: Mapping[Vehicle, Limit] = MappingProxyType(
    {
        "motorbike": Limit(
            10,
            25,
            "Quy ước của dự án, chưa có nguồn chính thức",
            "Project rule, no official source",
        ),
        "car": Limit(
            15,
            30,
            "Quy ước của dự án: từ 15 cm nước tới sàn xe, từ 30 cm nước có thể đẩy trôi xe",
            "Project rule: from 15 cm water reaches the floor, from 30 cm it can move the car",
        ),
        "pedestrian": Limit(
            20,
            50,
            "Quy ước của dự án, chưa có nguồn chính thức",
            "Project rule, no official source",
        ),
    }
)
_SET_VI, _SET_EN = "Ngưỡng do đơn vị vận hành đặt", "Limits set by the operator"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of every vehicle."""

    by_vehicle: Mapping[Vehicle, Limit] = field(default_factory=lambda: _DEFAULTS)

    def at(self, depth_cm: float) -> dict[Vehicle, Passable]:
        """Who passes at this depth. Raises ValueError for what is no depth."""
        return {vehicle: limit.at(depth_cm) for vehicle, limit in self.by_vehicle.items()}


def read(text: str) -> Limits:
    """Limits from `car=15:30,motorbike=10:25` (cm: caution from, closed from); the others keep theirs. ValueError."""
    found = dict(_DEFAULTS)
    for part in text.split(",") if text.strip() else ():
        match = _WRITTEN.fullmatch(part.strip())
        vehicle = next((one for one in VEHICLES if match is not None and one == match["vehicle"]), None)
        if match is None or vehicle is None:
            raise ValueError(f"must be VEHICLE=CAUTION:CLOSED in cm, by commas, of {', '.join(VEHICLES)}")
        caution, closed = float(match["caution"]), float(match["closed"])
        if not 0 < caution <= closed:
            raise ValueError(f"the limits of {vehicle} must be above 0, caution not above closed")
        known = found[vehicle]
        if (caution, closed) != (known.caution_cm, known.closed_cm):
            found[vehicle] = Limit(caution, closed, _SET_VI, _SET_EN)
    return Limits(MappingProxyType(found))
