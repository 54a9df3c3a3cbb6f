"""A page of history costs what it returns, however much is stored around it."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityhub.store import batches, connect, history, sensors
from cityhub.store.history import Span
from cityhub.store.queries import load

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=10)
ROWS = 26_000  # half a year
SENSOR, PROPERTY = "air-trung-yen-3", "pm2_5"
END = START + ROWS * STEP


@pytest.fixture(scope="module")
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        ids = sensors.datastream_ids(conn)
        for id in (ids[SENSOR, PROPERTY], ids[SENSOR, "pm10"]):
            batches.add(conn, [(id, START + number * STEP, float(number % 90), 0) for number in range(ROWS)])
        conn.execute("ANALYZE observation, observation_hourly")
        yield conn


def read_by(conn: psycopg.Connection, query: str, span: Span, step: timedelta) -> int:
    """Rows of the tables of observations that the server looked at."""
    text = load(str(history.__file__))[query]
    ((plan,),) = conn.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {text}", span.parameters(step)).fetchall()

    def rows(node: dict[str, Any]) -> Iterator[float]:
        if "observation" in node.get("Relation Name", "") or "hyper" in node.get("Relation Name", ""):
            loops = node["Actual Loops"]
            yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * loops
        for below in node.get("Plans", ()):
            yield from rows(below)

    found = plan if isinstance(plan, list) else json.loads(plan)
    return int(sum(rows(found[0]["Plan"])))


@pytest.mark.parametrize(
    ("query", "step", "most"),
    [
        ("raw", timedelta(microseconds=1), 50),
        ("hourly", timedelta(hours=1), 50),
        ("daily", timedelta(days=1), 300),
    ],
)
@pytest.mark.parametrize("after", [None, START + timedelta(days=60)], ids=["the first page", "a later one"])
def test_the_server_reads_a_page_and_not_the_rest(
    conn: psycopg.Connection, query: str, step: timedelta, most: int, after: datetime | None
) -> None:
    span = Span(SENSOR, PROPERTY, START, END, 10, after)
    assert 10 <= read_by(conn, query, span, step) <= most


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 40 * 144),
    st.integers(1, 6 * 144),
    st.sampled_from([1, 2, 3, 7, 50]),
    st.sampled_from(["raw", "hourly", "daily"]),
)
def test_pages_together_are_the_whole(
    conn: psycopg.Connection, first: int, length: int, limit: int, name: str
) -> None:
    start = START + first * STEP
    end = start + length * STEP
    read = getattr(history, name)
    whole = read(conn, Span(SENSOR, PROPERTY, start, end, 10_000))
    paged: list[Any] = []
    after = None
    while page := read(conn, Span(SENSOR, PROPERTY, start, end, limit, after)):
        assert len(page) <= limit
        paged += page
        after = page[-1].time
    assert paged == whole
    assert whole or name != "raw"
