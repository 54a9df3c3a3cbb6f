"""Air between the stations, as programs and the map ask for it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from shapely import Point
from shapely.geometry import shape

from api import air_fields
from cityhub.catalogue.areas import Area, Span
from cityhub.observing.quality import FAULT, FLATLINE, NEIGHBOUR
from cityhub.store import areas, connect
from tests.waiting import eventually

PATH = "/api/v1/air/field"
# Thành Công, Kim Liên, Trung Yên, Hàng Đậu: the middle of the city.
STATIONS = {"air-thanh-cong": 30.0, "air-kim-lien": 10.0, "air-trung-yen-3": 60.0, "air-hang-dau": 120.0}
BEGAN = datetime.now(UTC) - timedelta(seconds=60)
SECONDS = count()


@pytest.fixture(scope="module", autouse=True)
def _clock() -> None:
    """The time when these tests run, which may be long after they were collected."""
    global BEGAN  # noqa: PLW0603
    BEGAN = datetime.now(UTC) - timedelta(seconds=60)


@pytest.fixture(scope="module", autouse=True)
def _at_once() -> Any:
    """A field follows within moments here."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(air_fields, "REST_S", 0.1)
        patched.setattr(air_fields, "LOOK_S", 0.1)
        yield


def asked(api: Any) -> Any:
    answer = api.client.get(PATH)
    return answer.json() if answer.status_code == 200 else {}


def measure(seed: Callable[..., None], values: dict[str, float], quality: int = 0) -> None:
    """Each time a second later than the time before."""
    time = BEGAN + next(SECONDS) * timedelta(seconds=1)
    seed({(station, "pm2_5"): [(time, value, quality)] for station, value in values.items()})


def test_air_is_drawn_once_four_stations_measure_and_no_sooner(api: Any, seed: Callable[..., None]) -> None:
    eventually(lambda: asked(api))
    none = asked(api)
    assert (none["features"], none["why"], none["stations"], none["time"]) == ([], "few_stations", 0, None)
    measure(seed, dict(list(STATIONS.items())[:3]))
    eventually(lambda: asked(api)["stations"] == 3)
    three = asked(api)
    assert (three["features"], three["why"], three["error"]) == ([], "few_stations", None)
    measure(seed, STATIONS)
    eventually(lambda: asked(api)["why"] is None)
    found = asked(api)
    assert found["type"] == "FeatureCollection"
    assert (found["stations"], found["unit"], found["method"]["name"]) == (4, "µg/m³", "ordinary kriging")
    assert found["error"] > 0
    assert found["time"].endswith("+07:00")
    shapes = {one["properties"]["category"]: shape(one["geometry"]) for one in found["features"]}
    assert len(shapes) >= 3
    assert all(one.is_valid for one in shapes.values())
    # Hàng Đậu's neighbourhood is worse than Thành Công's, and nobody knows about the far south of the city.
    covered = sum(one.area for one in shapes.values())
    assert 0 < covered < 0.1
    assert not any(one.contains(Point(105.9, 20.8)) for one in shapes.values())


def test_the_answer_is_known_by_its_tag_until_the_air_changes(api: Any, seed: Callable[..., None]) -> None:
    measure(seed, STATIONS)
    eventually(lambda: asked(api)["why"] is None)
    tag = api.client.get(PATH).headers["ETag"]
    assert api.client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
    measure(seed, {"air-kim-lien": 200.0})
    eventually(lambda: api.client.get(PATH, headers={"If-None-Match": tag}).status_code == 200)


@pytest.mark.parametrize("quality", [FAULT, NEIGHBOUR, FLATLINE])
def test_a_reading_that_is_in_doubt_colours_nothing(
    api: Any, seed: Callable[..., None], quality: int
) -> None:
    measure(seed, STATIONS)
    eventually(lambda: asked(api)["stations"] == 4)
    measure(seed, {"air-kim-lien": 500.0}, quality)
    eventually(lambda: asked(api)["stations"] == 3)
    assert asked(api)["why"] == "few_stations"
    measure(seed, STATIONS)
    eventually(lambda: asked(api)["stations"] == 4)


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return {"type": "Polygon", "coordinates": [ring]}


def test_an_area_has_a_mean_where_enough_of_it_is_known(
    api: Any, seed: Callable[..., None], database_url: str
) -> None:
    measure(seed, dict.fromkeys(STATIONS, 40.0))
    geometries = {
        "ward-middle": box(105.81, 21.01, 105.83, 21.03),
        "ward-far": box(105.4, 20.7, 105.5, 20.8),
    }
    made = [Area(id, None, id, id, id, id, geometry, geometry) for id, geometry in geometries.items()]
    with connect(database_url, "tests") as conn:
        areas.save(conn, "ward", made, source="tests", span=Span(None, None), today=datetime.now(UTC).date())

    def of(area: str) -> Any:
        return api.client.get(f"/api/v1/areas/{area}/latest").json()["air"]

    eventually(lambda: of("ward-middle")["pm2_5"] == 40.0)
    known = of("ward-middle")
    assert (known["category"], known["covered"], known["why"]) == ("moderate", 1.0, None)
    far = of("ward-far")
    assert (far["pm2_5"], far["covered"], far["why"]) == (None, 0.0, "not_covered")
