"""How fast messages come, and how old their readings are."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.kinds import KINDS
from cityhub.ops.rates import BOUNDS_S, Counted, Rate, Step, quantile_s
from portal.staff.rates import HEIGHT, rows

NOW = datetime(2026, 11, 27, 3, 0, tzinfo=UTC)


def test_a_quantile_lies_within_its_class() -> None:
    lags = Counted.of(100, 0, [0.2] * 50 + [0.7] * 49 + [4000]).lags
    half, most = quantile_s(lags, 0.5), quantile_s(lags, 0.99)
    assert half == pytest.approx(0.25)
    assert most == pytest.approx(1.0)
    assert quantile_s(lags, 1) == pytest.approx(21_600)
    assert quantile_s(Counted().lags, 0.5) is None


def test_what_is_older_than_every_class_has_no_figure_and_a_clock_ahead_is_no_lag() -> None:
    assert quantile_s(Counted.of(1, 0, [10 * 86_400]).lags, 0.5) == math.inf
    assert Counted.of(1, 0, [-30]).lags[0] == 1
    assert len(Counted().lags) == len(BOUNDS_S) + 1


def test_counts_add_up() -> None:
    one, other = Counted.of(3, 1, [0.2, 90]), Counted.of(4, 2, [0.2])
    one.take(other)
    assert (one.messages, one.refused, sum(one.lags)) == (7, 3, 3)
    assert one.lags[1] == 2


def test_every_kind_has_a_row_and_what_is_of_none_comes_last() -> None:
    steps = [
        Step(NOW + timedelta(minutes=10 * number), per_minute, 1)
        for number, per_minute in enumerate((0, 5, 20))
    ]
    lags = Counted.of(2, 0, [0.2, 2 * 86_400]).lags
    found = rows([Rate("air", 20, 0.25, lags, steps), Rate("none", 1, 1, (), steps)], "en")
    assert [row.name for row in found] == [*(kind.name_en for kind in KINDS.values()), "of no kind"]
    air, rain = found[:2]
    assert (air.per_minute, air.refused_per_minute, air.p99) == ("20", "0.3", "over a day")
    assert [bar.height for bar in air.bars] == [HEIGHT / 4, HEIGHT]
    assert "0 to 20 messages a minute" in air.picture
    assert "10:00" in air.picture
    assert (rain.per_minute, rain.p50, list(rain.bars)) == ("0", None, [])


@pytest.mark.parametrize(
    ("lag_s", "told"), [(0.04, "0.05 s"), (4, "4 s"), (150, "3.5 min"), (40_000, "15 h")]
)
def test_lags_are_told_in_the_unit_that_fits(lag_s: float, told: str) -> None:
    [row] = [
        row
        for row in rows([Rate("air", 1, 0, Counted.of(1, 0, [lag_s]).lags, ())], "en")
        if row.p50 is not None
    ]
    assert row.p50 == told
