"""QCVN 08:2023/BTNMT, lakes, level B: which limit, and by how much."""

import pytest

from cityhub.water.limits import LIMITS, compare


def test_the_limits_of_level_b() -> None:
    assert {name: (limit.value, limit.side) for name, limit in LIMITS.items()} == {
        "bod5": (6, "at_most"), "cod": (15, "at_most"), "toc": (6, "at_most"), "tss": (15, "at_most"),
        "dissolved_oxygen": (5, "at_least"), "total_p": (0.3, "at_most"), "total_n": (1.5, "at_most"),
        "coliform": (5000, "at_most"), "nh4_n": (0.3, "at_most"), "no2_n": (0.05, "at_most"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "is_met", "difference", "percent"),
    [
        ("bod5", 7.2, False, 1.2, 20.0),
        ("bod5", 6, True, 0, 0),
        ("dissolved_oxygen", 4, False, -1, -20.0),
        ("dissolved_oxygen", 5, True, 0, 0),
        ("coliform", 3200, True, -1800, -36.0),
        ("nh4_n", 0.35, False, 0.05, 16.7),
    ],
)
def test_by_how_much(name: str, value: float, is_met: bool, difference: float, percent: float) -> None:
    found = compare(name, value)
    assert found is not None
    assert (found.is_met, found.difference, found.percent) == (is_met, difference, percent)


def test_a_detection_limit_may_leave_it_open() -> None:
    told = [
        compare("bod5", 2, "<"),
        compare("bod5", 6, "<"),
        compare("bod5", 8, "<"),
        compare("coliform", 24_000, ">"),
    ]
    assert [one and one.is_met for one in told] == [True, True, None, False]
    oxygen = [compare("dissolved_oxygen", 0.5, "<"), compare("dissolved_oxygen", 6, "<")]
    assert [one and one.is_met for one in oxygen] == [False, None]


def test_what_has_no_limit_is_beside_none() -> None:
    assert compare("turbidity", 3) is None
