"""The simulated laboratory: every Monday at nine, the same for the same seed, and only what water can hold."""

from datetime import UTC, datetime

from cityhub.water.samples import result
from simulators.city.laboratory import LOOKS_FOR, METHOD, findings

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)  # a Thursday
STATIONS = ("water-north", "water-south")


def test_the_same_seed_finds_the_same_once_a_week() -> None:
    found = list(findings(1, STATIONS, NOW))
    assert found == list(findings(1, STATIONS, NOW))
    assert found != list(findings(2, STATIONS, NOW))
    assert [f"{one.time:%m-%d %H:%M}" for one in found[::2]] == [
        "10-26 09:00", "11-02 09:00", "11-09 09:00", "11-16 09:00", "11-23 09:00",
    ]  # fmt: skip
    assert len({one.reference for one in found}) == 10


def test_a_monday_before_nine_has_no_sample_yet() -> None:
    early = datetime(2026, 11, 23, 1, 59, tzinfo=UTC)
    assert max(one.time for one in findings(1, STATIONS, early)) < early


def test_what_it_finds_is_what_a_laboratory_may_tell() -> None:
    units = {"coliform": "MPN/100 mL", "e_coli": "MPN/100 mL"}
    for one in findings(3, STATIONS, NOW):
        assert set(one.values) == set(LOOKS_FOR)
        for name, value in one.values.items():
            assert result(name, value, units.get(name, "mg/L"), METHOD).value == value
