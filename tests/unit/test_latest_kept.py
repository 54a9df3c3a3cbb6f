"""Features that are remembered are those made anew, whatever happens and whatever the clock does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.snapshots import Snapshot, build, changed
from cityhub.catalogue.opening import parse
from cityhub.flood import features as flood
from cityhub.flood.nearby import Nearby
from cityhub.flood.passability import Limits
from cityhub.flood.reports import Report
from cityhub.flood.risk import GaugeHour
from cityhub.flood.water import Water
from cityhub.latest import Feature
from cityhub.latest.kept import Kept
from cityhub.model import PlaceRow, SensorState
from cityhub.parking import features as parking
from tests.sites import place_row, reading, sensor_row

# 05:59:30 of a Friday in Viet Nam, before places open.
START = datetime(2026, 11, 26, 22, 59, 30, tzinfo=UTC)
SITES = 3
sites = st.integers(0, SITES - 1)
# Also the moments at which something is late or offline, and one second before; and a clock that is set back.
passing = st.tuples(
    st.just("passes"),
    st.sampled_from([0, 0.4, 1, 30, 59, 60, 61, 180, 181, 720, 721, 3600, 7200, 21600, -1, -90])
    | st.floats(-5, 4000),
)
reports = st.tuples(
    st.just("reports"),
    sites,
    st.sampled_from([0.0, 1.0, 12.0, 31.0]),
    st.floats(-60, 900),
    st.sampled_from([0, 1, 4]),
)
common = passing | reports | st.tuples(st.just("renamed"), sites) | st.tuples(st.just("said goodbye"), sites)


@dataclass
class City:
    """Sensors that something happens to."""

    kind: str
    measures: str
    now: datetime = START
    states: list[SensorState] = field(default_factory=list)
    places: list[PlaceRow] = field(default_factory=list)
    around: flood.Around = field(default_factory=flood.Around)

    def __post_init__(self) -> None:
        for number in range(SITES):
            row = sensor_row(
                f"one-{number}",
                kind=self.kind,
                place_id=f"place-{number % 2}",
                attributes={"scenario": "50-70"},
            )
            self.states.append(SensorState(row, []))
        self.places = [place_row(f"place-{number}", 2) for number in range(2)]

    def happens(self, what: str, *told: Any) -> None:
        match what, told:
            case "passes", (seconds,):
                self.now += timedelta(seconds=seconds)
            case "reports", (at, value, age_s, quality):
                sensor, before = self.states[at].sensor, self.states[at].readings
                one = reading(self.now, self.measures, value, age_s, quality)
                kept = [other for other in before if other.property != one.property]
                revision = before[0].revision + 1 if before else 0
                self.states[at] = SensorState(sensor, [*kept, replace(one, revision=revision)])
            case "renamed", (at,):
                self._sensor(at, name_vi=f"Tên {self.now}")
                place = self.places[at % 2]
                self.places[at % 2] = replace(place, name_vi=f"Tên {self.now}")
            case "said goodbye", (at,):
                self._sensor(at, status_online=False, status_time=self.now)
            case "opens", (at, hours):
                self.places[at % 2] = replace(self.places[at % 2], opening=parse(hours))
            case "closes", (at, after_s, for_s):
                begins = self.now + timedelta(seconds=after_s)
                closure = begins, begins + timedelta(seconds=for_s)
                self.places[at % 2] = replace(self.places[at % 2], closures=(closure,))
            case "rains", (at, mm):
                gauges = list(self.around.gauges)
                gauges[at:] = [GaugeHour(f"rain-{at}", "Đo mưa", "Gauge", 105.8, 21.0 + at / 100, mm, True)]
                self.around = replace(self.around, gauges=gauges)
            case "rises", (at, cm_h):
                water = Water(cm_h, self.now - timedelta(hours=1), self.now, cm_h)
                self.around = replace(self.around, water={**self.around.water, f"one-{at}": water})
            case "is seen", (at, state, ago_s):
                seen = self.now - timedelta(seconds=ago_s)
                report = Report("r", f"one-{at}", state, None, seen, "key:k", "r", self.now, False)
                self.around = replace(self.around, reports={**self.around.reports, f"one-{at}": report})

    def _sensor(self, at: int, **changes: Any) -> None:
        self.states[at] = SensorState(replace(self.states[at].sensor, **changes), self.states[at].readings)


def check(
    city: City,
    events: list[tuple[Any, ...]],
    kept: Callable[[], list[Feature]],
    anew: Callable[[], list[Feature]],
) -> None:
    before: list[Snapshot | None] = [None, None]
    for event in events:
        city.happens(*event)
        found = [kept(), anew()]
        assert found[0] == found[1]
        after = [shown(city, features) for features in found]
        assert after[0].plain.body == after[1].plain.body
        assert changed(before[0], after[0]) == changed(before[1], after[1])
        before = [*after]


def shown(city: City, features: list[Feature]) -> Snapshot:
    return build("flood" if city.kind == "flood" else "parking", lambda _: features, city.now)


parking_events = (
    common
    | st.tuples(st.just("opens"), sites, st.sampled_from(["24/7", "06:00-22:00", "07:00-08:00"]))
    | st.tuples(st.just("closes"), sites, st.sampled_from([-50, 20, 100]), st.sampled_from([51, 90, 5000]))
)


@settings(max_examples=60)
@given(st.lists(parking_events, max_size=25))
def test_places_kept_are_those_made_anew(events: list[tuple[Any, ...]]) -> None:
    city = City("parking", "occupied")
    kept = Kept(parking.made)
    check(
        city,
        events,
        lambda: kept.features(parking.by_place(list(city.states), list(city.places)), city.now),
        lambda: parking.features(city.states, city.places, city.now),
    )


flood_events = (
    common
    | st.tuples(st.just("rains"), sites, st.none() | st.sampled_from([0.0, 31.0, 55.0]))
    | st.tuples(st.just("rises"), sites, st.floats(-20, 20))
    | st.tuples(st.just("is seen"), sites, st.sampled_from(["flooded", "dry"]), st.floats(-200, 7000))
)


@settings(max_examples=60)
@given(st.lists(flood_events, max_size=25))
def test_flood_points_kept_are_those_made_anew(events: list[tuple[Any, ...]]) -> None:
    city = City("flood", "depth")
    kept = Kept(flood.maker(Limits()))
    nearby = Nearby()

    def found() -> list[Feature]:
        near = nearby.among(city.around.gauges)
        return kept.features(flood.by_point(city.states, city.around, near), city.now)

    check(city, events, found, lambda: flood.features(city.states, city.around, Limits(), city.now))


def test_only_what_changed_is_made_again() -> None:
    city = City("flood", "depth")
    make = flood.maker(Limits())
    made: list[str] = []

    def noted(of_point: flood.PointState, now: datetime) -> tuple[Feature, datetime | None]:
        made.append(of_point.point.sensor.id)
        return make(of_point, now)

    kept = Kept(noted)
    nearby = Nearby()

    def look() -> list[str]:
        made.clear()
        near = nearby.among(city.around.gauges)
        kept.features(flood.by_point(city.states, city.around, near), city.now)
        return list(made)

    for at in range(SITES):
        city.happens("reports", at, 0.0, 0, 0)
    assert len(look()) == SITES
    city.happens("passes", 100)
    city.happens("reports", 1, 12.0, 0, 0)
    assert look() == ["one-1"]
    # The others are late now.
    city.happens("passes", 81)
    assert look() == ["one-0", "one-2"]
    assert look() == []


def test_a_site_that_is_gone_is_forgotten_and_comes_back_anew() -> None:
    kept = Kept(parking.made)
    place = place_row("one", 4)
    [first] = kept.features(parking.by_place([], [place]), START)
    assert kept.features(parking.by_place([], []), START) == []
    assert msgspec.json.encode(kept.features(parking.by_place([], [place]), START)) == msgspec.json.encode(
        [first]
    )


@pytest.mark.parametrize("moved", [0.0, 1.0], ids=["there", "elsewhere"])
def test_gauges_near_a_place_are_found_again_when_they_stand_elsewhere(moved: float) -> None:
    nearby = Nearby()
    gauge = GaugeHour("rain-1", "Đo mưa", "Gauge", 105.8, 21.0, 3.0, True)
    assert list(nearby.among([gauge])(105.8, 21.0)) == [gauge]
    now = replace(gauge, lat=21.0 + moved, mm_1h=4.0)
    assert list(nearby.among([now])(105.8, 21.0)) == ([] if moved else [now])
