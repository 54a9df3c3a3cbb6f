"""What the siege makes of what it measured, and the packets that it sends."""

import pytest

from tools.siege.mqtt import length
from tools.siege.verdict import MIB, at_most, grown, quantile, times


@pytest.mark.parametrize(
    ("count", "packet"),
    [(0, "00"), (127, "7f"), (128, "8001"), (16_383, "ff7f"), (16_384, "808001"), (268_435_455, "ffffff7f")],
)
def test_a_remaining_length_is_written_as_mqtt_says(count: int, packet: str) -> None:
    assert length(count).hex() == packet


def test_a_quantile_is_a_value_that_was_measured() -> None:
    assert quantile([], 0.99) == 0
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([float(number) for number in range(100)], 0.99) == 99.0


def test_memory_may_breathe_but_not_grow() -> None:
    before = {"broker": 10 * MIB, "api": 150 * MIB}
    assert grown(before, {"broker": 90 * MIB, "api": 300 * MIB}) == []
    assert grown(before, {"broker": 200 * MIB, "api": 500 * MIB}) == ["broker", "api"]
    assert grown(before, {"broker": 0, "api": 150 * MIB}) == ["broker"]


def test_times_as_long_are_told_and_what_was_not_measured_is_no_promise_kept() -> None:
    assert times(50.0, 425.0) == 8.5
    assert times(0.0, 1.0) == times(1.0, 0.0) == float("inf")


def test_a_promise_is_kept_up_to_its_limit() -> None:
    assert at_most("x", 250, 250, " ms").kept
    assert not at_most("x", 250.1, 250, " ms").kept
    assert at_most("x", float("inf"), 250).measured == "inf, at most 250"
