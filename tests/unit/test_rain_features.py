"""What the public sees of rain gauges: sums of the last hours."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from cityhub.latest import GREY
from cityhub.model import SensorState
from cityhub.rain.features import RainSums, features
from tests.sites import reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def properties(value: float, **sums: RainSums) -> dict[str, Any]:
    gauge = SensorState(sensor_row("one", kind="rain"), [reading(NOW, "rain", value)])
    [feature] = features([gauge], sums, NOW)
    return dict(msgspec.to_builtins(feature.properties))


def test_rain_shows_sums_and_its_marker_the_last_hour() -> None:
    shown = properties(0.2, one=RainSums(0.1 + 0.2, 5.0, None))
    assert (shown["mm_1h"], shown["mm_3h"], shown["mm_24h"]) == (0.3, 5.0, None)
    assert shown["marker"]["value"] == 0.3


def test_rain_without_sums_is_unknown_and_not_dry() -> None:
    shown = properties(0.0)
    assert shown["mm_1h"] is None
    assert shown["marker"]["color"] == GREY
