"""Running totals that are sent for amounts of rain are told from rain, and rain is left alone."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue import read
from cityhub.observing.running_totals import LOOK_BACK, MOST_REPORTS, Report, suspects
from simulators.city import City, clock

START = datetime(2026, 8, 1, tzinfo=UTC)


def reports(amounts: Iterable[float], minutes: float) -> list[Report]:
    return [(START + timedelta(minutes=minutes * n), mm) for n, mm in enumerate(amounts)]


TOTALS = [
    ([35.0, 35.2, 35.2], 1),
    ([35.0, 35.2, 35.2, 35.2, 35.4], 12),
    ([35.0, 35.2, 35.2, 35.4], 15),
    ([60.0, 60.0, 60.4], 20),
    ([12.2, 12.4, 12.4, 12.4, 12.4], 1),
    ([35.0] * 7, 60),
    ([120.2, 120.4, 120.4], 10),
    ([0.6] * 181, 1),
    ([*accumulate([0.2] * 150)], 1),
    ([2.0, 9.0, 21.0, 30.0, 41.0, 48.0, 53.0], 10),
]


@pytest.mark.parametrize(("amounts", "minutes"), TOTALS)
def test_reports_that_never_fall_look_like_totals(amounts: Sequence[float], minutes: float) -> None:
    assert suspects(reports(amounts, minutes)) == len(amounts)


@pytest.mark.parametrize(("amounts", "minutes"), TOTALS)
def test_only_the_run_itself_is_suspected(amounts: Sequence[float], minutes: float) -> None:
    assert suspects(reports([0.0, 0.0, 7.5, 0.0, *amounts], minutes)) == len(amounts)
    assert suspects(reports([*amounts, 0.0], minutes)) == 0
    assert suspects(reports([*amounts, amounts[-1] - 0.1], minutes)) == 0


@pytest.mark.parametrize(
    ("amounts", "minutes"),
    [
        ([], 1),
        ([35.0], 10),
        ([35.0, 35.2], 10),
        ([10.0] * 6, 10),
        ([25.0] * 4, 15),
        ([30.0] * 4, 15),
        ([1.0] * 60, 1),
        ([2.0] * 60, 1),
        ([0.2] * 22, 15),
        ([0.0] * 400, 1),
        ([20.0, 30.0, 40.0], 60),
        ([50.0, 50.0], 60),
        ([0.1, 0.1, 0.1, 0.2, 0.2], 0.01),
        ([5.0, 5.0, 5.0], 0.01),
    ],
)
def test_rain_however_heavy_is_rain(amounts: Sequence[float], minutes: float) -> None:
    assert suspects(reports(amounts, minutes)) == 0


def counted(series: Iterable[Sequence[Report]]) -> int:
    """Readings at which somebody would have been suspected."""
    found = 0
    for one in series:
        for end in range(1, len(one) + 1):
            newest = one[max(0, end - MOST_REPORTS) : end]
            found += suspects([r for r in newest if r[0] > newest[-1][0] - LOOK_BACK]) > 0
    return found


def test_real_rain_of_two_climates_is_rain(shared_data: Path) -> None:
    series: dict[str, list[Report]] = defaultdict(list)
    with gzip.open(shared_data / "ea_calder_15min_2025.csv.gz", "rt", newline="") as text:
        rows = csv.reader(text)
        names = next(rows)
        for cells in rows:
            time = datetime.fromisoformat(cells[0] + "+00:00")
            for name, cell in zip(names[1:], cells[1:], strict=True):
                if cell and name.endswith("rainfall"):
                    series[name].append((time, float(cell)))
    for season in ("JJA", "DJF"):
        with gzip.open(shared_data / f"prsa_beijing_12st_2016{season}.csv.gz", "rt", newline="") as text:
            for row in csv.DictReader(text):
                if row["RAIN"] != "NA":
                    time = datetime(*(int(row[n]) for n in ("year", "month", "day", "hour")), tzinfo=UTC)  # type: ignore[arg-type,misc]
                    series[row["station"] + season].append((time, float(row["RAIN"])))
    assert len(series) == 4 + 2 * 12
    assert counted(series.values()) == 0


@pytest.mark.parametrize("minutes", [1, 10])
def test_a_simulated_storm_is_rain(minutes: int) -> None:
    begin = datetime(2026, 7, 1, tzinfo=clock.HANOI_TIME)
    catalogue = read()
    gauges = [sensor.id for sensor in catalogue.sensors if sensor.kind == "rain"][::6]
    city = City(catalogue, 3, begin)
    city.start_storm(begin)
    for gauge in gauges:
        city.begin_gauge(gauge, begin)
    series: dict[str, list[Report]] = defaultdict(list)
    for turn in range(1, 6 * 60 // minutes):
        for gauge in gauges:
            report = city.report(gauge, begin + timedelta(minutes=minutes * turn))
            series[gauge].append((report.time, report.values["rain"]))
    assert max(mm for one in series.values() for _, mm in one) > 0.5 * minutes
    assert counted(series.values()) == 0


@given(st.lists(st.floats(0, 100), max_size=50), st.sampled_from([1, 5, 10, 60]))
def test_what_is_suspected_never_falls_and_is_above_nothing(amounts: list[float], minutes: int) -> None:
    run = suspects(reports(amounts, minutes))
    suspected = amounts[len(amounts) - run :]
    assert suspected == sorted(suspected)
    assert all(mm > 0 for mm in suspected)
