"""VN_AQI of many hours at once is that of one hour after another, to the last bit."""

from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.air import many_hours
from cityhub.air.hours import LEAD, Hours, Means
from cityhub.air.vn_aqi import POLLUTANTS
from cityhub.catalogue.air_stations import AirStation, Correction, station_of
from cityhub.errors import InvalidInput
from cityhub.rfc3339 import HANOI_TIME

FIRST = datetime(2026, 11, 1, 1, tzinfo=HANOI_TIME)
PLAIN = station_of({}, POLLUTANTS)
CORRECTED = AirStation(
    publishes_aqi=True,
    station_class="indicative",
    hour_stamp="start",
    correction=Correction(
        name="of a test",
        pm2_5=0.524,
        humidity=-0.0862,
        constant=5.75,
        below=570,
        fitted_from=FIRST.date(),
        fitted_to=FIRST.date(),
        reference_station="none",
        source="a test",
    ),
)
# What is measured, what lies on breakpoints and beside them, and what no instrument tells but doubles may hold.
figures = (
    st.none()
    | st.floats(0, 2000)
    | st.sampled_from([0.0, 25.0, 50.0, 160.0, 350.0, 600.0, 3850.0, 5e-324, 1e200, 1.5e308])
)


@st.composite
def stations(draw: st.DrawFn) -> list[Hours]:
    count = draw(st.integers(1, LEAD + 4))
    found = []
    for station in draw(st.lists(st.sampled_from([PLAIN, CORRECTED]), min_size=1, max_size=3)):
        measured = [name for name in [*POLLUTANTS, "humidity"] if draw(st.booleans()) or name == "pm2_5"]
        column = st.lists(figures, min_size=count, max_size=count)
        raw = {name: Means(draw(column), [1] * count) for name in measured}
        found.append(Hours.of(station, FIRST, count, raw))
    return found


def one_after_another(found: list[Hours], first: int) -> Any:
    return [[hour.index(at) for at in range(first, hour.count)] for hour in found]


def outcome(make: Any, *arguments: Any) -> Any:
    try:
        return make(*arguments)
    except InvalidInput as exc:
        return str(exc)


@given(stations(), st.data())
def test_many_hours_are_what_they_are_one_after_another(found: list[Hours], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, found[0].count - 1))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(many_hours, "MANY", 0)
        at_once = outcome(many_hours.indices, found, first)
    one_by_one = outcome(one_after_another, found, first)
    assert at_once == one_by_one
    # Equal figures in another order, or a numpy integer, would still be written differently.
    assert repr(at_once) == repr(one_by_one)


@pytest.mark.parametrize("bad", [-1.0, float("nan"), float("inf")], ids=["negative", "nan", "infinite"])
def test_what_is_no_concentration_is_refused_among_many(bad: float) -> None:
    count = LEAD + many_hours.MANY
    good: list[float | None] = [20.0] * count
    means, wrong = Means(good, [1] * count), Means([*good[1:], bad], [1] * count)
    with pytest.raises(InvalidInput):
        many_hours.indices([Hours.of(PLAIN, FIRST, count, {"pm2_5": means, "no2": wrong})], LEAD)


def test_no_stations_have_no_hours() -> None:
    assert many_hours.indices([], LEAD) == []
