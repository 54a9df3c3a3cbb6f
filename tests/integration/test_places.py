"""How parking places are run, as the catalogue says and the database keeps it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from cityhub.catalogue import Catalogue, read
from cityhub.errors import NotFound
from cityhub.store import catalogue, connect, places

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        catalogue.save(conn, read())
        conn.execute("TRUNCATE place_closure")


def test_the_pilots_places_can_be_paid_for(conn: psycopg.Connection) -> None:
    found = places.all(conn)
    assert len(found) == 17
    assert sum(place.capacity for place in found) == 248
    assert {place.zone for place in found} == {"hanoi-inner"}
    assert all("car" in place.vehicles and place.opening is not None for place in found)
    assert catalogue.save(conn, read()).changed == 0


def test_how_a_place_is_run_changes_with_the_catalogue(conn: psycopg.Connection) -> None:
    place = next(place for place in read().places if place.id == "ltk-01")

    def saved(**changes: object) -> int:
        return catalogue.save(conn, Catalogue((replace(place, **changes),), ())).changed  # type: ignore[arg-type]

    assert saved(vehicles=("motorbike",), opening="06:00-22:00") == 1
    found = places.get(conn, "ltk-01")
    assert (found.vehicles, found.opening and found.opening.text) == (("motorbike",), "06:00-22:00")
    assert saved(zone=None, issuer=None) == 1
    assert places.get(conn, "ltk-01").zone is None


def test_a_closure_counts_until_it_is_over(conn: psycopg.Connection) -> None:
    for start in (NOW - 5 * HOUR, NOW + HOUR):
        conn.execute(
            "INSERT INTO place_closure VALUES (%s, %s, %s, %s)",
            ("ltk-01", start, start + 2 * HOUR, "festival"),
        )
    place = places.get(conn, "ltk-01")
    assert [start for start, _ in place.closures] == [NOW + HOUR]
    assert not place.is_closed(NOW, lambda _: "working_day")
    assert place.is_closed(NOW + 2 * HOUR, lambda _: "working_day")
    assert not place.is_open_throughout(NOW, NOW + 2 * HOUR, lambda _: "working_day")


def test_a_place_that_does_not_exist_is_told(conn: psycopg.Connection) -> None:
    with pytest.raises(NotFound):
        places.get(conn, "ltk-99")
