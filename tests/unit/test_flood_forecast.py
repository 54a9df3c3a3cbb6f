"""Depths told ahead: learnt from a point's past, tried on what was not seen, told only where that beats persistence."""

import csv
import gzip
import math
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityhub.flood.forecast import Horizon, Model, forecast
from cityhub.flood.forecast_training import LEAST_SKILL, Trained, train


def horizon(**changes: float) -> Horizon:
    fields = {
        "rise": 0.5,
        "fall": 0.25,
        "rain": 0.0,
        "low": -2.0,
        "high": 3.0,
        "error": 1.0,
        "persistence": 2.0,
    }
    return Horizon(minutes=30, cases=100, **{**fields, **changes})


def test_a_forecast_is_a_part_of_the_rise_or_of_the_fall() -> None:
    model = Model((horizon(),))
    [up] = forecast(model, 20.0, 8.0, None)
    assert (up.depth, up.low, up.high) == (24.0, 22.0, 27.0)  # type: ignore[union-attr]
    [down] = forecast(model, 20.0, -8.0, None)
    assert down.depth == 18.0  # type: ignore[union-attr]


def test_water_is_never_told_below_the_street() -> None:
    [told] = forecast(Model((horizon(fall=2.0),)), 3.0, -8.0, None)
    assert (told.depth, told.low) == (0.0, 0.0)  # type: ignore[union-attr]


def test_where_nothing_moves_or_nothing_is_known_there_is_none() -> None:
    model = Model((horizon(rain=1.0),))
    assert forecast(model, 20.0, 0.5, 0.0) == "still"
    assert forecast(model, 20.0, None, 9.0) == "few_readings"
    assert forecast(model, 20.0, 9.0, None) == "few_readings"
    [told] = forecast(model, 0.0, 0.0, 10.0)
    assert told.depth == 10.0  # type: ignore[union-attr]


@given(st.floats(0, 200), st.floats(-100, 100), st.floats(0, 100))
def test_bounds_hold_the_depth(depth: float, change: float, rain: float) -> None:
    told = forecast(Model((horizon(rain=0.3),)), depth, change, rain)
    assert isinstance(told, str) or all(0 <= one.low <= one.depth <= one.high for one in told)


def test_a_model_is_the_same_after_it_was_stored() -> None:
    model = Model((horizon(rain=0.125),))
    assert Model.from_json(model.as_json()) == model


def street(days: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """A street that fills with the rain of the hour and runs off by a tenth every quarter of an hour."""
    random = np.random.default_rng(seed)
    rain, depth = np.zeros(days * 96), np.zeros(days * 96)
    for start in range(30, len(rain) - 40, 96):
        rain[start : start + 8] = random.uniform(2, 12, 8)
    for at in range(1, len(depth)):
        depth[at] = 0.9 * depth[at - 1] + 0.5 * rain[at - 1]
    return np.round(depth + random.normal(0, 0.2, len(depth)).clip(-0.4, 0.4), 1).clip(0), rain


def test_a_street_that_fills_and_runs_off_is_told_better_than_by_persistence() -> None:
    found = train(*street(40))
    assert isinstance(found, Trained)
    assert found.model is not None
    assert [one.minutes for one in found.model.horizons] == [30, 60]
    assert all(one.skill > 0.15 for one in found.model.horizons)


def test_noise_is_not_told() -> None:
    random = np.random.default_rng(2)
    walk = train(np.cumsum(random.choice([-2.0, 0.0, 2.0], 6000)) + 500, np.zeros(6000))
    assert isinstance(walk, Trained)
    assert walk.model is None
    assert all(one.skill < LEAST_SKILL for one in walk.tried)


def test_a_point_that_was_never_wet_teaches_nothing() -> None:
    assert train(np.zeros(5000), np.zeros(5000)) == "short_history"
    assert train(np.full(5000, math.nan), np.zeros(5000)) == "short_history"
    assert train(np.zeros(2), np.zeros(2)) == "short_history"


def test_rivers_of_the_environment_agency_are_told_only_where_that_beats_persistence(
    shared_data: Path,
) -> None:
    with gzip.open(shared_data / "ea_calder_15min_2025.csv.gz", "rt", newline="") as file:
        rows = list(csv.DictReader(file))

    def column(name: str) -> np.ndarray:
        return np.array([float(row[name]) if row[name] else math.nan for row in rows])

    rain = np.nanmean(np.stack([column(name) for name in rows[0] if name.endswith("-rainfall")]), axis=0)
    told = {}
    for name in (name for name in rows[0] if name.endswith("-level")):
        found = train(100 * column(name), rain)
        assert isinstance(found, Trained)
        told[name] = () if found.model is None else tuple(one.minutes for one in found.model.horizons)
    # docs/rain-and-floods.md has the errors.
    assert told == {
        "Hebden-Bridge-level": (60,),
        "Mytholmroyd-Dauber-Bridge-level": (60,),
        "Mytholmroyd-level": (30, 60),
        "Nutclough-level": (),
        "Todmorden-Callis-Bridge-level": (),
    }
