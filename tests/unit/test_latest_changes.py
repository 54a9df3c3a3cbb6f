"""Which sites are in another band than an hour ago."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cityhub.kinds import KINDS, KindName
from cityhub.latest import Changes, Feature
from cityhub.latest.sensors import features
from cityhub.model import SensorState
from tests.sites import reading, sensor_row

START = datetime(2026, 11, 22, 3, tzinfo=UTC)
PROPERTY = {"air": "pm2_5", "water": "dissolved_oxygen"}


def site(value: float | None, now: datetime, kind: KindName = "air", *, age_s: float = 1) -> list[Feature]:
    readings = () if value is None else (reading(now, PROPERTY[kind], value, age_s),)
    return features(KINDS[kind], [SensorState(sensor_row("a", kind=kind), readings)], now)


def after(*values: float | None, every: timedelta = timedelta(minutes=10)) -> tuple[Changes, datetime]:
    """What is known when a site showed these values one after the other, and when that is."""
    changes = Changes()
    now = START
    for number, value in enumerate(values):
        now = START + number * every
        changes.note("air", site(value, now), now)
    return changes, now


def test_a_site_in_another_band_than_an_hour_ago_is_told_with_both() -> None:
    changes, now = after(20, 30, 60)
    (change,) = changes.found(now)
    assert (change.before, change.after, change.time, change.is_worse) == (0, 2, now, True)


def test_what_went_to_and_fro_is_no_change() -> None:
    changes, now = after(24, 26, 24, 26, 24)
    assert changes.found(now) == []


def test_after_an_hour_it_is_news_no_more() -> None:
    changes, now = after(20, 60)
    assert len(changes.found(now + timedelta(minutes=59))) == 1
    assert changes.found(now + timedelta(minutes=60)) == []


def test_a_site_that_fell_silent_is_as_it_was() -> None:
    changes, now = after(20, None, 30)
    later = now + timedelta(minutes=1)
    changes.note("air", site(200, later, age_s=7200), later)
    assert [(one.before, one.after) for one in changes.found(later)] == [(0, 1)]


def test_where_less_is_worse_less_is_worse() -> None:
    changes = Changes()
    changes.note("water", site(6, START, "water"), START)
    changes.note("water", site(3, START, "water"), START + timedelta(minutes=5))
    (change,) = changes.found(START + timedelta(minutes=6))
    assert (change.before, change.after, change.is_worse) == (0, 2, True)


@given(st.lists(st.floats(0, 300), min_size=1, max_size=200))
def test_what_is_told_is_the_band_an_hour_ago_and_now(values: list[float]) -> None:
    every = timedelta(minutes=1)
    changes, now = after(*values, every=every)
    steps = [KINDS["air"].showing("pm2_5").step(value) for value in values]
    then = steps[max(0, len(steps) - 1 - 60)]
    assert [(one.before, one.after) for one in changes.found(now)] == (
        [] if then == steps[-1] else [(then, steps[-1])]
    )
    assert all(len(held) <= 62 for held in changes._steps.values())
