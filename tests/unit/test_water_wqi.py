"""VN_WQI by Decision 1460/QD-TCMT: every figure of its tables, groups, the whole, categories."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import InvalidInput
from cityhub.water import wqi
from cityhub.water.oxygen import percent, saturation
from cityhub.water.parameters import GROUPS, PARAMETERS
from cityhub.water.scales import SCALES
from cityhub.water.wqi import (
    CATEGORIES,
    FORMULAS,
    Rules,
    category,
    evaluate,
    group_index,
    half_up,
    sub_index,
    whole,
)

# As the Decision's tables stand: the sub-indices at these concentrations.
AT = {
    "bod5": {0: 100, 4: 100, 6: 75, 15: 50, 25: 25, 50: 10, 51: 10},
    "cod": {0: 100, 10: 100, 15: 75, 30: 50, 50: 25, 150: 10, 151: 10},
    "toc": {0: 100, 4: 100, 6: 75, 15: 50, 25: 25, 50: 10, 51: 10},
    "nh4_n": {0: 100, 0.299: 100, 0.3: 75, 0.6: 50, 0.9: 25, 5: 10, 6: 10},
    "no3_n": {0: 100, 2: 100, 5: 75, 10: 50, 15: 25, 15.001: 10},
    "no2_n": {0: 100, 0.05: 100, 0.0501: 10},
    "po4_p": {0: 100, 0.1: 100, 0.2: 75, 0.3: 50, 0.5: 25, 4: 10, 5: 10},
    "coliform": {0: 100, 2500: 100, 5000: 75, 7500: 50, 10_000: 25, 10_001: 10},
    "e_coli": {0: 100, 20: 100, 50: 75, 100: 50, 200: 25, 201: 10},
    "arsenic": {0: 100, 0.01: 100, 0.02: 75, 0.05: 50, 0.1: 25, 0.11: 10},
    "cadmium": {0: 100, 0.0049: 100, 0.005: 75, 0.008: 50, 0.01: 25, 0.1: 10, 0.2: 10},
    "lead": {0: 100, 0.019: 100, 0.02: 75, 0.04: 50, 0.05: 25, 0.5: 10, 0.6: 10},
    "chromium_6": {0: 100, 0.01: 100, 0.02: 75, 0.04: 50, 0.05: 25, 0.1: 10, 0.2: 10},
    "copper": {0: 100, 0.1: 100, 0.2: 75, 0.5: 50, 1.0: 25, 2: 10, 3: 10},
    "zinc": {0: 100, 0.5: 100, 1.0: 75, 1.5: 50, 2.0: 25, 3: 10, 4: 10},
    "mercury": {0: 100, 0.0009: 100, 0.001: 75, 0.0015: 50, 0.002: 25, 0.01: 10, 0.02: 10},
    "aldrin": {0: 100, 0.1: 100, 0.11: 10},
    "bhc": {0: 100, 0.02: 100, 0.021: 10},
    "dieldrin": {0: 100, 0.1: 100, 0.11: 10},
    "ddts": {0: 100, 1.0: 100, 1.01: 10},
    "heptachlor": {0: 100, 0.2: 100, 0.21: 10},
    "ph": {5.4: 10, 5.5: 50, 5.75: 75, 6: 100, 7: 100, 8.5: 100, 8.75: 75, 9: 50, 9.1: 10},
    "dissolved_oxygen": {
        0: 10, 19.9: 10, 20: 25, 35: 37.5, 50: 50, 75: 75, 88: 100, 100: 100, 112: 100, 125: 75, 150: 50, 200: 25,
        201: 10,
    },
}  # fmt: skip
UNITS = {name: "%" if name == "dissolved_oxygen" else PARAMETERS[name].unit for name in SCALES}
# Where a table's 100 ends and its 75 begins, or its 25 ends and its 10 begins: the only places without a way between.
JUMPS = {
    "nh4_n": {0.3}, "cadmium": {0.005}, "lead": {0.02}, "mercury": {0.001}, "no2_n": {0.05}, "no3_n": {15},
    "coliform": {10_000}, "e_coli": {200}, "arsenic": {0.1}, "aldrin": {0.1}, "bhc": {0.02}, "dieldrin": {0.1},
    "ddts": {1.0}, "heptachlor": {0.2}, "ph": {5.5, 9}, "dissolved_oxygen": {20, 200},
}  # fmt: skip
WORSE_WITH_MORE = sorted(set(SCALES) - {"ph", "dissolved_oxygen"})


def test_every_parameter_of_the_decision_has_its_table() -> None:
    assert set(AT) == set(SCALES)
    assert {name for name, one in PARAMETERS.items() if one.group} == set(SCALES)
    assert [PARAMETERS[name].group for name in ("ph", "aldrin", "mercury", "no2_n", "e_coli")] == list(GROUPS)
    assert [PARAMETERS[name].group for name in ("tss", "turbidity", "temperature", "total_n")] == [None] * 4


@pytest.mark.parametrize(
    ("name", "value", "q"), [(name, value, q) for name, row in AT.items() for value, q in row.items()]
)
def test_the_tables_of_the_decision(name: str, value: float, q: float) -> None:
    assert sub_index(name, value, UNITS[name]) == pytest.approx(q, abs=1e-9)


def test_between_two_points_it_is_linear() -> None:
    assert sub_index("bod5", 5, "mg/L") == pytest.approx(87.5)
    assert sub_index("cod", 20, "mg/L") == pytest.approx(66.667, abs=1e-3)
    assert sub_index("nh4_n", 2.95, "mg/L") == pytest.approx(17.5)
    assert sub_index("coliform", 6250, "MPN/100 mL") == pytest.approx(62.5)


@given(st.sampled_from(WORSE_WITH_MORE), st.floats(0, 1.2), st.floats(0, 1.2))
def test_more_is_never_better(name: str, one: float, other: float) -> None:
    most = SCALES[name].points[-1][0]
    low, high = sorted((one * most, other * most))
    better, worse = sub_index(name, low, UNITS[name]), sub_index(name, high, UNITS[name])
    assert better is not None
    assert worse is not None
    assert 10 <= worse <= better <= 100


@given(st.sampled_from(sorted(SCALES)), st.floats(0, 1.2))
def test_it_jumps_only_where_the_decision_does(name: str, share: float) -> None:
    scale = SCALES[name]
    value = share * scale.points[-1][0]
    step = 1e-9 * scale.points[-1][0]
    if any(value - step <= jump <= value + step for jump in JUMPS.get(name, ())):
        return
    steepest = max(
        (abs(q - p) / (b - a) for (a, q), (b, p) in zip(scale.points, scale.points[1:], strict=False)),
        default=0,
    )
    assert abs(scale(value + step) - scale(value)) <= steepest * step + 1e-6


@pytest.mark.parametrize("name", sorted(JUMPS))
def test_where_it_jumps_there_is_nothing_between(name: str) -> None:
    for jump in JUMPS[name]:
        before, after = SCALES[name](math.nextafter(jump, 0)), SCALES[name](math.nextafter(jump, math.inf))
        assert abs(after - before) >= 14, (name, jump)


@pytest.mark.parametrize("value", [-0.001, math.nan, math.inf, -math.inf])
def test_what_is_no_concentration_is_refused(value: float) -> None:
    for name in SCALES:
        with pytest.raises(InvalidInput, match="0 or more"):
            sub_index(name, value, UNITS[name])


def test_another_unit_is_refused() -> None:
    for name, unit in (
        ("bod5", "µg/L"),
        ("aldrin", "mg/L"),
        ("coliform", "CFU/mL"),
        ("dissolved_oxygen", "mg/L"),
    ):
        with pytest.raises(InvalidInput, match="is told in"):
            sub_index(name, 1, unit)
    with pytest.raises(InvalidInput, match="not part of VN_WQI"):
        sub_index("turbidity", 1, "NTU")
    assert sub_index("bod5", 1, "mg/l") == sub_index("aldrin", 0.1, "ug/L") == 100


def test_below_a_detection_limit_counts_only_where_it_leaves_nothing_open() -> None:
    assert sub_index("nh4_n", 0.3, "mg/L", "<") == 100  # below 0.3 is 100; 0.3 itself is 75
    assert sub_index("cadmium", 0.005, "mg/L", "<") == 100
    assert sub_index("bod5", 4, "mg/L", "<") == 100
    assert sub_index("bod5", 5, "mg/L", "<") is None
    assert sub_index("no2_n", 0.06, "mg/L", "<") is None
    assert sub_index("coliform", 24_000, "MPN/100 mL", ">") == 10
    assert sub_index("coliform", 10_000, "MPN/100 mL", ">") == 10
    assert sub_index("coliform", 5000, "MPN/100 mL", ">") is None
    assert sub_index("dissolved_oxygen", 6, "%", "<") == 10


@given(st.sampled_from(sorted(SCALES)), st.floats(1e-6, 1.2), st.floats(0, 0.999), st.sampled_from("<>"))
def test_a_certain_sub_index_is_that_of_every_value_it_may_be(
    name: str, share: float, part: float, bound: str
) -> None:
    scale = SCALES[name]
    value = share * scale.points[-1][0]
    told = scale.certain(value, bound)  # type: ignore[arg-type]
    if told is not None:
        assert scale(value * part if bound == "<" else value * (1 + 1e-9) / (1 - part)) == told


def test_saturation_of_oxygen() -> None:
    for celsius, expected in ((20, 9.022), (25, 8.176), (30, 7.437)):
        assert round(saturation(celsius), 3) == expected
    assert percent(8.176, 25) == pytest.approx(100, abs=0.01)
    assert percent(0, 25) == 0
    for wrong in (math.nan, -1, 51):
        with pytest.raises(InvalidInput, match="temperature"):
            percent(5, wrong)
    for wrong in (math.nan, -0.1, math.inf):
        with pytest.raises(InvalidInput, match="dissolved_oxygen"):
            percent(wrong, 25)


@given(st.floats(0, 49.9))
def test_warmer_water_holds_less(celsius: float) -> None:
    assert saturation(celsius + 0.1) < saturation(celsius)


def test_group_means() -> None:
    assert group_index("II", [100, 10]) == group_index("III", [100, 10]) == pytest.approx(31.6228, abs=1e-4)
    assert group_index("IV", [100, 10]) == group_index("V", [100, 10]) == 55
    assert group_index("I", [75]) == 75


def test_the_forms_of_the_whole() -> None:
    groups = {"I": 100.0, "II": 100.0, "III": 50.0, "IV": 80.0, "V": 45.0}
    assert whole(groups, "a") == pytest.approx(0.5 * math.sqrt(80 * 45))  # type: ignore[arg-type]
    assert whole(groups, "c") == pytest.approx(0.5 * (80 * 80 * 45) ** (1 / 3))  # type: ignore[arg-type]
    del groups["V"]
    assert whole(groups, "b") == whole(groups, "c") == pytest.approx(40)  # type: ignore[arg-type]
    assert set(FORMULAS) == {"a", "b", "c"}


# pH 100; IV: 87.5, 75, 75 -> 79.17; V: 62.5
LAKE = {"ph": 100.0, "bod5": 87.5, "cod": 75.0, "nh4_n": 75.0, "coliform": 62.5}


def test_an_index_by_default_and_by_the_other_form() -> None:
    index = evaluate(LAKE, Rules())
    assert (index.vn_wqi, index.why, index.form) == (70, None, "a")  # sqrt(79.1667 * 62.5) = 70.34
    assert index.groups == {"I": 100, "IV": pytest.approx(79.1667, abs=1e-4), "V": 62.5}
    assert index.category is not None
    assert index.category.name_vi == "Trung bình"
    other = evaluate(LAKE, Rules(aggregate="c"))
    assert (other.vn_wqi, other.form) == (73, "c")  # cbrt(79.1667^2 * 62.5) = 73.17
    without = {name: q for name, q in LAKE.items() if name != "coliform"} | {"lead": 100.0}
    assert (evaluate(without, Rules()).vn_wqi, evaluate(without, Rules()).form) == (79, "b")


def test_why_there_is_no_index() -> None:
    assert evaluate({}, Rules()).why == "no_values"
    sensors = {name: q for name, q in LAKE.items() if name != "coliform"}
    assert evaluate(sensors, Rules()).why == "too_few_groups"
    assert evaluate(sensors, Rules(minimum_groups=2)).vn_wqi == 79
    few = {name: q for name, q in LAKE.items() if name != "cod"} | {"lead": 100.0}
    assert evaluate(few, Rules()).why == "group_4_too_small"
    assert evaluate(few, Rules(minimum_group_4=2)).why is None
    metals = {"ph": 100.0, "lead": 100.0, "coliform": 100.0}
    assert evaluate(metals, Rules(minimum_group_4=0)).why == "group_4_too_small"
    assert evaluate(metals, Rules()).vn_wqi is None


@given(st.dictionaries(st.sampled_from(sorted(SCALES)), st.floats(10, 100)), st.sampled_from(("ab", "c")))
def test_an_index_lies_between_0_and_100_or_has_a_reason(
    found: dict[str, float], aggregate: wqi.Aggregate
) -> None:
    index = evaluate(found, Rules(aggregate=aggregate))
    assert (index.vn_wqi is None) == (index.why is not None) == (index.form is None)
    if index.vn_wqi is not None:
        assert 0 <= index.vn_wqi <= 100
        in_group_4 = [name for name in found if PARAMETERS[name].group == "IV"]
        assert len(index.groups) >= 3
        assert len(in_group_4) >= 3


def test_categories_with_their_colours() -> None:
    rgb = {one.name_vi: tuple(int(one.color[at : at + 2], 16) for at in (1, 3, 5)) for one in CATEGORIES}
    assert rgb == {
        "Rất tốt": (51, 51, 255), "Tốt": (0, 228, 0), "Trung bình": (255, 255, 0), "Xấu": (255, 126, 0),
        "Kém": (255, 0, 0), "Ô nhiễm rất nặng": (126, 0, 35),
    }  # fmt: skip
    edges = {
        100: "very_good",
        91: "very_good",
        90: "good",
        76: "good",
        75: "moderate",
        51: "moderate",
        50: "bad",
    }
    edges |= {26: "bad", 25: "poor", 10: "poor", 9: "very_poor", 0: "very_poor"}
    assert {value: category(value).name for value in edges} == edges


def test_halves_are_rounded_up() -> None:
    assert [half_up(value) for value in (70.5, 70.4999999999999, 90.49, 0.5)] == [71, 71, 90, 1]
