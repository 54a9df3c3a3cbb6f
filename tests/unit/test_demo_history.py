"""What a demo asks of its simulated city: only the past that is missing, a storm, faults."""

from datetime import UTC, datetime, timedelta

import pytest

from tools import demo
from tools.cli import main

NOW = datetime(2026, 7, 6, 2, 41, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (None, 1.0),
        (timedelta(seconds=3), 0.0),
        (timedelta(minutes=9), 0.0),
        (timedelta(minutes=-5), 0.0),
        (timedelta(hours=6, minutes=10), 0.25),
        (timedelta(days=3), 1.0),
    ],
)
def test_history_begins_a_slot_after_the_newest_stored_rain(age: timedelta | None, expected: float) -> None:
    newest = None if age is None else NOW - age
    assert demo.missing_days(1, newest, NOW) == pytest.approx(expected)


def test_the_city_is_started_with_what_is_missing() -> None:
    options = demo.Options(seed=3, rate=20, storm=True, faults="many")
    found = demo.city_arguments(options, NOW - timedelta(hours=6, minutes=10), NOW)
    words = "simulate --rate 20 --seed 3 --days 0.250000 --faults many --drivers 180 --storm"
    assert found == words.split()
    assert "--storm" not in demo.city_arguments(demo.Options(), None, NOW)


def test_storm_faults_and_a_fraction_of_a_day_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[demo.Options] = []
    monkeypatch.setattr(demo, "run", lambda options, _steps, **_: asked.append(options))
    with pytest.raises(SystemExit) as ended:
        main(["demo", "--storm", "--faults", "some", "--days", "0.5"])
    assert ended.value.code == 0
    assert (asked[0].storm, asked[0].faults, asked[0].days) == (True, "some", 0.5)
