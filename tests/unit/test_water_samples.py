"""What laboratories write, and the water at one moment made of stations and samples."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import InvalidInput
from cityhub.water.assessment import Measured, assess
from cityhub.water.samples import Result, Sample, check_results, check_time, read_figure, result
from cityhub.water.wqi import Rules

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "figure"),
    [
        ("7.5", ("=", 7.5)), ("7,5", ("=", 7.5)), ("<0.01", ("<", 0.01)), (" < 0,010 ", ("<", 0.01)),
        ("> 24000", (">", 24_000)), ("0.045", ("=", 0.045)), ("12", ("=", 12)), ("0", ("=", 0)),
    ],
)  # fmt: skip
def test_figures_as_people_write_them(text: str, figure: tuple[str, float]) -> None:
    assert read_figure(text) == figure


@pytest.mark.parametrize(
    "text", ["", "nan", "1e3", "-1", "2.400", "2,400", "<", "KPH", "1.2.3", "5 mg/L", "≤0.1"]
)
def test_what_may_be_read_in_two_ways_or_not_at_all_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_figure(text)
    assert refused.value.field == "value"


@given(st.decimals(0, 999_999, places=2, allow_nan=False), st.sampled_from(".,"))
def test_a_figure_is_read_as_it_is_written(value: Any, separator: str) -> None:
    assert read_figure(str(value).replace(".", separator)) == ("=", float(value))


@pytest.mark.parametrize(
    ("parameter", "value", "unit", "method", "field"),
    [
        ("gold", 1, "mg/L", "TCVN", "parameter"),
        ("bod5", 1, "µg/L", "TCVN", "unit"),
        ("bod5", -1, "mg/L", "TCVN", "value"),
        ("bod5", float("nan"), "mg/L", "TCVN", "value"),
        ("ph", 15, "", "TCVN", "value"),
        ("bod5", "<0", "mg/L", "TCVN", "value"),
        ("bod5", 1, "mg/L", " ", "method"),
    ],
)
def test_results_that_cannot_be(
    parameter: str, value: float | str, unit: str, method: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        result(parameter, value, unit, method)
    assert refused.value.field == field


def test_a_sample_holds_each_parameter_once_and_was_taken() -> None:
    one = result("ph", "7,5", "pH", "TCVN 6492:2011")
    assert one == Result("ph", 7.5, "=", "TCVN 6492:2011")
    for wrong in ([], [one, one]):
        with pytest.raises(InvalidInput, match="results"):
            check_results(wrong)
    check_time(NOW, NOW)
    for taken in (NOW + HOUR, datetime(1999, 1, 1, tzinfo=UTC)):
        with pytest.raises(InvalidInput, match="sampled_at"):
            check_time(taken, NOW)


def sample(taken: datetime, id: str = "s1", **values: float | str | None) -> Sample:
    def made(name: str, value: float | str | None) -> Result:
        if value is None:
            return Result(name, None, "=", "m")
        bound, figure = read_figure(str(value))
        return Result(name, figure, bound, "m")

    found = tuple(made(name, value) for name, value in values.items())
    return Sample(id, "water-1", taken, "Laboratory", id, "key", taken, found)


def sensed(**values: float) -> list[Measured]:
    return [Measured(name, value, "=", "sensor", NOW - HOUR / 12) for name, value in values.items()]


STATION = {"ph": 7.9, "dissolved_oxygen": 6.5, "temperature": 25.0, "nh4_n": 0.2}


def test_the_laboratory_completes_what_the_station_measures() -> None:
    alone = assess(sensed(**STATION), [], NOW, Rules())
    assert (alone.index.vn_wqi, alone.index.why) == (None, "group_4_too_small")
    found = assess(sensed(**STATION), [sample(NOW - 3 * DAY, bod5=5, coliform=2500)], NOW, Rules())
    # Oxygen at 79.5 % of saturation: 83.65; IV (83.65 + 100 + 87.5) / 3 = 90.4; V 100; sqrt(90.4 * 100) = 95.
    assert found.figures["dissolved_oxygen"].percent == pytest.approx(79.50, abs=0.01)
    assert (found.index.vn_wqi, found.index.form) == (95, "a")
    assert found.figures["bod5"].measured.laboratory == "Laboratory"
    assert found.figures["bod5"].measured.time == NOW - 3 * DAY
    assert found.figures["ph"].measured.source == "sensor"


def test_who_measured_last_counts_and_only_as_long_as_the_rules_allow() -> None:
    older, newer = sample(NOW - 9 * DAY, "old", bod5=9, cod=11), sample(NOW - DAY, "new", bod5=5, ph=6)
    found = assess(sensed(**STATION), [newer, older], NOW, Rules())
    assert [found.figures[name].measured.sample_id for name in ("bod5", "cod", "ph")] == ["new", "old", None]
    assert "cod" not in assess([], [older], NOW, Rules(sample_days=8)).figures
    assert "cod" not in assess([], [older], NOW - 10 * DAY, Rules()).figures  # not taken yet


def test_a_withdrawn_result_and_one_below_a_coarse_detection_limit_do_not_count() -> None:
    found = assess([], [sample(NOW, bod5=None, cod="<50", tss=20)], NOW, Rules())
    assert "bod5" not in found.figures
    assert (found.figures["cod"].sub_index, found.figures["cod"].unused) == (None, "detection_limit")
    assert (found.figures["tss"].sub_index, found.figures["tss"].unused) == (None, None)
    assert found.index.why == "no_values"


def test_oxygen_is_told_with_the_temperature_of_the_same_water() -> None:
    lab = sample(NOW - DAY, dissolved_oxygen=8.2)
    found = assess(sensed(temperature=30.0), [lab], NOW, Rules())
    assert (found.figures["dissolved_oxygen"].unused, found.figures["dissolved_oxygen"].percent) == (
        "no_temperature",
        None,
    )
    with_its_own = sample(NOW - DAY, dissolved_oxygen=8.18, temperature=25)
    found = assess(sensed(temperature=30.0), [with_its_own], NOW, Rules())
    assert found.figures["dissolved_oxygen"].percent == pytest.approx(100, abs=0.1)
