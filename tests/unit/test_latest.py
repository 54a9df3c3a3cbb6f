"""From stored readings to public Features: states, hidden values, parking counts."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.devices.status import status, status_of
from cityhub.kinds import KINDS
from cityhub.latest import GREY, features
from cityhub.observing.quality import FAULT, RANGE
from cityhub.rfc3339 import local_time

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Reading:
    property: str
    value: float
    age_s: float = 0
    quality: int = 0
    unit: str = ""

    @property  # type: ignore[operator]
    def time(self) -> datetime:
        return NOW - timedelta(seconds=self.age_s)


@dataclass(frozen=True)
class Site:
    id: str
    interval_s: int = 60
    place_id: str | None = None
    capacity: int = 0
    name_vi: str = "Trung Yên 3"
    name_en: str = "Trung Yen 3"
    lon: float = 105.8
    lat: float = 21.0
    basis: str = "official"
    illustrative: bool = False
    district_vi: str | None = None
    district_en: str | None = None
    said_online: bool | None = None
    said_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    sensor: Site
    readings: list[Reading] = field(default_factory=list)


@dataclass(frozen=True)
class Sums:
    mm_1h: float | None
    mm_3h: float | None
    mm_24h: float | None


def properties(kind: Any, *readings: Reading, sums: dict[str, Sums] | None = None) -> dict[str, Any]:
    [feature] = features(kind, [Row(Site("one"), list(readings))], sums or {}, [], NOW)
    return dict(feature["properties"])


def place(*rows: Row, capacity: int = 4) -> dict[str, Any]:
    [feature] = features("parking", rows, {}, [Site("ltk-01", capacity=capacity)], NOW)
    return dict(feature["properties"])


def bay(number: int, occupied: float, age_s: float = 0, quality: int = 0) -> Row:
    site = Site(f"ltk-01-b{number:02}", place_id="ltk-01", interval_s=300)
    return Row(site, [Reading("occupied", occupied, age_s, quality)])


def counter(count: float, age_s: float = 0, quality: int = 0) -> Row:
    site = Site("ltk-01", place_id="ltk-01", interval_s=300)
    return Row(site, [Reading("occupied_count", count, age_s, quality)])


@pytest.mark.parametrize(
    ("age_s", "expected"),
    [(0, "online"), (180, "online"), (181, "late"), (720, "late"), (721, "offline"), (None, "offline")],
)
def test_status_follows_the_reporting_interval(age_s: float | None, expected: str) -> None:
    assert status(age_s, 60) == expected


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 10**5))
def test_status_never_improves_with_age(age_s: int, more_s: int, interval_s: int) -> None:
    order = ["online", "late", "offline"]
    assert order.index(status(age_s, interval_s)) <= order.index(status(age_s + more_s, interval_s))


def test_a_reading_is_shown_with_its_time_unit_and_colour() -> None:
    shown = properties("air", Reading("pm2_5", 35.2, 12, unit="µg/m³"))
    assert shown["values"] == {"pm2_5": 35.2}
    assert shown["units"] == {"pm2_5": "µg/m³"}
    assert shown["time"] == "2026-11-22T09:59:48+07:00"
    assert (shown["age_s"], shown["status"]) == (12, "online")
    assert shown["marker"] == {
        "property": "pm2_5",
        "value": 35.2,
        "unit": "µg/m³",
        "color": "#ffff00",
        "band": "25 đến dưới 50",
        "band_en": "25 to below 50",
    }


def test_zero_is_a_reading() -> None:
    shown = properties("flood", Reading("depth", 0.0))
    assert shown["values"] == {"depth": 0.0}
    assert shown["marker"]["value"] == 0.0
    assert shown["marker"]["color"] == KINDS["flood"].bands[0].color


@pytest.mark.parametrize(("quality", "words"), [(RANGE, ["range"]), (FAULT, ["fault"])])
def test_a_rejected_value_is_null_with_its_reason(quality: int, words: list[str]) -> None:
    shown = properties("air", Reading("pm2_5", -999.0, quality=quality), Reading("pm10", 40.0))
    assert shown["values"] == {"pm2_5": None, "pm10": 40.0}
    assert shown["quality"] == {"pm2_5": words, "pm10": []}
    assert (shown["marker"]["value"], shown["marker"]["color"]) == (None, GREY)


def test_battery_and_signal_are_no_public_values_and_do_not_keep_a_sensor_alive() -> None:
    shown = properties("air", Reading("battery", 80), Reading("pm2_5", 10.0, age_s=10_000))
    assert shown["values"] == {"pm2_5": 10.0}
    assert shown["status"] == "offline"


def test_an_offline_marker_is_grey_but_keeps_its_last_value() -> None:
    marker = properties("air", Reading("pm2_5", 10.0, age_s=721))["marker"]
    assert (marker["value"], marker["color"], marker["band"]) == (10.0, GREY, None)


def test_a_quantity_that_stopped_is_shown_as_old_with_its_own_time_and_colours_no_marker() -> None:
    shown = properties("air", Reading("pm2_5", 10.0, age_s=10_000), Reading("pm10", 40.0, age_s=5))
    assert shown["values"] == {"pm2_5": 10.0, "pm10": 40.0}
    assert shown["quality"] == {"pm2_5": ["old"], "pm10": []}
    assert shown["times"] == {"pm2_5": "2026-11-22T07:13:20+07:00", "pm10": "2026-11-22T09:59:55+07:00"}
    assert (shown["age_s"], shown["status"]) == (5, "online")
    assert (shown["marker"]["value"], shown["marker"]["color"]) == (None, GREY)


@pytest.mark.parametrize(("seldom_s", "words"), [(720, []), (721, ["old"]), (90 * 86_400, ["old"])])
@pytest.mark.parametrize(
    ("kind", "seldom", "often"),
    [("water", "coliform", "ph"), ("air", "o3", "pm2_5"), ("flood", "level", "depth")],
)
def test_what_is_measured_seldom_stays_beside_what_is_measured_often(
    kind: Any, seldom: str, often: str, seldom_s: int, words: list[str]
) -> None:
    shown = properties(kind, Reading(seldom, 7.0, age_s=seldom_s), Reading(often, 7.1))
    assert shown["values"] == {seldom: 7.0, often: 7.1}
    assert shown["times"][seldom] == local_time(NOW - timedelta(seconds=seldom_s))
    assert shown["quality"] == {seldom: words, often: []}


def test_an_old_value_keeps_its_flags_and_a_rejected_one_stays_hidden() -> None:
    shown = properties("air", Reading("pm2_5", 5000, age_s=10_000, quality=RANGE), Reading("pm10", 40.0))
    assert shown["values"] == {"pm2_5": None, "pm10": 40.0}
    assert shown["quality"]["pm2_5"] == ["range", "old"]


def test_a_sensor_that_never_reported_is_offline_without_a_time() -> None:
    shown = properties("water")
    assert (shown["time"], shown["age_s"], shown["status"]) == (None, None, "offline")
    assert shown["values"] == {}


def test_a_clock_slightly_ahead_is_no_negative_age() -> None:
    assert properties("air", Reading("pm2_5", 10.0, age_s=-30))["age_s"] == 0


def test_rain_shows_sums_and_its_marker_the_last_hour() -> None:
    sums = {"one": Sums(0.1 + 0.2, 5.0, None)}
    shown = properties("rain", Reading("rain", 0.2), sums=sums)
    assert (shown["mm_1h"], shown["mm_3h"], shown["mm_24h"]) == (0.3, 5.0, None)
    assert shown["marker"]["value"] == 0.3


def test_rain_without_sums_is_unknown_and_not_dry() -> None:
    shown = properties("rain", Reading("rain", 0.0))
    assert shown["mm_1h"] is None
    assert shown["marker"]["color"] == GREY


def test_free_bays_are_counted_from_the_bays() -> None:
    shown = place(bay(1, 1), bay(2, 0), bay(3, 0), bay(4, 1), counter(4))
    assert (shown["free"], shown["state"], shown["capacity"]) == (2, "open", 4)
    assert shown["values"] == {"occupied_count": 2}
    assert shown["marker"]["value"] == 2


def test_a_full_place_has_no_free_bay() -> None:
    shown = place(bay(1, 1), bay(2, 1), bay(3, 1), bay(4, 1))
    assert (shown["free"], shown["state"]) == (0, "full")
    assert shown["marker"]["color"] == KINDS["parking"].bands[0].color


def test_the_counter_speaks_only_when_every_bay_is_silent() -> None:
    shown = place(bay(1, 0, age_s=10_000), counter(3))
    assert (shown["free"], shown["state"]) == (1, "open")


def test_a_silent_place_is_unknown() -> None:
    shown = place(bay(1, 0, age_s=10_000), counter(3, age_s=10_000))
    assert (shown["free"], shown["state"], shown["status"]) == (None, "unknown", "offline")


def test_a_place_is_not_called_full_by_a_minority_of_its_bays() -> None:
    shown = place(bay(1, 1), bay(2, 0, age_s=10_000), bay(3, 0, age_s=10_000), bay(4, 0, age_s=10_000))
    assert (shown["free"], shown["state"]) == (None, "unknown")


def test_a_rejected_count_is_null_with_its_reason() -> None:
    shown = place(counter(99, quality=RANGE))
    assert shown["values"] == {"occupied_count": None}
    assert shown["quality"] == {"occupied_count": ["range"]}
    assert (shown["free"], shown["state"]) == (None, "unknown")


def test_every_place_is_shown_even_when_nothing_reports() -> None:
    places = [Site("ltk-01", capacity=4), Site("ltk-02", capacity=9)]
    assert [f["id"] for f in features("parking", [], {}, places, NOW)] == ["ltk-01", "ltk-02"]


_BAYS = st.lists(
    st.tuples(st.sampled_from([0, 1]), st.integers(0, 8000), st.sampled_from([0, RANGE, FAULT])), max_size=9
)


@given(_BAYS, st.none() | st.tuples(st.integers(-5, 50), st.integers(0, 8000)), st.integers(1, 8))
def test_free_is_never_negative_nor_above_capacity(
    bays: list[tuple[int, int, int]], count: tuple[int, int] | None, capacity: int
) -> None:
    rows = [bay(number, *reading) for number, reading in enumerate(bays)]
    if count is not None:
        rows.append(counter(*count))
    shown = place(*rows, capacity=capacity)
    assert shown["free"] is None or 0 <= shown["free"] <= capacity
    assert (shown["state"] == "open") == (shown["free"] is not None and shown["free"] > 0)
    assert (shown["state"] == "full") <= (shown["free"] == 0)


@given(st.integers(0, 229 * 365 * 86_400))
def test_local_time_is_the_same_moment_at_plus_seven(seconds: int) -> None:
    time = datetime.fromtimestamp(seconds, UTC)
    text = local_time(time)
    assert text.endswith("+07:00")
    assert datetime.fromisoformat(text) == time


def test_features_are_geojson_points_with_longitude_first() -> None:
    [feature] = features("air", [Row(replace(Site("one"), lon=105.0, lat=21.0))], {}, [], NOW)
    assert feature["geometry"] == {"type": "Point", "coordinates": [105.0, 21.0]}
    assert feature["id"] == "one"


def said(online: bool, age_s: float, **site: Any) -> Site:
    return Site("one", said_online=online, said_at=NOW - timedelta(seconds=age_s), **site)


@pytest.mark.parametrize(
    ("online", "said_s", "reading_s", "expected"),
    [
        (False, 10, 20, "offline"),
        (False, 20, 20, "offline"),
        # A device's clock may be five minutes ahead: its last reading seems to come after the goodbye.
        (False, 200, -100, "offline"),
        (False, 400, 100, "offline"),
        (False, 401, 100, "online"),
        (True, 10, 20, "online"),
        (True, 10, 200, "late"),
        (True, 10, 10_000, "offline"),
        (False, 10_000, 200, "late"),
    ],
)
def test_a_goodbye_after_the_newest_reading_is_offline_until_the_sensor_reports_or_says_otherwise(
    online: bool, said_s: float, reading_s: float, expected: str
) -> None:
    site = said(online, said_s)
    [feature] = features("air", [Row(site, [Reading("pm2_5", 10.0, reading_s)])], {}, [], NOW)
    assert feature["properties"]["status"] == expected
    assert status_of(site, NOW - timedelta(seconds=reading_s), NOW) == expected


def test_a_sensor_that_said_goodbye_and_never_reported_is_offline() -> None:
    assert status_of(said(False, 5), None, NOW) == status_of(said(True, 5), None, NOW) == "offline"


def test_any_message_after_a_goodbye_is_a_report() -> None:
    row = Row(said(False, 360), [Reading("pm2_5", 10.0, 100), Reading("battery", 80, 30)])
    [feature] = features("air", [row], {}, [], NOW)
    assert feature["properties"]["status"] == "online"


def test_a_bay_that_said_goodbye_is_not_promised_to_be_free() -> None:
    gone = bay(1, 0, age_s=30)
    gone = replace(gone, sensor=replace(gone.sensor, said_online=False, said_at=NOW))
    shown = place(gone, bay(2, 1), bay(3, 0))
    assert (shown["free"], shown["values"]["occupied_count"], shown["status"]) == (1, 1, "online")
    assert place(gone)["status"] == "offline"


def test_a_bay_that_is_back_says_so_by_anything_it_sends() -> None:
    back = bay(1, 0, age_s=900)
    back = replace(back, sensor=replace(back.sensor, said_online=False, said_at=NOW - timedelta(minutes=10)))
    assert place(back)["status"] == "offline"
    back.readings.append(Reading("battery", 80, age_s=10))
    assert (place(back)["status"], place(back)["free"]) == ("online", 1)
