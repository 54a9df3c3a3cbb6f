"""What the simulated city says is plausible to the hub's own rules, unless a device is told to be at fault."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from cityhub.catalogue import read
from cityhub.kinds import KINDS
from cityhub.observing.continuity import Limits, Memory, Row, judge, limits_of
from cityhub.observing.quality import RANGE, flags_of
from simulators.city import City

START = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(("minutes", "hours"), [(1, 4), (10, 30)])
def test_a_city_in_a_storm_gives_no_reason_to_doubt_it(minutes: int, hours: int) -> None:
    city = City(read(), 1, START)
    city.start_storm(START + timedelta(hours=1))
    streams: dict[tuple[str, str], int] = {}
    limits: dict[int, Limits] = {}
    memories: dict[int, Memory] = {}
    judged, doubted = 0, Counter[tuple[str, int]]()
    for step in range(hours * 60 // minutes):
        time = START + timedelta(minutes=minutes * (step + 1))
        city.changes(time)
        rows: list[Row] = []
        names: dict[int, str] = {}
        for sensor in city.sensors:
            for name, value in city.report(sensor.id, time).values.items():
                observed = KINDS[sensor.kind].properties[name]
                assert flags_of(observed, value, sensor.capacity) & RANGE == 0
                id = streams.setdefault((sensor.id, name), len(streams))
                names[id] = name
                if found := limits_of(observed):
                    limits[id] = found
                rows.append((id, time, value, 0))
        judged += len(rows)
        doubted.update((names[one.datastream_id], one.flags) for one in judge(rows, limits, memories).found)
    assert judged > 20_000
    assert doubted == {}
