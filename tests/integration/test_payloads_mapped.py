"""A vendor's field names on their way from a catalogue folder through the database to the decoder."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from cityhub.catalogue import read
from cityhub.observing.decode import decode
from cityhub.store import catalogue as store_catalogue
from cityhub.store import connect, sensors

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RECORDED = Path(__file__).parents[1] / "data" / "payloads"
AIR = (
    "id,name_vi,name_en,lat,lon,basis,attr_mapping\n"
    "air-box-1,Trạm thử,Test,21.02,105.85,official,box\n"
    "air-box-2,Trạm thử,Test,21.02,105.86,official,box\n"
    "air-plain,Trạm thử,Test,21.02,105.87,official,\n"
)


@pytest.fixture
def conn(database_url: str, tmp_path: Path) -> Iterator[psycopg.Connection]:
    mapping = (RECORDED / "vendor_air_box_mapping.json").read_text(encoding="utf-8")
    (tmp_path / "air.csv").write_text(AIR, encoding="utf-8")
    (tmp_path / "mappings.json").write_text(f'{{"box": {mapping}}}', encoding="utf-8")
    with connect(database_url, "tests") as conn:
        store_catalogue.save(conn, read(tmp_path))
        yield conn
        conn.rollback()


def test_the_stored_mapping_reads_the_vendors_message(conn: psycopg.Connection) -> None:
    known = sensors.known(conn)
    payload = (RECORDED / "vendor_air_box.json").read_bytes()
    decoded = decode("hanoi", "hanoi/air/air-box-1/telemetry", payload, NOW, known)
    assert {o.property for o in decoded.observations} == {"pm2_5", "pm10", "temperature", "battery", "seq"}
    assert not decoded.rejected


def test_sensors_with_the_same_mapping_share_it_and_others_have_none(conn: psycopg.Connection) -> None:
    known = sensors.known(conn)
    assert known["air-box-1"].mapping is known["air-box-2"].mapping
    assert known["air-plain"].mapping is None


def test_an_attribute_that_is_no_mapping_stops_nobody(conn: psycopg.Connection) -> None:
    conn.execute(
        "UPDATE sensor SET attributes = %s WHERE id = 'air-box-1'", (json.dumps({"mapping": "of 2019"}),)
    )
    assert sensors.known(conn)["air-box-1"].mapping is None
