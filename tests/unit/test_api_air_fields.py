"""Which readings make the air between stations, and that it goes on after a failure."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from api import air_fields
from api.air_fields import AirFields, build, of_features
from api.problems import NotReady
from cityhub.kinds import KINDS
from cityhub.latest.sensors import features
from cityhub.model import SensorState
from cityhub.observing.quality import FAULT, LATE, NEIGHBOUR
from tests.sites import reading, sensor_row
from tests.waiting import eventually

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PLACES = {"a": (105.80, 21.00), "b": (105.85, 21.00), "c": (105.80, 21.05), "d": (105.85, 21.05)}


def stations(**more: Any) -> list[Any]:
    """Four stations, `d` with another quality or age."""
    states = []
    for name, (lon, lat) in PLACES.items():
        changed = more if name == "d" else {}
        row = sensor_row(f"air-{name}", lon=lon, lat=lat)
        age_s = changed.get("age_s", 20)
        states.append(
            SensorState(row, (reading(NOW, "pm2_5", 30.0, age_s, changed.get("quality", 0), unit="µg/m³"),))
        )
    return features(KINDS["air"], states, NOW)


def test_four_good_stations_make_a_field() -> None:
    measured = of_features(stations())
    assert len(measured.values) == 4
    answer = msgspec.json.decode(build(measured).body)
    assert (answer["why"], answer["stations"], answer["error"]) == (None, 4, 0.0)
    assert [one["properties"]["category"] for one in answer["features"]] == ["moderate"]
    assert answer["features"][0]["properties"]["low"] == 25


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"quality": LATE}, True),
        ({"quality": FAULT}, False),
        ({"quality": NEIGHBOUR}, False),
        ({"age_s": 3 * 3600}, False),
    ],
)
def test_a_reading_in_doubt_or_of_long_ago_is_left_out(more: dict[str, Any], counts: bool) -> None:
    measured = of_features(stations(**more))
    assert len(measured.values) == (4 if counts else 3)
    answer = msgspec.json.decode(build(measured).body)
    assert answer["why"] == (None if counts else "few_stations")


def test_the_thread_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Snapshots(dict[Any, Any]):
        asked = 0

        def get(self, kind: Any, default: Any = None) -> Any:
            self.asked += 1
            if self.asked == 1:
                raise RuntimeError("once")
            return super().get(kind, default)

    class Snapshot:
        features = {one.id: one for one in stations()}  # noqa: RUF012

    monkeypatch.setattr(air_fields, "REST_S", 0.05)
    fields = AirFields(Snapshots(air=Snapshot()))
    with pytest.raises(NotReady):
        fields.found()
    assert fields.over({}).why == "not_ready"
    fields.start()
    try:
        eventually(lambda: fields._made is not None)
        assert fields.found().measured.newest == NOW - timedelta(seconds=20)
    finally:
        fields.stop()
    assert not fields._thread.is_alive()
