"""Areas on a real server: sets of several levels, their days, and which sensor lies in which."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from cityhub.catalogue import read
from cityhub.catalogue.areas import Area, Span, shown
from cityhub.errors import NotFound, StoreRefused
from cityhub.store import areas, catalogue, connect, domain_errors, latest, migrations, places, sensors

TODAY = date(2026, 11, 22)
CITY = (105.3, 20.5, 106.1, 21.5)
# Hoàn Kiếm and its surroundings: the station stands at 21.0289, 105.8522.
CENTRE = (105.84, 21.01, 105.87, 21.05)
STATION = "air-hoan-kiem"


def area(id: str, box: tuple[float, float, float, float] = CENTRE, **changes: str) -> Area:
    west, south, east, north = box
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    names = {"name_vi": id, "name_en": id, "full_name_vi": f"Phường {id}", "full_name_en": f"{id} Ward"}
    return Area(id=id, code=None, **(names | changes), geometry=geometry, outline=geometry)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests") as conn:
        # Within a transaction, which is rolled back, what the store does are savepoints.
        conn.execute("SELECT 1")
        yield conn
        conn.rollback()


def save(
    conn: psycopg.Connection,
    level: Any,
    found: Sequence[Area],
    *,
    span: Span | None = None,
    keep: bool = False,
) -> areas.Saved:
    return areas.save(conn, level, found, source="test", span=span or Span(), today=TODAY, keep_others=keep)


def of_station(conn: psycopg.Connection) -> dict[str, str]:
    return {level: named["id"] for level, named in sensors.get(conn, STATION).areas.items()}


def test_a_sensor_knows_its_area_of_each_level(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area("ward-cua-nam"), area("ward-far", (105.3, 20.5, 105.4, 20.6))])
    save(conn, "district", [area("district-hoan-kiem")], span=Span(None, date(2025, 6, 30)))
    assert of_station(conn) == {"ward": "ward-cua-nam", "district": "district-hoan-kiem"}
    [row] = [row for row in latest.of_kind(conn, "air") if row.sensor.id == STATION]
    assert row.sensor.areas["ward"]["full_name"] == "Phường ward-cua-nam"
    assert row.sensor.areas["ward"]["valid_to"] is None
    assert row.sensor.areas["district"]["valid_to"] == "2025-06-30"
    [found] = sensors.search(conn, kind="air", bbox=(105.852, 21.028, 105.853, 21.029))
    assert found.areas == row.sensor.areas
    inside = [place for place in places.all(conn) if place.areas]
    assert inside
    assert all(set(place.areas) == {"ward", "district"} for place in inside)


def test_a_sensor_that_moves_gets_another_area(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area("ward-cua-nam")])
    conn.execute("UPDATE sensor SET lon = 105.3 WHERE id = %s", (STATION,))
    catalogue.save(conn, read())  # the catalogue puts it back
    assert of_station(conn) == {"ward": "ward-cua-nam"}
    conn.execute("UPDATE sensor SET lon = 105.3 WHERE id = %s", (STATION,))
    areas.assign_all(conn)
    assert of_station(conn) == {}


def test_the_same_set_again_changes_nothing(conn: psycopg.Connection) -> None:
    found = [area("ward-a"), area("ward-b", CITY)]
    first = save(conn, "ward", found)
    second = save(conn, "ward", found)
    assert (first.new, first.unchanged) == (("ward-a", "ward-b"), 0)
    assert (second.new, second.changed, second.gone, second.unchanged) == ((), (), (), 2)
    assert len(areas.sets(conn)) == 1


def test_a_corrected_set_replaces_the_one_in_force(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area("ward-a"), area("ward-b"), area("ward-c")])
    saved = save(conn, "ward", [area("ward-a"), area("ward-b", name_vi="B"), area("ward-d")])
    assert (saved.new, saved.changed, saved.gone, saved.unchanged) == (
        ("ward-d",),
        ("ward-b",),
        ("ward-c",),
        1,
    )
    assert [row.id for row in areas.search(conn, level="ward")] == ["ward-a", "ward-b", "ward-d"]


def test_a_part_of_a_set_can_be_added_to_it(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area("ward-a")])
    saved = save(conn, "ward", [area("ward-b")], keep=True)
    assert (saved.new, saved.gone) == (("ward-b",), ())
    assert [row.id for row in areas.search(conn, level="ward")] == ["ward-a", "ward-b"]


def test_a_new_set_ends_the_one_before_and_both_stay_readable(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area("ward-old"), area("ward-same")], span=Span(date(2020, 1, 1)))
    saved = save(conn, "ward", [area("ward-new"), area("ward-same")], span=Span(date(2025, 7, 1)))
    assert saved.span == Span(date(2025, 7, 1))
    assert [row.id for row in areas.search(conn)] == ["ward-new", "ward-same"]
    before = areas.search(conn, on=date(2025, 6, 30))
    assert [(row.id, row.valid_to) for row in before] == [
        ("ward-old", date(2025, 6, 30)),
        ("ward-same", date(2025, 6, 30)),
    ]
    assert areas.search(conn, on=date(2019, 1, 1)) == []
    assert areas.get(conn, "ward-same").row.valid_from == date(2025, 7, 1)
    assert areas.get(conn, "ward-same", date(2025, 6, 30)).row.valid_from == date(2020, 1, 1)
    assert areas.get(conn, "ward-old").row.valid_to == date(2025, 6, 30)
    assert of_station(conn) == {"ward": "ward-new"}


def test_a_level_that_ended_shows_what_was_last(conn: psycopg.Connection) -> None:
    save(conn, "district", [area("district-a")], span=Span(None, date(2025, 6, 30)))
    assert [row.id for row in areas.search(conn, level="district")] == ["district-a"]
    assert areas.search(conn, level="district", on=TODAY) == []


def test_maps_outline_the_finest_level_in_force_or_the_one_asked_for(conn: psycopg.Connection) -> None:
    assert areas.outlines(conn) == (None, [])
    save(conn, "district", [area("district-a")], span=Span(None, date(2025, 6, 30)))
    chosen, drawn = areas.outlines(conn)
    assert chosen is not None
    assert (chosen.level, [row.id for row in drawn]) == ("district", ["district-a"])
    save(conn, "province", [area("province-a", CITY)])
    save(conn, "ward", [area("ward-a")])
    save(conn, "quarter", [area("quarter-a")], span=Span(None, date(2025, 6, 30)))
    assert [row.id for row in areas.outlines(conn)[1]] == ["ward-a"]
    assert [row.id for row in areas.outlines(conn, "province")[1]] == ["province-a"]
    assert [row.id for row in areas.outlines(conn, "quarter")[1]] == ["quarter-a"]


def test_pages_of_areas_follow_each_other(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area(f"ward-{number}") for number in range(5)])
    save(conn, "district", [area("district-a")])
    rows = areas.search(conn, limit=10)
    assert [row.id for row in rows] == ["district-a", *(f"ward-{number}" for number in range(5))]
    assert areas.search(conn, after=(3, "ward-1"), limit=2) == rows[3:5]
    assert areas.search(conn, after=(2, "district-a"), limit=1) == rows[1:2]


def test_an_area_tells_what_lies_in_it(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area("ward-a"), area("ward-empty", (100, 20, 101, 21))])
    found = areas.get(conn, "ward-a")
    assert STATION in found.sensor_ids
    assert "ltk-08" in found.place_ids
    assert found.row.sensors == len(found.sensor_ids)
    empty = areas.get(conn, "ward-empty")
    assert (empty.row.sensors, empty.sensor_ids, empty.place_ids) == (0, frozenset(), frozenset())
    with pytest.raises(NotFound):
        areas.get(conn, "ward-b")
    with pytest.raises(NotFound):
        areas.get(conn, "ward-a", date(1900, 1, 1)) if found.row.valid_from else areas.get(conn, "ward-")


def test_the_database_itself_refuses_two_sets_of_one_level_on_one_day(conn: psycopg.Connection) -> None:
    save(conn, "ward", [area("ward-a")])
    with pytest.raises(StoreRefused, match="area_set_one_a_day"), domain_errors(), conn.transaction():
        conn.execute("INSERT INTO area_set (level, valid_from, source) VALUES ('ward', '2030-01-01', 'x')")


@pytest.mark.parametrize(
    "spans",
    [
        [Span(None, date(2000, 1, 1)), Span(date(2000, 1, 2))],
        [Span(None, date(1990, 1, 1)), Span(date(1990, 1, 2), date(2000, 1, 1))],
        [Span(date(2990, 1, 1), date(2991, 1, 1)), Span(date(2992, 1, 1))],
        [Span(date(1990, 1, 2), date(2000, 1, 1)), Span(date(2992, 1, 1))],
        [Span()],
    ],
)
def test_the_server_shows_the_set_that_the_rule_shows(conn: psycopg.Connection, spans: list[Span]) -> None:
    for span in spans:
        save(conn, "ward", [area("ward-a")], span=span)
    rows = areas.sets(conn)
    [is_shown] = [row.id for row in rows if row.is_shown]
    assert is_shown == shown({row.id: row.span for row in rows}, date.today() + timedelta(0))  # noqa: DTZ011


# What was imported before areas had levels.


def test_districts_become_areas_of_their_level(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = migrations.migrations()
    monkeypatch.setattr(migrations, "migrations", lambda: [m for m in every if m.number < _AREAS])
    migrations.migrate(empty_database_url)
    with connect(empty_database_url, "tests") as conn:
        for id, name in (
            ("ba-dinh", "Ba Đình"),
            ("ha-dong", "Hà Đông"),
            ("phuong-cua-nam", "Phường Cửa Nam"),
            ("xa", "Xã"),
        ):
            conn.execute(
                "INSERT INTO district VALUES (%s, %s, 'x', '{\"type\": \"Point\"}', '{}')", (id, name)
            )
        conn.execute(
            "INSERT INTO sensor VALUES ('air-test', 'air', 'x', 'x', 105, 21, 'official', '', 60, NULL, NULL, false,"
            " true, '{}', 'ba-dinh')"
        )
    monkeypatch.undo()
    migrations.migrate(empty_database_url)
    with connect(empty_database_url, "tests") as conn:
        listed = [
            (row.id, row.level, row.name_vi, row.full_name_vi, row.valid_to) for row in areas.search(conn)
        ]
        assert listed == [
            ("district-ba-dinh", "district", "Ba Đình", "Ba Đình", date(2025, 6, 30)),
            ("district-ha-dong", "district", "Hà Đông", "Hà Đông", date(2025, 6, 30)),
            ("district-xa", "district", "Xã", "Xã", date(2025, 6, 30)),
            ("ward-phuong-cua-nam", "ward", "Cửa Nam", "Phường Cửa Nam", None),
        ]
        assert sensors.get(conn, "air-test").areas["district"]["id"] == "district-ba-dinh"
        assert areas.get(conn, "district-ba-dinh").sensor_ids == {"air-test"}


_AREAS = next(migration.number for migration in migrations.migrations() if migration.name == "areas")
