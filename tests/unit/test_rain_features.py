"""What the public sees of rain gauges: sums with what they are made of, classes, and reasons in place of figures."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from cityhub.latest import GREY
from cityhub.model import SensorState
from cityhub.rain.events import Event
from cityhub.rain.features import features
from cityhub.rain.sums import WINDOWS_H, RainSums, Window
from tests.sites import reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def windows(*mm: float | None, share: float = 1.0) -> dict[str, Window]:
    """Sums of 1, 3, 6, 12 and 24 hours of a gauge that reports every minute, `share` of whose reports came."""
    return {
        name: Window(fallen, 0 if fallen is None else round(share * 60 * hours))
        for (name, hours), fallen in zip(WINDOWS_H.items(), mm, strict=True)
    }


def properties(sums: RainSums | None, age_s: float = 0) -> dict[str, Any]:
    gauge = SensorState(sensor_row("one", kind="rain"), [reading(NOW, "rain", 0.2, age_s)])
    [feature] = features([gauge], {} if sums is None else {"one": sums}, NOW)
    return dict(msgspec.to_builtins(feature.properties))


def test_rain_shows_sums_and_its_marker_the_last_hour() -> None:
    shown = properties(RainSums(windows(0.1 + 0.2, 5.0, 5.0, 5.0, 5.0)))
    assert [shown[name] for name in WINDOWS_H] == [0.3, 5.0, 5.0, 5.0, 5.0]
    assert shown["marker"]["value"] == 0.3
    assert shown["readings"]["mm_3h"] == {"expected": 180, "observed": 180}


def test_rain_without_sums_is_unknown_and_not_dry() -> None:
    shown = properties(None)
    assert shown["marker"]["color"] == GREY
    for name in (*WINDOWS_H, "class", "class_12h", "city", "event", "intensity"):
        assert (shown[name], shown["why"][name]) == (None, "no_reports")
    assert shown["readings"]["mm_1h"] == {"expected": 60, "observed": 0}


def test_reports_that_were_all_bad_are_told_apart_from_none() -> None:
    shown = properties(RainSums({"mm_1h": Window(None, 0, rejected=60)}))
    assert (shown["mm_1h"], shown["why"]["mm_1h"], shown["why"]["mm_24h"]) == (None, "rejected", "no_reports")


def test_classes_by_12_and_24_hours() -> None:
    shown = properties(RainSums(windows(20, 55, 60, 60, 60)))
    assert (shown["class"], shown["class_en"], shown["class_level"]) == ("mưa to", "heavy rain", 4)
    assert (shown["class_12h"], shown["class_12h_level"]) == ("mưa rất to", 5)
    assert shown["disaster_band_en"] == "50–100 mm in 12 hours"
    assert shown["at_least"] == []


@pytest.mark.parametrize(("mm_1h", "level"), [(20, 0), (55, 1), (80, 2), (120, 3)])
def test_the_city_expects_by_the_last_hour(mm_1h: float, level: int) -> None:
    shown = properties(RainSums(windows(mm_1h, 120, 120, 120, 120)))
    assert shown["city"]["level"] == level


def test_a_dry_day_is_no_rain() -> None:
    shown = properties(RainSums(windows(0, 0, 0, 0, 0), intensity=0.0))
    assert (shown["class"], shown["class_level"], shown["intensity"]) == ("không mưa", 0, 0.0)
    assert (shown["event"], shown["why"]) == (None, {"event": "dry"})


def test_a_day_of_which_half_is_missing_is_not_called_dry() -> None:
    shown = properties(RainSums(windows(0, 0, 0, 0, 0, share=0.5), intensity=0.0))
    assert shown["mm_24h"] == 0
    assert shown["readings"]["mm_24h"] == {"expected": 1440, "observed": 720}
    assert shown["why"] == {"event": "partial", "class": "partial", "class_12h": "partial", "city": "partial"}


def test_what_fell_in_spite_of_a_gap_is_what_it_comes_to_at_least() -> None:
    shown = properties(RainSums(windows(0, 30, 30, 30, 30, share=0.5), intensity=0.0))
    assert shown["class"] == "mưa vừa"
    assert shown["at_least"] == ["mm_3h", "mm_6h", "mm_12h", "mm_24h"]


def test_an_event_tells_since_when_how_much_and_of_how_many_reports() -> None:
    event = Event(NOW - 1.5 * HOUR, NOW - 0.1 * HOUR, 12.1 + 0.2, NOW - 2 * HOUR, 100)
    shown = properties(RainSums(windows(2, 12.3, 12.3, 12.3, 12.3), event=event))
    assert shown["event"] == {
        "start": "2026-11-22T08:30:00+07:00",
        "mm": 12.3,
        "last_rain": "2026-11-22T09:54:00+07:00",
        "readings": {"expected": 120, "observed": 100},
    }


def test_a_gauge_gone_silent_tells_no_intensity_of_now() -> None:
    assert properties(RainSums(windows(9, 9, 9, 9, 9), intensity=30.0), age_s=700)["intensity"] == 30.0
    shown = properties(RainSums(windows(9, 9, 9, 9, 9), intensity=30.0), age_s=800)
    assert (shown["intensity"], shown["why"]["intensity"]) == (None, "no_reports")
