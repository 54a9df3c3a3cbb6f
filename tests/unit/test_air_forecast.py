"""Air is told ahead from the past, with a range that holds what it says, and not at all where that is no use."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cityhub.air import vn_aqi
from cityhub.air.forecast import HOURS_AHEAD, Forecast, Model, forecast
from cityhub.air.forecast_features import HOURS_BEFORE, features, network_mean, to_log
from cityhub.air.forecast_training import LEAST_WEEKS, WEEK, Trained, train
from tools.bench import air as bench

ALONE = np.empty((0, 0))


def rhythm(weeks: int, seed: int = 0) -> Any:
    """Hours of a station whose traffic comes by the clock, on air that comes and goes slowly (µg/m³)."""
    noise = np.random.default_rng(seed)
    count = weeks * WEEK
    slow = np.zeros(count)
    for hour in range(1, count):
        slow[hour] = 0.96 * slow[hour - 1] + noise.normal(0, 0.12)
    hours = np.arange(count) % 24
    daily = 0.45 * np.cos((hours - 8) * 2 * np.pi / 24) + 0.3 * np.cos((hours - 18) * 4 * np.pi / 24)
    return np.exp(3.4 + slow + daily + noise.normal(0, 0.05, count))


@pytest.fixture(scope="module")
def trained() -> Trained:
    found = train(rhythm(20), ALONE, 0)
    assert isinstance(found, Trained)
    return found


def test_what_has_a_rhythm_is_told_better_than_by_either_baseline(trained: Trained) -> None:
    assert trained.weeks == 14
    published = [one for one in trained.skill if one.is_published]
    assert len(published) > HOURS_AHEAD // 2
    for one in published:
        assert one.error < min(one.error_persistence, one.error_yesterday)
        assert 0.75 <= one.coverage <= 0.85


def test_at_a_day_ahead_both_baselines_are_one(trained: Trained) -> None:
    last = trained.skill[-1]
    assert last.ahead == 24
    assert last.error_persistence == pytest.approx(last.error_yesterday)


def test_hours_that_depend_on_nothing_are_not_told() -> None:
    noise = np.random.default_rng(3)
    steps = np.cumsum(noise.normal(0, 1.0, 20 * WEEK))
    found = train(200 + steps - steps.min(), ALONE, 0)
    assert isinstance(found, Trained)
    # Of a random walk the present value is the best that can be said.
    assert sum(one.is_published for one in found.skill[:6]) == 0


def test_eight_weeks_are_needed() -> None:
    values = rhythm(LEAST_WEEKS)
    assert isinstance(train(values, ALONE, 0), Trained)
    assert train(values[1:], ALONE, 0) == "short_history"


def test_weeks_that_are_mostly_gaps_are_no_history() -> None:
    values = rhythm(20)
    values[np.arange(len(values)) % WEEK > 30] = np.nan
    assert train(values, ALONE, 0) == "short_history"


def test_a_week_that_is_held_out_does_not_help_to_tell_itself() -> None:
    """The same past with another last week: what is told within the weeks before stays the same."""
    values, other = rhythm(10), rhythm(10)
    other[-WEEK:] *= 3
    one, two = train(values[:-WEEK], ALONE, 0), train(other[:-WEEK], ALONE, 0)
    assert isinstance(one, Trained)
    assert isinstance(two, Trained)
    assert one.skill == two.skill


def ahead(trained: Trained, values: Any, **more: Any) -> Any:
    return forecast(
        trained.model, values, more.pop("others", ALONE), 0, has_index=more.pop("has_index", True)
    )


def test_a_forecast_has_a_range_around_it_and_an_index_where_there_may_be_one(trained: Trained) -> None:
    values = rhythm(1)[:100]
    found = ahead(trained, values)
    assert isinstance(found, Forecast)
    assert found.at == 99
    for hour in found.hours:
        assert 0 <= hour.low <= hour.pm2_5 <= hour.high
        assert hour.vn_aqi is not None
    without = ahead(trained, values, has_index=False)
    assert {hour.vn_aqi for hour in without.hours} == {None}
    assert [hour.pm2_5 for hour in without.hours] == [hour.pm2_5 for hour in found.hours]


def test_the_index_of_an_hour_ahead_reaches_back_into_hours_that_were(trained: Trained) -> None:
    found = ahead(trained, np.full(100, 20.0))
    assert [one.ahead for one in found.hours[:2]] == [1, 2]
    one, two = (hour.pm2_5 for hour in found.hours[:2])
    for hour, means in zip(found.hours, ([one, *[20.0] * 11], [two, one, *[20.0] * 10]), strict=False):
        index = vn_aqi.hourly({"pm2_5": means}).index.value
        assert index is not None
        # The means are rounded here, and half a step of the index may be lost by it.
        assert hour.vn_aqi == pytest.approx(index, abs=1)


@pytest.mark.parametrize(("late", "at"), [(0, 99), (1, 98), (2, 97)])
def test_the_newest_hours_may_be_missing(trained: Trained, late: int, at: int) -> None:
    values = rhythm(1)[:100]
    values[100 - late :] = np.nan
    assert ahead(trained, values).at == at


@pytest.mark.parametrize("gap", [slice(97, 100), slice(60, 88), slice(0, 95)])
def test_without_the_last_hours_nothing_is_told(trained: Trained, gap: slice) -> None:
    values = rhythm(1)[:100]
    values[gap] = np.nan
    if gap == slice(60, 88):
        values[88:] = np.nan
    assert ahead(trained, values) == "no_data"


def test_a_gap_among_good_hours_is_bridged(trained: Trained) -> None:
    values = rhythm(1)[:100]
    values[[98, 90, 76, 75]] = np.nan
    assert isinstance(ahead(trained, values), Forecast)


def test_a_model_comes_out_of_the_store_as_it_went_in(trained: Trained) -> None:
    again = Model.from_json(json.loads(json.dumps(trained.model.as_json(), allow_nan=False)))
    values = rhythm(1)[:100]
    assert forecast(again, values, ALONE, 0, has_index=True) == ahead(trained, values)


def test_a_model_with_a_network_does_without_when_it_is_silent() -> None:
    values, other = rhythm(12, seed=1), rhythm(12, seed=1) * 1.1
    found = train(values, other[None, :], 0)
    assert isinstance(found, Trained)
    silent = np.full((1, 100), np.nan)
    window = values[-100:]
    told = forecast(found.model, window, silent, 0, has_index=True)
    assert isinstance(told, Forecast)
    assert told == forecast(found.model, window, np.empty((0, 100)), 0, has_index=True)
    assert told != forecast(found.model, window, other[None, -100:], 0, has_index=True)


def test_the_mean_of_a_network_is_of_those_that_measure() -> None:
    others = np.array([[1.0, np.nan, np.nan], [3.0, 4.0, np.nan]])
    np.testing.assert_array_equal(network_mean(others), [2.0, 4.0, np.nan])


def test_saturdays_and_sundays_are_told_apart() -> None:
    # 1970-01-01 was a Thursday: its third and fourth day are the weekend.
    rows, _ = features(to_log(np.full(24 * 7, 20.0)), None, 0)
    assert [bool(rows[day * 24, -1]) for day in range(7)] == [False, False, True, True, False, False, False]


gappy = arrays(float, st.integers(1, 200), elements=st.one_of(st.floats(0, 1000), st.just(float("nan"))))


@given(gappy, st.integers(0, 10**6))
def test_hours_with_gaps_are_told_from_or_not_but_never_break(
    trained: Trained, values: Any, first: int
) -> None:
    rows, suffices = features(to_log(values), None, first)
    assert np.isfinite(rows[suffices]).all()
    assert not suffices[: min(len(values), HOURS_BEFORE // 2 - 1)].any()
    assert not suffices[np.isnan(values)].any()
    found = forecast(trained.model, values, ALONE, first, has_index=True)
    if isinstance(found, Forecast):
        assert all(0 <= hour.low <= hour.pm2_5 <= hour.high < 1e6 for hour in found.hours)


@pytest.mark.parametrize(
    ("file", "format"),
    [
        ("hanoi_usembassy_pm25_2016.csv.gz", "airnow"),
        ("prsa_beijing_12st_2016JJA.csv.gz", "prsa"),
        ("prsa_beijing_12st_2016DJF.csv.gz", "prsa"),
    ],
)
def test_on_weeks_held_out_of_real_air_it_beats_both_and_the_range_holds(
    shared_data: Path, file: str, format: str
) -> None:
    told = bench.ahead(bench.hours_of(shared_data / file, format))
    assert [one.ahead for one in told] == list(range(1, HOURS_AHEAD + 1))
    assert all(one.is_good for one in told)


def test_now_is_not_needed_to_train_or_tell() -> None:
    """The same hours give the same model whenever they are looked at."""
    one, two = train(rhythm(9), ALONE, 5), train(rhythm(9), ALONE, 5)
    assert isinstance(one, Trained)
    assert isinstance(two, Trained)
    assert one.model.as_json() == two.model.as_json()
