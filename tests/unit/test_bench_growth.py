"""What the growth bench stores and publishes: enough rows, whole hours, and no time twice."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bench import backlog
from tools.bench.growth import spans
from tools.bench.ingest import Figures

END = datetime(2026, 11, 23, 19, 42, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)


@given(st.integers(1, 60_000_000), st.integers(1, 3000))
def test_portions_hold_at_least_the_rows_asked_for_and_less_than_an_hour_more(
    rows: int, datastreams: int
) -> None:
    # Bounded, so that one datastream does not make a million portions.
    rows = min(rows, datastreams * 60 * 24 * 60)
    portions = list(spans(rows, datastreams, END))
    minutes = sum((end - start) / timedelta(minutes=1) for start, end in portions)
    assert rows <= minutes * datastreams < rows + 61 * datastreams


def test_portions_are_whole_hours_one_after_the_other_up_to_the_last_hour_before_the_end() -> None:
    portions = list(spans(50_000_000, 2004, END))
    assert portions[-1][1] == datetime(2026, 11, 23, 19, tzinfo=UTC)
    assert all(start.minute == end.minute == start.second == end.second == 0 for start, end in portions)
    assert [end for _, end in portions[:-1]] == [start for start, _ in portions[1:]]
    assert max(end - start for start, end in portions) <= 8 * HOUR


def test_backlogs_of_one_measurement_share_no_reading_and_are_past() -> None:
    found = backlog.backlogs(1000, 3)
    times = [(topic, json.loads(payload)["time"]) for waiting in found for topic, payload in waiting]
    assert len(set(times)) == len(times) == 3000
    for waiting in found:
        assert waiting.start <= min(map(_time, waiting)) <= max(map(_time, waiting)) < waiting.end
    assert max(waiting.end for waiting in found) < datetime.now(UTC)


@pytest.mark.parametrize(
    ("ratio", "growth_ratio", "good"),
    [(0.5, None, True), (0.5, 0.9, True), (0.49, 0.9, False), (0.5, 0.89, False), (0.49, None, False)],
)
def test_a_missed_ratio_is_not_good(ratio: float, growth_ratio: float | None, good: bool) -> None:
    grown = None if growth_ratio is None else 1.0
    figures = Figures(
        *(1, 6, 6, 1, 1.0, 1.0, 1.0, 1.0, ratio, 0.5, 1.0, 1.0, 1.0),
        *(None if growth_ratio is None else 50_000_000, grown, grown, growth_ratio, 0.9),
    )
    assert figures.good is good


def _time(message: tuple[str, bytes]) -> datetime:
    return datetime.fromisoformat(json.loads(message[1])["time"])
