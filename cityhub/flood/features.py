"""What the public sees of a flood point: how deep the water is, who can pass, which way it goes and since when."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from cityhub.flood.classes import Trend, depth_class, trend_word
from cityhub.flood.passability import VEHICLES, Limits, Passable, Vehicle
from cityhub.flood.water import Water
from cityhub.kinds import KINDS
from cityhub.kinds.figures import derived
from cityhub.latest.feature import OLD, Feature, Properties, ValueFlag, feature, marker
from cityhub.latest.sensors import measured
from cityhub.model import SensorState
from cityhub.observing.quality import is_rejected
from cityhub.rfc3339 import LocalTime, at_local_time

# Why a figure is null: nothing came yet; the point measures no depth on the street; the newest value is not good; it
# is too old; too few readings make no trend; the street is not flooded.
Why = Literal["no_reports", "not_measured", "rejected", "old", "few_readings", "not_flooded"]


class Ground(Struct, frozen=True):
    """From which depth (cm) on a vehicle has to take care, and from which it cannot pass; and what that rests on."""

    caution_from: float
    closed_from: float
    ground: str
    ground_en: str


class FloodProperties(Properties, frozen=True):
    """A flood point: what every sensor shows, and `depth` in cm, null where it is unknown or too old.

    `class` is a project class, `class_level` from 0 (below 10 cm) to 4. `passable` by vehicle, a project rule:
    `passable_ground` says from which depth and on what ground. `trend` in cm/h, of the level where no depth is
    measured. `since`: flooded (10 cm and more) without a break since then. `why` says of what is null why it is.
    """

    times: dict[str, LocalTime]
    quality: dict[str, list[ValueFlag]]
    depth: float | None
    class_: str | None = field(name="class")
    class_en: str | None
    class_level: int | None
    passable: dict[Vehicle, Passable | None]
    passable_ground: Mapping[Vehicle, Ground]
    trend: float | None
    trend_word: Trend | None
    since: LocalTime | None
    why: dict[str, Why]


_UNKNOWN = Water()


def features(
    points: Iterable[SensorState], water: Mapping[str, Water], limits: Limits, now: datetime
) -> list[Feature]:
    """One Feature per point; `water` by sensor id, absent where nothing came for a day."""
    grounds = {
        vehicle: Ground(limit.caution_cm, limit.closed_cm, limit.ground_vi, limit.ground_en)
        for vehicle, limit in limits.by_vehicle.items()
    }
    return [_feature(point, water.get(point.sensor.id, _UNKNOWN), limits, grounds, now) for point in points]


def _feature(
    point: SensorState, water: Water, limits: Limits, grounds: Mapping[Vehicle, Ground], now: datetime
) -> Feature:
    kind = KINDS["flood"]
    fields = measured(kind, point, now)
    depth = fields["values"].get("depth")
    status = fields["status"]
    why: dict[str, Why] = {}
    unknown = _why_no_depth(point, fields["quality"].get("depth", ()), status)
    known = None if unknown is not None or depth is None else depth_class(depth)
    passable: dict[Vehicle, Passable | None] = dict.fromkeys(VEHICLES)
    if unknown is not None:
        why = dict.fromkeys(("depth", "class", "passable", "since"), unknown)
    elif depth is not None:
        passable |= limits.at(depth)
        if water.since is None:
            why["since"] = "not_flooded"
    trend = None if status == "offline" or water.trend is None else derived("depth", water.trend)
    if trend is None:
        why["trend"] = "few_readings" if status != "offline" else (unknown or "old")
    # A value that stopped on a sensor that goes on colours no marker; one of a sensor gone silent stays, in grey.
    shown_depth = None if status != "offline" and unknown is not None else depth
    shown = FloodProperties(
        **fields,
        depth=None if unknown is not None else depth,
        class_=None if known is None else known.name_vi,
        class_en=None if known is None else known.name_en,
        class_level=None if known is None else known.level,
        passable=passable,
        passable_ground=grounds,
        trend=trend,
        trend_word=None if trend is None else trend_word(trend),
        since=None if unknown is not None or water.since is None else at_local_time(water.since),
        why=why,
        marker=marker(kind, shown_depth, status),
    )
    return feature(point.sensor, shown)


def _why_no_depth(point: SensorState, flags: Iterable[ValueFlag], status: str) -> Why | None:
    """Why nobody can say how deep the water is now; None where it is known."""
    reading = next((one for one in point.readings if one.property == "depth"), None)
    if reading is None:
        measures_other = any(one.property == "level" for one in point.readings)
        return "not_measured" if measures_other else "no_reports"
    if status == "offline" or OLD in flags:
        return "old"
    return "rejected" if is_rejected(reading.quality) else None
