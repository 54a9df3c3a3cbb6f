"""What the public sees of a rain gauge: the rain of the last hours beside what it reported last."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cityhub.kinds import KINDS
from cityhub.kinds.figures import derived
from cityhub.latest.feature import Feature, Properties, ValueFlag, feature, marker
from cityhub.latest.sensors import measured
from cityhub.model import SensorState
from cityhub.rfc3339 import LocalTime


@dataclass(frozen=True, slots=True)
class RainSums:
    """Rain in mm over the last 1, 3 and 24 hours; None where no good value came in the window."""

    mm_1h: float | None
    mm_3h: float | None
    mm_24h: float | None


class RainProperties(Properties, frozen=True):
    """A rain gauge: what every sensor shows, and rain in mm over the last 1, 3 and 24 hours, null where unknown."""

    times: dict[str, LocalTime]
    quality: dict[str, list[ValueFlag]]
    mm_1h: float | None
    mm_3h: float | None
    mm_24h: float | None


def features(gauges: Iterable[SensorState], sums: Mapping[str, RainSums], now: datetime) -> list[Feature]:
    """One Feature per gauge; `sums` by sensor id, absent where nothing came for 24 hours."""
    return [_feature(gauge, sums.get(gauge.sensor.id), now) for gauge in gauges]


def _feature(gauge: SensorState, sums: RainSums | None, now: datetime) -> Feature:
    kind = KINDS["rain"]
    fields = measured(kind, gauge, now)
    mm_1h, mm_3h, mm_24h = (
        (None,) * 3 if sums is None else map(_rounded, (sums.mm_1h, sums.mm_3h, sums.mm_24h))
    )
    shown = RainProperties(
        **fields,
        mm_1h=mm_1h,
        mm_3h=mm_3h,
        mm_24h=mm_24h,
        marker=marker(kind, mm_1h, fields["status"]),
    )
    return feature(gauge.sensor, shown)


def _rounded(depth_mm: float | None) -> float | None:
    return None if depth_mm is None else derived("rain", depth_mm)
