"""Simulated drivers at a real hub and gateways that misbehave: the books are right whatever they do."""

import asyncio
import time
from collections.abc import Iterator

import psycopg
import pytest

from cityhub.store import ledger
from simulators.drivers import Arrival, Crowd, Pace, in_background
from simulators.gateways.misbehaviour import GATEWAYS
from tests.integration.api.conftest import running
from tests.paying import Paying, hub_with_gateways
from tests.waiting import eventually
from tools.services.ports import free_port

# Their stays would go on for minutes.
MOST_S = 60


@pytest.fixture(scope="module")
def paying(database_url: str) -> Iterator[Paying]:
    with hub_with_gateways(database_url) as paying:
        yield paying


def test_a_minute_of_drivers_leaves_the_books_right(paying: Paying, conn: psycopg.Connection) -> None:
    switch = paying.gateways.switch
    switch.share = 0.2
    for gateway in GATEWAYS:
        switch.turn(gateway, ["double", "reorder", "forge", "amount", "partial"])
    taken: list[Arrival] = []
    # A minute of the city in ten seconds, a driver a second.
    pace = Pace(per_hour=3_600, haste=6, patience_s=30)
    crowd = Crowd(paying.api.url, pace, bank=f"{paying.url}/bank", occupy=taken.append)
    began = time.monotonic()
    asyncio.run(crowd.run(asyncio.Event(), 60))
    assert time.monotonic() - began <= MOST_S
    assert ledger.faults(conn) == []
    counts = crowd.counts
    assert counts["came"] > 30
    assert counts["payments"] > 10, counts
    assert (counts["gave up"], counts["not understood"]) == (0, 0), counts
    [(paid, booked)] = conn.execute(
        "SELECT (SELECT count(*) FROM payment WHERE state IN ('paid', 'refunding', 'refunded')),"
        " (SELECT count(DISTINCT key) FROM ledger_transaction WHERE key LIKE 'payment:%')"
    ).fetchall()
    assert paid == booked >= counts["payments"]
    [(receipts, last)] = conn.execute("SELECT count(*), coalesce(max(n), 0) FROM receipt").fetchall()
    assert receipts == last > 10


def test_drivers_wait_for_a_hub_that_is_down_and_go_on(paying: Paying, conn: psycopg.Connection) -> None:
    port = free_port()
    crowd = Crowd(f"http://127.0.0.1:{port}", Pace(7_200, haste=4, patience_s=30), seed=3)
    with in_background(crowd) as counts:
        eventually(lambda: counts["came"] > 3)
        assert counts["sessions"] == 0
        with running(paying.settings, port=port):
            eventually(lambda: counts["sessions"] > 3)
    assert (counts["gave up"], counts["not understood"]) == (0, 0)
    assert ledger.faults(conn) == []
