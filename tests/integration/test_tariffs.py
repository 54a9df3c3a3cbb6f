"""Tariffs in the database: added once, never rewritten."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from msgspec.structs import replace

from cityhub.catalogue import HANOI_CATALOGUE
from cityhub.errors import RuleBroken
from cityhub.parking.tariffs import TariffFile, files_in, quote, read
from cityhub.store import connect, tariffs

NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[psycopg.Connection]:
    with connect(database_url, "tests") as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def hanoi() -> TariffFile:
    [file] = files_in(HANOI_CATALOGUE)
    return read(file)


def test_loading_again_changes_nothing(conn: psycopg.Connection) -> None:
    conn.execute("DELETE FROM right_specification")
    conn.execute("DELETE FROM parking_zone")
    conn.execute("DELETE FROM tariff")
    assert tariffs.save_all(conn) == 5  # the zone, one version, time by the tariff, two permits
    assert tariffs.save_all(conn) == 0


def test_a_version_is_never_rewritten(conn: psycopg.Connection, hanoi: TariffFile) -> None:
    changed = replace(hanoi, rate_tables=(replace(hanoi.rate_tables[0], maximum_stay=60),))
    with pytest.raises(
        tariffs.TariffRewritten, match="hanoi-inner-2018-01-01 is loaded and says something else"
    ):
        tariffs.save(conn, changed)


def test_two_versions_do_not_begin_on_one_day(conn: psycopg.Connection, hanoi: TariffFile) -> None:
    other = replace(hanoi, rate_tables=(replace(hanoi.rate_tables[0], version="hanoi-inner-again"),))
    with pytest.raises(tariffs.TariffRewritten, match="begins on 2018-01-01, as hanoi-inner-2018-01-01 does"):
        tariffs.save(conn, other)


def test_the_stored_tariff_gives_the_price_of_the_file(conn: psycopg.Connection) -> None:
    found = tariffs.schedule(conn, "hanoi-inner")
    assert quote(found, "car", NOW, NOW + timedelta(hours=9)).amount == 345_000


def test_a_new_version_counts_at_once_and_only_from_its_day(
    conn: psycopg.Connection, hanoi: TariffFile
) -> None:
    before = tariffs.schedule(conn, "hanoi-inner")
    table = hanoi.rate_tables[0]
    later = replace(table, version="hanoi-inner-2027", valid_from=datetime(2027, 1, 1, tzinfo=UTC).date())
    assert tariffs.save(conn, replace(hanoi, rate_tables=(table, later))) == 1
    found = tariffs.schedule(conn, "hanoi-inner")
    assert len(before.tables) == 1
    assert quote(found, "car", NOW, NOW + timedelta(hours=1)).tariff_version == table.version
    new_year = datetime(2026, 12, 31, 17, tzinfo=UTC)
    assert found.at(new_year).version == "hanoi-inner-2027"
    assert found.at(new_year - timedelta(seconds=1)).version == table.version


def test_a_zone_without_a_tariff_is_said(conn: psycopg.Connection) -> None:
    with pytest.raises(RuleBroken, match="zone nowhere has no tariff") as refused:
        tariffs.schedule(conn, "nowhere")
    assert refused.value.rule == "no_tariff"


def test_a_bad_file_beside_a_good_one_loads_neither(conn: psycopg.Connection, tmp_path: Path) -> None:
    good = files_in(HANOI_CATALOGUE)[0].read_text(encoding="utf-8")
    elsewhere = good.replace("hanoi-inner", "elsewhere")
    (tmp_path / "tariff-a.yaml").write_text(elsewhere, encoding="utf-8")
    (tmp_path / "tariff-b.yaml").write_text(good.replace("price: 45_000", "price: 5_000"), encoding="utf-8")
    with pytest.raises(Exception, match=r"tariff-b\.yaml, line 31: the price falls"):
        tariffs.save_all(conn, tmp_path)
    with pytest.raises(RuleBroken):
        tariffs.schedule(conn, "elsewhere")


def test_commands_check_and_load_a_file(
    hub: Callable[..., tuple[object, str, str]], conn: psycopg.Connection, tmp_path: Path
) -> None:
    file = tmp_path / "tariff-elsewhere.yaml"
    good = files_in(HANOI_CATALOGUE)[0].read_text(encoding="utf-8").replace("hanoi-inner", "elsewhere")
    file.write_text(good, encoding="utf-8")
    code, out, _ = hub("tariff", "check", str(file))
    assert code == 0
    assert "zone elsewhere, 2 permits; good" in out
    assert hub("tariff", "load", str(file))[1] == "zone elsewhere: 1 versions, 5 new or changed rows\n"
    assert hub("tariff", "load", str(file))[1] == "zone elsewhere: 1 versions, 0 new or changed rows\n"
    file.write_text(good.replace("150_000", "140_000"), encoding="utf-8")
    code, _, err = hub("tariff", "load", str(file))
    assert code == 1
    assert "tariff elsewhere-2018-01-01 is loaded and says something else" in err
    file.write_text(good.replace("ends: 18:00", "ends: 17:00"), encoding="utf-8")
    code, _, err = hub("tariff", "check", str(file))
    assert code == 1
    assert "tariff-elsewhere.yaml, line 34: gap: no price for car at 17:00-18:00 on a working_day" in err
    conn.execute("DELETE FROM tariff WHERE zone = 'elsewhere'")
    conn.execute("DELETE FROM right_specification WHERE zone = 'elsewhere'")
    conn.commit()


def test_loading_a_catalogue_loads_its_tariffs(
    hub: Callable[..., tuple[object, str, str]], tmp_path: Path
) -> None:
    header = "id,name_vi,name_en,lat,lon,basis\n"
    (tmp_path / "air.csv").write_text(header + "air-x,X,X,21.03,105.85,official\n", encoding="utf-8")
    good = files_in(HANOI_CATALOGUE)[0].read_text(encoding="utf-8").replace("hanoi-inner", "beyond")
    (tmp_path / "tariff-beyond.yaml").write_text(good, encoding="utf-8")
    code, _, err = hub("catalogue", "load", str(tmp_path))
    assert (code, err) == (0, "")
    assert hub("tariff", "load", str(tmp_path / "tariff-beyond.yaml"))[1].endswith(" 0 new or changed rows\n")
