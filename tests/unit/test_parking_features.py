"""What the public sees of parking places: free bays, counted from the sensors in them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue.opening import parse
from cityhub.kinds import KINDS
from cityhub.model import SensorState
from cityhub.observing.quality import FAULT, RANGE
from cityhub.parking.features import features
from tests.sites import place_row, reading, sensor_row

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def place(*states: SensorState, capacity: int = 4) -> dict[str, Any]:
    [feature] = features(states, [place_row("ltk-01", capacity)], NOW)
    return dict(msgspec.to_builtins(feature.properties))


def counted(sensor_id: str, name: str, value: float, age_s: float, quality: int) -> SensorState:
    sensor = sensor_row(sensor_id, kind="parking", place_id="ltk-01", interval_s=300)
    return SensorState(sensor, [reading(NOW, name, value, age_s, quality)])


def bay(number: int, occupied: float, age_s: float = 0, quality: int = 0) -> SensorState:
    return counted(f"ltk-01-b{number:02}", "occupied", occupied, age_s, quality)


def counter(count: float, age_s: float = 0, quality: int = 0) -> SensorState:
    return counted("ltk-01", "occupied_count", count, age_s, quality)


def test_free_bays_are_counted_from_the_bays() -> None:
    shown = place(bay(1, 1), bay(2, 0), bay(3, 0), bay(4, 1), counter(4))
    assert (shown["free"], shown["state"], shown["capacity"]) == (2, "open", 4)
    assert shown["values"] == {"occupied_count": 2}
    assert shown["marker"]["value"] == 2


def test_a_full_place_has_no_free_bay() -> None:
    shown = place(bay(1, 1), bay(2, 1), bay(3, 1), bay(4, 1))
    assert (shown["free"], shown["state"]) == (0, "full")
    assert shown["marker"]["color"] == KINDS["parking"].bands[0].color


def test_the_counter_speaks_only_when_every_bay_is_silent() -> None:
    shown = place(bay(1, 0, age_s=10_000), counter(3))
    assert (shown["free"], shown["state"]) == (1, "open")


def test_a_closed_place_is_neither_full_nor_free() -> None:
    bays = [bay(1, 1), bay(2, 0), bay(3, 1), bay(4, 1)]
    night = replace(place_row("ltk-01", 4), opening=parse("11:00-22:00"))
    works = replace(place_row("ltk-01", 4), closures=((NOW - timedelta(hours=1), NOW + timedelta(hours=1)),))
    over = replace(place_row("ltk-01", 4), closures=((NOW - timedelta(hours=2), NOW),))
    for row, state, free in ((night, "closed", None), (works, "closed", None), (over, "open", 1)):
        [feature] = features(bays, [row], NOW)
        shown = msgspec.to_builtins(feature.properties)
        assert (shown["state"], shown["free"]) == (state, free)
        # What the sensors see is still told.
        assert shown["values"] == {"occupied_count": 3}


def test_a_silent_place_is_unknown() -> None:
    shown = place(bay(1, 0, age_s=10_000), counter(3, age_s=10_000))
    assert (shown["free"], shown["state"], shown["status"]) == (None, "unknown", "offline")


def test_a_place_is_not_called_full_by_a_minority_of_its_bays() -> None:
    shown = place(bay(1, 1), bay(2, 0, age_s=10_000), bay(3, 0, age_s=10_000), bay(4, 0, age_s=10_000))
    assert (shown["free"], shown["state"]) == (None, "unknown")


def test_a_rejected_count_is_null_with_its_reason() -> None:
    shown = place(counter(99, quality=RANGE))
    assert shown["values"] == {"occupied_count": None}
    assert shown["quality"] == {"occupied_count": ["range"]}
    assert (shown["free"], shown["state"]) == (None, "unknown")


def test_every_place_is_shown_even_when_nothing_reports() -> None:
    found = features([], [place_row("ltk-01", 4), place_row("ltk-02", 9)], NOW)
    assert [feature.id for feature in found] == ["ltk-01", "ltk-02"]


_BAYS = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.integers(0, 8000), st.sampled_from([0, RANGE, FAULT])), max_size=9
)


@given(_BAYS, st.none() | st.tuples(st.integers(-5, 50), st.integers(0, 8000)), st.integers(1, 8))
def test_free_is_never_negative_nor_above_capacity(
    bays: list[tuple[int, int, int]], count: tuple[int, int] | None, capacity: int
) -> None:
    rows = [bay(number, *reading) for number, reading in enumerate(bays)]
    if count is not None:
        rows.append(counter(*count))
    shown = place(*rows, capacity=capacity)
    assert shown["free"] is None or 0 <= shown["free"] <= capacity
    assert (shown["state"] == "open") == (shown["free"] is not None and shown["free"] > 0)
    assert (shown["state"] == "full") <= (shown["free"] == 0)


def test_a_bay_that_said_goodbye_is_not_promised_to_be_free() -> None:
    gone = bay(1, 0, age_s=30)
    gone = replace(gone, sensor=replace(gone.sensor, status_online=False, status_time=NOW))
    shown = place(gone, bay(2, 1), bay(3, 0))
    assert (shown["free"], shown["values"]["occupied_count"], shown["status"]) == (1, 1, "online")
    assert place(gone)["status"] == "offline"


def test_a_bay_that_is_back_says_so_by_anything_it_sends() -> None:
    back = bay(1, 0, age_s=900)
    goodbye = NOW - timedelta(minutes=10)
    back = replace(back, sensor=replace(back.sensor, status_online=False, status_time=goodbye))
    assert place(back)["status"] == "offline"
    back = replace(back, readings=[*back.readings, reading(NOW, "battery", 80, age_s=10)])
    assert (place(back)["status"], place(back)["free"]) == ("online", 1)
