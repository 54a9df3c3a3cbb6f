"""Files by kind and month, read back with what people use, and the list and catalogue of them."""

import csv
import io
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import geopandas
import httpx
import pyarrow.parquet
import pyogrio
import pyshacl
import pytest
import rdflib

from api.bulk import Month
from cityhub.config import read_settings
from cityhub.store import bulk, connect, corrections, days, sensors
from cityhub.store.corrections import Correction

STATION = "air-trung-yen-3"
# Two months before this one; the last reading of the month is one microsecond before its end.
MONTH = Month.of(Month.of(Month.of(datetime.now(UTC)).start - timedelta(days=1)).start - timedelta(days=1))
LAST = MONTH.end - timedelta(microseconds=1)
READINGS = [(MONTH.start + timedelta(hours=n), 10 + n / 10, 2 if n == 3 else 0) for n in range(50)]
MORE = [(MONTH.start - timedelta(seconds=1), 99.0, 0), (LAST, 14.200000000000001, 0), (MONTH.end, 98.0, 0)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def api(database_url: str, run_api: Any, seed: Any, folder: Path) -> Iterator[Any]:
    seed({(STATION, "pm2_5"): READINGS + MORE, (STATION, "o3"): READINGS[:5], ("rain-lang", "rain"): []})
    settings = read_settings(
        database_url=database_url, rate_per_minute=0, data_dir=str(folder), notice="Số liệu mô phỏng"
    )
    with run_api(settings) as running:
        yield running


def get(api: Any, format: str, month: object = MONTH, kind: str = "air", **headers: str) -> httpx.Response:
    """As a client does that asks again while the file is made."""
    deadline = time.monotonic() + 60
    while True:
        answer = api.client.get(f"/api/v1/data/{kind}/{month}.{format}", headers=headers)
        if answer.status_code != 503 or time.monotonic() > deadline:
            return answer
        assert int(answer.headers["retry-after"]) > 0
        time.sleep(0.5)


def test_csv_holds_all_readings_of_the_month_as_measured(api: Any) -> None:
    answer = get(api, "csv").raise_for_status()
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="air_{MONTH}.csv"' in answer.headers["content-disposition"]
    assert 'rel="license"' in answer.headers["link"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["property"] for row in rows] == ["o3"] * 5 + ["pm2_5"] * 51
    fine = rows[5:]
    assert [datetime.fromisoformat(row["time"]) for row in fine] == [time for time, _, _ in READINGS] + [LAST]
    assert [float(row["value"]) for row in fine] == [value for _, value, _ in READINGS] + [14.2]
    assert {(row["sensor_id"], row["unit"]) for row in rows} == {(STATION, "µg/m³")}
    assert [row["quality"] for row in fine][2:5] == ["", "fault", ""]
    assert rows[0]["time"].endswith("+07:00")


def test_parquet_is_the_same_with_units_licence_and_quality(api: Any) -> None:
    file = pyarrow.parquet.ParquetFile(io.BytesIO(get(api, "parquet").raise_for_status().content))
    rows = file.read().to_pylist()
    assert len(rows) == 56
    assert rows[5] == {
        "time": READINGS[0][0],
        "sensor_id": STATION,
        "property": "pm2_5",
        "unit": "µg/m³",
        "value": 10.0,
        "quality": "",
    }
    assert rows[8]["quality"] == "fault"
    told = {key.decode(): text.decode() for key, text in file.schema_arrow.metadata.items()}
    assert told["licence"] == "CC BY 4.0"
    assert told["notice"] == "Số liệu mô phỏng"
    assert "pm2_5: µg/m³" in told["units"]
    assert "flatline: " in told["quality"]


def test_geoparquet_opens_in_geopandas_with_places(api: Any, tmp_path: Path) -> None:
    (tmp_path / "air.parquet").write_bytes(get(api, "geoparquet").raise_for_status().content)
    frame = geopandas.read_parquet(tmp_path / "air.parquet")
    assert len(frame) == 56
    assert frame.crs == "OGC:CRS84"
    assert {(point.x, point.y) for point in frame.geometry} == {(105.7999, 21.0152)}
    assert all(name.startswith("Trung Yên 3") for name in frame["name"])
    assert frame["value"][5] == 10.0


def test_geopackage_opens_in_geopandas_with_places(api: Any, tmp_path: Path) -> None:
    (tmp_path / "air.gpkg").write_bytes(get(api, "gpkg").raise_for_status().content)
    layers = {str(name) for name, _ in pyogrio.list_layers(tmp_path / "air.gpkg")}
    assert {"observations", "sensors"} <= layers
    frame = geopandas.read_file(tmp_path / "air.gpkg", layer="observations")
    assert len(frame) == 56
    assert frame.crs == 4326
    assert {(point.x, point.y) for point in frame.geometry} == {(105.7999, 21.0152)}
    assert sorted(frame["value"])[:2] == [10.0, 10.0]
    places = geopandas.read_file(tmp_path / "air.gpkg", layer="sensors")
    assert len(places) == 11
    assert STATION in set(places["sensor_id"])


def test_what_the_client_has_is_not_sent_again_and_parts_are(api: Any) -> None:
    whole = get(api, "csv")
    etag = whole.headers["etag"]
    assert get(api, "csv", **{"If-None-Match": etag}).status_code == 304
    part = get(api, "csv", Range="bytes=10-19")
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    head = api.client.head(f"/api/v1/data/air/{MONTH}.csv")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(whole.content)))


def test_a_late_reading_or_a_correction_makes_another_file(
    api: Any, seed: Callable[..., None], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.bulk.files.GOOD_FOR_S", {True: 0.0, False: 0.0})
    before = get(api, "csv", kind="rain")
    assert before.status_code == 404
    seed({("rain-lang", "rain"): [(MONTH.start, 1.5, 0)]})
    first = get(api, "csv", kind="rain").raise_for_status()
    assert get(api, "csv", kind="rain").headers["etag"] == first.headers["etag"]
    seed({("rain-lang", "rain"): [(MONTH.start + timedelta(hours=1), 2.5, 0)]})
    second = get(api, "csv", kind="rain")
    assert len(second.text.splitlines()) == 3
    with connect(database_url, "tests") as conn:
        id = sensors.datastream_ids(conn)["rain-lang", "rain"]
        corrections.apply(conn, Correction(id, MONTH.start, MONTH.end, "tests", "blocked", set_bits=8))
    third = get(api, "csv", kind="rain")
    assert third.text.count("flatline") == 2
    assert len({first.headers["etag"], second.headers["etag"], third.headers["etag"]}) == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("air/2019-01.csv", 404),
        ("air/2199-12.csv", 404),
        ("air/2026-13.csv", 400),
        ("air/2026-1.csv", 400),
        ("noise/2026-01.csv", 400),
        ("air/2026-01.xlsx", 400),
    ],
)
def test_what_is_not_there_is_a_problem(api: Any, path: str, status: int) -> None:
    answer = api.client.get(f"/api/v1/data/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")


def test_without_a_folder_the_rest_works(run_api: Any, database_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = read_settings(database_url=database_url, data_dir=str(tmp_path / "file" / "data"))
    with run_api(settings) as running:
        answer = running.client.get(f"/api/v1/data/air/{MONTH}.csv")
        assert (answer.status_code, answer.json()["title"]) == (503, "Not ready")
        assert running.client.get("/api/v1/data").status_code == 200


def test_the_list_tells_kinds_months_rows_and_files(api: Any) -> None:
    size = len(get(api, "csv").content)
    told = api.client.get("/api/v1/data").raise_for_status().json()
    assert (told["licence"], told["notice"]) == ("CC BY 4.0", "Số liệu mô phỏng")
    kinds = {kind["kind"]: kind for kind in told["kinds"]}
    air = kinds["air"]
    assert (air["sensors"], air["rows"], air["name_en"]) == (11, 58, "Air quality")
    assert datetime.fromisoformat(air["last"]) == MONTH.end
    months = {month["month"]: month for month in air["months"]}
    assert {name: month["rows"] for name, month in months.items()} == {
        str(Month.of(MONTH.start - timedelta(days=1))): 1,
        str(MONTH): 56,
        str(Month.of(MONTH.end)): 1,
    }
    month = months[str(MONTH)]
    assert month["is_over"]
    files = {file["format"]: file for file in month["files"]}
    assert list(files) == ["csv", "parquet", "geoparquet", "gpkg"]
    assert files["csv"] == {"format": "csv", "url": f"/api/v1/data/air/{MONTH}.csv", "bytes": size}
    assert kinds["parking"]["rows"] == 0
    assert kinds["parking"]["first"] is None


# Of rdflib itself.
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.filterwarnings("ignore::DeprecationWarning:pyshacl")
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_the_catalogue_is_dcat_ap(api: Any, shapes: Any) -> None:
    text = api.client.get("/api/v1/catalogue.jsonld").raise_for_status()
    assert text.headers["content-type"] == "application/ld+json"
    graph = rdflib.Graph().parse(data=text.content, format="json-ld")
    good, _, why = pyshacl.validate(graph, shacl_graph=shapes, meta_shacl=True)
    assert good, why
    dcat = rdflib.Namespace("http://www.w3.org/ns/dcat#")
    assert len(set(graph.subjects(rdflib.RDF.type, dcat.Dataset))) == 5
    assert len(list(graph.subjects(rdflib.RDF.type, dcat.Distribution))) > 15
    # The shapes find what is missing.
    for gone in (rdflib.DCTERMS.title, rdflib.DCTERMS.publisher, dcat.accessURL, rdflib.DCTERMS.license):
        less = rdflib.Graph() + graph
        less.remove((None, gone, None))
        assert not pyshacl.validate(less, shacl_graph=shapes)[0], gone


@pytest.fixture(scope="module")
def shapes() -> Any:
    return rdflib.Graph().parse(Path(__file__).parents[2] / "data" / "shapes" / "dcat_ap.ttl")


@pytest.mark.usefixtures("api")
def test_months_are_counted_the_same_from_days_and_hours(database_url: str) -> None:
    with connect(database_url, "tests", autocommit=True) as conn:
        before = bulk.months(conn)
        assert sum(rows for *_, rows in before) >= 58
        days.refresh(conn, datetime.now(UTC))
        assert bulk.months(conn) == before
        conn.execute("UPDATE observation_daily SET is_stale = true, n = 0 WHERE day < %s", (LAST,))
        assert bulk.months(conn) == before
        conn.execute("TRUNCATE observation_daily, days_begun")
        assert bulk.months(conn) == before


def test_of_a_month_that_retention_cuts_through_what_is_left_is_counted(
    run_api: Any, database_url: str, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    # Between two hours of the third day's readings.
    cut = (MONTH.start + timedelta(hours=20)).replace(minute=30)
    with connect(database_url, "tests", autocommit=True) as conn:
        whole = bulk.stamp(conn, "air", MONTH.start, MONTH.end)
        with conn.transaction():
            conn.execute(
                "UPDATE observation_hourly SET closed = true WHERE hour < %s", (cut.replace(minute=0),)
            )
            conn.execute("DELETE FROM observation WHERE time < %s", (cut.replace(minute=0),))
        left = bulk.stamp(conn, "air", MONTH.start, MONTH.end)
    assert 0 < left.rows < whole.rows
    assert left.digest != whole.digest
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        data_dir=str(tmp_path),
        raw_retention_days=(now - cut).days,
    )
    with run_api(settings) as running:
        [air] = [one for one in running.client.get("/api/v1/data").json()["kinds"] if one["kind"] == "air"]
        told = {one["month"]: (one["rows"], one["rows_kept"], bool(one["files"])) for one in air["months"]}
        file = pyarrow.parquet.read_table(io.BytesIO(get(running, "parquet").content))
    assert told == {
        str(Month.of(MONTH.start - timedelta(days=1))): (1, 0, False),
        str(MONTH): (whole.rows, left.rows, True),
        str(Month.of(MONTH.end)): (1, 1, True),
    }
    assert file.num_rows == left.rows
    assert file.schema.metadata[b"rows"] == str(left.rows).encode()
