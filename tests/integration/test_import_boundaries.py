"""`./hub catalogue import-boundaries`: what operators type, what they are told, and what is in the database then."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import geopandas
import psycopg
import pytest
from shapely.geometry import Polygon, box

from cityhub.catalogue import read
from cityhub.store import areas, catalogue, connect, sensors

Hub = Callable[..., tuple[object, str, str]]
# Around Hoàn Kiếm lake, and west of it.
EAST, WEST = box(105.84, 21.01, 105.87, 21.05), box(105.80, 21.01, 105.84, 21.05)
STATION = "air-hoan-kiem"


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests", autocommit=True) as conn:
        yield conn
        conn.execute("DELETE FROM area_set")


def wards(folder: Path, *rows: tuple[str, Polygon], name: str = "wards.gpkg") -> str:
    names, shapes = zip(*rows, strict=True)
    file = folder / name
    geopandas.GeoDataFrame({"ten_xa": names}, geometry=list(shapes), crs=4326).to_file(file)
    return str(file)


def test_an_import_tells_names_level_and_sensors_inside_and_outside(
    hub: Hub, conn: psycopg.Connection, tmp_path: Path
) -> None:
    file = wards(tmp_path, ("Phường Cửa Nam", EAST), ("Xã Xa", box(104.9, 20, 105, 20.1)))
    code, out, err = hub("catalogue", "import-boundaries", file)
    assert (code, err) == (0, "")
    for told in (
        "wards.gpkg",
        "2 of level ward, without dates",
        "column ten_xa, utf-8",
        "WGS 84 (EPSG:4326)",
        "2 new, 0 changed, 0 as before, 0 gone",
        "17 of 17 parking places",
        "Phường Cửa Nam 2",
        "Xã Xa 0",
        "sensors in no area: air-kim-lien, air-minh-khai-bac-tu-liem",
        "more",
    ):
        assert told in out, told
    assert sensors.get(conn, STATION).areas["ward"]["name"] == "Cửa Nam"
    assert "ward" not in sensors.get(conn, "air-kim-lien").areas


def test_all_of_126_names_are_told(hub: Hub, conn: psycopg.Connection, tmp_path: Path) -> None:
    assert areas.sets(conn) == []
    names = [f"Phường Số {number}" for number in range(126)]
    rows = [(name, box(105 + at * 0.01, 20, 105.01 + at * 0.01, 20.01)) for at, name in enumerate(names)]
    code, out, _ = hub("catalogue", "import-boundaries", wards(tmp_path, *rows))
    assert code == 0
    assert all(f"{name} 0" in out for name in names)
    assert len(out.splitlines()) < 40
    assert "no sensor lies in any area: is it the right city, and the right coordinate system?" in out


def test_a_dry_run_tells_all_and_changes_nothing(hub: Hub, conn: psycopg.Connection, tmp_path: Path) -> None:
    code, out, _ = hub(
        "catalogue", "import-boundaries", wards(tmp_path, ("Phường Cửa Nam", EAST)), "--dry-run"
    )
    assert code == 0
    assert "Phường Cửa Nam 2" in out
    assert "Nothing was changed" in out
    assert areas.sets(conn) == []
    assert sensors.get(conn, STATION).areas == {}


def test_the_same_file_again_changes_nothing_and_a_corrected_one_only_what_differs(
    hub: Hub, conn: psycopg.Connection, tmp_path: Path
) -> None:
    file = wards(tmp_path, ("Phường Cửa Nam", EAST), ("Phường Láng", WEST))
    hub("catalogue", "import-boundaries", file)
    assert "0 new, 0 changed, 2 as before, 0 gone" in hub("catalogue", "import-boundaries", file)[1]
    corrected = wards(
        tmp_path, ("Phường Cửa Nam", EAST.buffer(0.001)), ("Phường Đống Đa", WEST), name="corrected.gpkg"
    )
    out = hub("catalogue", "import-boundaries", corrected)[1]
    assert "1 new, 1 changed, 0 as before, 1 gone (ward-lang)" in out
    assert [row.id for row in areas.search(conn)] == ["ward-cua-nam", "ward-dong-da"]


def test_a_new_set_begins_on_its_day_and_the_one_before_ends(
    hub: Hub, conn: psycopg.Connection, tmp_path: Path
) -> None:
    hub(
        "catalogue",
        "import-boundaries",
        wards(tmp_path, ("Phường Cửa Nam", EAST)),
        "--valid-from",
        "2025-07-01",
    )
    file = wards(tmp_path, ("Phường Cửa Nam", EAST), ("Phường Mới", WEST), name="new.gpkg")
    code, out, _ = hub("catalogue", "import-boundaries", file, "--valid-from", "2026-07-01")
    assert code == 0
    assert "in force from 2026-07-01" in out
    spans = [(row.valid_from, row.valid_to) for row in areas.sets(conn)]
    assert spans == [(date(2025, 7, 1), date(2026, 6, 30)), (date(2026, 7, 1), None)]


def test_a_second_file_of_the_same_set_is_added(hub: Hub, conn: psycopg.Connection, tmp_path: Path) -> None:
    hub("catalogue", "import-boundaries", wards(tmp_path, ("Phường Cửa Nam", EAST)))
    out = hub(
        "catalogue", "import-boundaries", wards(tmp_path, ("Phường Láng", WEST), name="more.gpkg"), "--add"
    )[1]
    assert "1 new, 0 changed, 0 as before, 0 gone" in out
    assert [row.id for row in areas.search(conn)] == ["ward-cua-nam", "ward-lang"]


def test_several_levels_stand_beside_each_other(hub: Hub, conn: psycopg.Connection, tmp_path: Path) -> None:
    hub("catalogue", "import-boundaries", wards(tmp_path, ("Phường Cửa Nam", EAST)))
    out = hub("catalogue", "import-boundaries", wards(tmp_path, ("Quận Hoàn Kiếm", EAST), name="d.gpkg"))[1]
    # Hanoi's districts ended, and nobody has to say so.
    assert "1 of level district, in force until 2025-06-30" in out
    assert {level: area["full_name"] for level, area in sensors.get(conn, STATION).areas.items()} == {
        "ward": "Phường Cửa Nam",
        "district": "Quận Hoàn Kiếm",
    }


def test_what_looks_wrong_is_told_and_imported_all_the_same(
    hub: Hub, conn: psycopg.Connection, tmp_path: Path
) -> None:
    far = Polygon([(105.84, 21.01), (105.87, 21.01), (-1, -1), (105.87, 21.05), (105.84, 21.05)])
    code, out, _ = hub(
        "catalogue", "import-boundaries", wards(tmp_path, ("Phường Cửa Nam", far), ("Xã B", WEST))
    )
    assert code == 0
    assert "look at this: Phường Cửa Nam: one corner stands 11," in out
    assert "at -1, -1 (lat, lon)" in out
    assert len(areas.search(conn)) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--valid-from", "yesterday"], 2, "is no day such as 2025-07-01"),
        (["--level", "city"], 2, "city"),
        (["--valid-from", "2026-01-01", "--valid-to", "2025-01-01"], 1, "2025-01-01 is before 2026-01-01"),
        (["--encoding", "klingon"], 1, "there is no encoding 'klingon'"),
        (["--layer", "x"], 1, "has no layer 'x'; its layers are: wards"),
        (["--name-column", "x"], 1, "has no column 'x'; its columns are: ten_xa"),
        (["--crs", "x"], 1, "there is no coordinate system 'x'"),
    ],
)
@pytest.mark.usefixtures("conn")
def test_a_refusal_is_one_clear_line_and_changes_nothing(
    hub: Hub, conn: psycopg.Connection, tmp_path: Path, arguments: list[str], code: int, told: str
) -> None:
    ended, out, err = hub(
        "catalogue", "import-boundaries", wards(tmp_path, ("Phường Cửa Nam", EAST)), *arguments
    )
    assert (ended, out) == (code, "")
    assert told in " ".join(err.split())
    if code == 1:
        assert len(err.splitlines()) == 1
    assert areas.sets(conn) == []


def test_loading_the_catalogue_later_gives_new_sensors_their_area(
    hub: Hub, conn: psycopg.Connection, tmp_path: Path
) -> None:
    hub("catalogue", "import-boundaries", wards(tmp_path, ("Phường Cửa Nam", EAST)))
    conn.execute("UPDATE sensor SET lon = 105 WHERE id = %s", (STATION,))
    conn.execute("DELETE FROM sensor_area")
    catalogue.save(conn, read())
    assert sensors.get(conn, STATION).areas["ward"]["id"] == "ward-cua-nam"


def test_only_the_import_loads_geopandas(hub: Hub, conn: psycopg.Connection, tmp_path: Path) -> None:
    """It takes a second and 100 MB."""
    hub("catalogue", "import-boundaries", wards(tmp_path, ("Phường Cửa Nam", EAST)))
    conn.execute("UPDATE sensor SET lon = 105 WHERE id = %s", (STATION,))
    program = (
        "import os, sys, api.app, ingest.__main__, jobs, maps, tools.cli.commands\n"
        "from cityhub.catalogue import read\n"
        "from cityhub.store import catalogue, connect\n"
        "with connect(os.environ['CITYHUB_DATABASE_URL'], 'tests') as conn:\n"
        "    catalogue.save(conn, read())\n"
        "print({'geopandas', 'pyogrio', 'pyproj'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
    assert sensors.get(conn, STATION).areas["ward"]["id"] == "ward-cua-nam"
