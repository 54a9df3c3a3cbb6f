"""History: raw, by hour, by day, as pages and as one file."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet
import pytest

from cityhub.rfc3339 import HANOI_TIME

DAY = datetime(2026, 3, 1, tzinfo=HANOI_TIME)
# Every ten minutes for two days; 02:10 on the first day is faulty.
READINGS = [(DAY + timedelta(minutes=10 * n), float(n), 2 if n == 13 else 0) for n in range(288)]
PATH = "/api/v1/sensors/air-trung-yen-3/observations"


@pytest.fixture(scope="module", autouse=True)
def _rows(seed: Any) -> None:
    seed({("air-trung-yen-3", "pm2_5"): READINGS})


def ask(api: Any, **parameters: Any) -> Any:
    query = {"property": "pm2_5", "start": DAY.isoformat(), "end": (DAY + timedelta(days=2)).isoformat()}
    return api.client.get(PATH, params={**query, **parameters})


def test_raw_rows_come_oldest_first_from_start_up_to_but_without_end(api: Any) -> None:
    answer = ask(api, start=READINGS[1][0].isoformat(), end=READINGS[4][0].isoformat()).json()
    assert answer["rows"] == [
        {"time": f"2026-03-01T00:{minute}:00+07:00", "value": value, "quality": []}
        for minute, value in (("10", 1.0), ("20", 2.0), ("30", 3.0))
    ]
    assert (answer["sensor_id"], answer["property"], answer["unit"], answer["step"], answer["next"]) == (
        "air-trung-yen-3",
        "pm2_5",
        "µg/m³",
        "raw",
        None,
    )


def test_a_faulty_reading_keeps_its_value_and_says_so(api: Any) -> None:
    [row] = ask(api, start=READINGS[13][0].isoformat(), end=READINGS[14][0].isoformat()).json()["rows"]
    assert (row["value"], row["quality"]) == (13.0, ["fault"])


@pytest.mark.parametrize("step", ["raw", "PT1H"])
def test_pages_hold_every_row_once(api: Any, step: str) -> None:
    rows, url = (
        [],
        f"{PATH}?property=pm2_5&start=2026-03-01T00:00:00%2B07:00&end=2026-03-03T00:00:00Z&step={step}&limit=23",
    )
    while url is not None:
        page = api.client.get(url).raise_for_status().json()
        rows += page["rows"]
        url = page["next"]
        assert url is None or url.startswith(f"{PATH}?")
    times = [datetime.fromisoformat(row["time"]) for row in rows]
    assert times == [time for time, _, _ in READINGS][:: 1 if step == "raw" else 6]


def test_a_plus_that_became_a_blank_is_understood(api: Any) -> None:
    answer = api.client.get(
        f"{PATH}?property=pm2_5&start=2026-03-01T00:00:00+07:00&end=2026-03-01T01:00:00+07:00"
    )
    assert len(answer.json()["rows"]) == 6


def test_hours_leave_rejected_readings_out_and_count_them(api: Any) -> None:
    rows = ask(api, step="PT1H").json()["rows"]
    assert len(rows) == 48
    assert rows[2] == {
        "time": "2026-03-01T02:00:00+07:00",
        "n": 5,
        "mean": (12 + 14 + 15 + 16 + 17) / 5,
        "min": 12.0,
        "max": 17.0,
        "sum": 74.0,
        "n_rejected": 1,
    }


def test_days_are_days_of_hanoi(api: Any) -> None:
    rows = ask(api, step="P1D").json()["rows"]
    assert [(row["time"], row["n"], row["n_rejected"]) for row in rows] == [
        ("2026-03-01T00:00:00+07:00", 143, 1),
        ("2026-03-02T00:00:00+07:00", 144, 0),
    ]


def test_csv_comes_whole_in_pieces(api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.history.CSV_CHUNK_ROWS", 100)
    answer = ask(api, format="csv", limit=1)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="air-trung-yen-3_pm2_5_raw.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(datetime.fromisoformat(row["time"]), float(row["value"])) for row in rows] == [
        (time, value) for time, value, _ in READINGS
    ]
    assert [row["quality"] for row in rows][12:15] == ["", "fault", ""]


def test_csv_is_not_for_caches(api: Any) -> None:
    answer = ask(api, format="csv")
    assert answer.headers["cache-control"] == "no-store"
    assert "etag" not in answer.headers


def test_head_of_csv_has_its_headers_and_reads_no_history(api: Any, monkeypatch: Any) -> None:
    got = ask(api, format="csv")

    def fail(*_arguments: object) -> None:
        raise AssertionError("history was read")

    monkeypatch.setattr("api.routes.observations.csv_chunks", fail)
    answer = api.client.head(PATH, params=dict(got.request.url.params))
    assert (answer.status_code, answer.content) == (200, b"")
    of_the_transfer = {"date", "transfer-encoding", "x-request-id"}
    assert {name: text for name, text in answer.headers.items() if name not in of_the_transfer} == {
        name: text for name, text in got.headers.items() if name not in of_the_transfer
    }


def test_csv_by_hour_has_the_columns_of_a_step(api: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(ask(api, format="csv", step="PT1H").text)))
    assert list(rows[0]) == ["time", "n", "mean", "min", "max", "sum", "n_rejected"]
    assert len(rows) == 48


def test_an_empty_span_is_an_empty_list_and_a_bare_header(api: Any) -> None:
    span = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    assert ask(api, **span).json()["rows"] == []
    assert ask(api, **span, format="csv").text == "time,value,quality\r\n"


def test_what_the_client_has_is_not_sent_again(api: Any) -> None:
    etag = ask(api).headers["etag"]
    parameters = {"property": "pm2_5", "start": DAY.isoformat(), "end": (DAY + timedelta(days=2)).isoformat()}
    again = api.client.get(PATH, params=parameters, headers={"If-None-Match": f'"other", W/{etag}'})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"property": "depth"}, "property"),
        ({"property": "pm2_5\0"}, "property"),
        ({"property": ""}, "property"),
        ({"start": "yesterday"}, "start"),
        ({"start": "2026-03-01"}, "start"),
        ({"start": "2026-03-01T00:00:00"}, "start"),
        ({"start": "0000-01-01T00:00:00Z"}, "start"),
        ({"end": "9999-12-31T23:59:59Z"}, "end"),
        ({"end": "2026-03-01T00:00:00+07:00"}, "end"),
        ({"start": "1980-01-01T00:00:00Z"}, "end"),
        ({"step": "PT5M"}, "step"),
        ({"format": "xml"}, "format"),
        ({"limit": "-1"}, "limit"),
        ({"cursor": "WyJhIixbIngiXV0"}, "cursor"),
    ],
)
def test_a_bad_parameter_is_named(api: Any, changes: Any, field: str) -> None:
    answer = ask(api, **changes)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("missing", ["property", "start", "end"])
def test_a_missing_parameter_is_named(api: Any, missing: str) -> None:
    query = {"property": "pm2_5", "start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}
    del query[missing]
    answer = api.client.get(PATH, params=query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, missing)


def test_an_unknown_sensor_is_not_found(api: Any) -> None:
    answer = api.client.get(PATH.replace("trung-yen-3", "nowhere"), params=dict(ask(api).request.url.params))
    assert answer.status_code == 404


def test_figures_are_written_without_what_binary_numbers_add(api: Any, seed: Any) -> None:
    start = datetime(2026, 8, 3, tzinfo=UTC)
    readings = [50.4, 50.9, 50.8, 50.699999999999996]
    seed(
        {
            ("air-tan-mai", "pm10"): [
                (start + timedelta(minutes=minute), value, 0) for minute, value in enumerate(readings)
            ],
            ("air-tan-mai", "temperature"): [
                (start, 142 * 0.1, 0),
                (start + timedelta(minutes=1), -0.0, 0),
            ],
        }
    )

    def rows(property: str, step: str) -> Any:
        span = {
            "property": property,
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
        }
        return api.client.get("/api/v1/sensors/air-tan-mai/observations", params={**span, "step": step})

    assert [row["value"] for row in rows("pm10", "raw").json()["rows"]] == [50.4, 50.9, 50.8, 50.7]
    [hour] = rows("pm10", "PT1H").json()["rows"]
    assert (hour["mean"], hour["min"], hour["max"], hour["sum"]) == (50.7, 50.4, 50.9, 202.8)
    assert '"value":14.2,' in rows("temperature", "raw").text
    assert "-0.0" not in rows("temperature", "raw").text
    for step in ("raw", "PT1H"):
        span = f"start={start:%Y-%m-%dT%H:%M:%SZ}&end={start:%Y-%m-%d}T01:00:00Z"
        url = f"/api/v1/sensors/air-tan-mai/observations?property=temperature&{span}&step={step}&format=csv"
        text = api.client.get(url).text
        assert "14.2" in text
        assert "-0" not in text.replace(f"{start:%Y-%m-%d}", "").replace("+07:00", "")
        assert "14.2000" not in text
    listed = api.client.get("/api/v1/sensors/air-tan-mai").json()
    latest = {stream["property"]: stream["latest"] for stream in listed["datastreams"]}
    assert (str(latest["pm10"]["value"]), str(latest["temperature"]["value"])) == ("50.7", "0.0")


def test_parquet_holds_rows_units_licence_and_quality(api: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.history.PARQUET_GROUP_ROWS", 100)
    answer = ask(api, format="parquet", limit=1)
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    assert 'filename="air-trung-yen-3_pm2_5_raw.parquet"' in answer.headers["content-disposition"]
    file = pyarrow.parquet.ParquetFile(io.BytesIO(answer.content))
    assert file.num_row_groups == 3
    table = file.read()
    assert table.column("time").to_pylist() == [time for time, _, _ in READINGS]
    assert table.column("value").to_pylist() == [value for _, value, _ in READINGS]
    assert table.column("quality").to_pylist()[12:15] == ["", "fault", ""]
    told = {key.decode(): text.decode() for key, text in file.schema_arrow.metadata.items()}
    assert told["unit"] == "µg/m³"
    assert told["licence_url"] == "https://creativecommons.org/licenses/by/4.0/"
    assert "fault: the device says that it is wrong" in told["quality"]
    assert "105.7999, 21.0152" in told["place"]


def test_parquet_by_day_has_the_columns_of_a_step(api: Any) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(ask(api, format="parquet", step="P1D").content))
    days = ask(api, step="P1D").json()["rows"]
    assert table.column_names == list(days[0])
    assert [row["n"] for row in table.to_pylist()] == [143, 144]
    assert [row["mean"] for row in table.to_pylist()] == [day["mean"] for day in days]


def test_parquet_of_an_empty_span_is_a_file_without_rows(api: Any) -> None:
    span = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    table = pyarrow.parquet.read_table(io.BytesIO(ask(api, **span, format="parquet").content))
    assert (table.num_rows, table.column_names) == (0, ["time", "value", "quality"])


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_files_lead_to_their_licence_and_description(api: Any, format: str) -> None:
    links = ask(api, format=format).headers["link"]
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in links
    path = re.search(r'<([^>]+)>; rel="describedby"; type="application/csvm\+json"', links)
    assert path is not None
    described = api.client.get(path[1]).raise_for_status().json()
    columns = {column["name"]: column for column in described["tableSchema"]["columns"]}
    assert columns["value"]["schema:unitText"] == "µg/m³"
    assert "flatline" in columns["quality"]["dc:description"]
    assert described["dc:license"] == {"@id": "https://creativecommons.org/licenses/by/4.0/"}
    assert api.client.get(described["url"]).text == ask(api, format="csv").text


def test_csv_tells_about_itself_where_it_is_asked_to(api: Any) -> None:
    text = ask(api, format="csv", about="true").text
    lines = text.split("\r\n")
    told = [line for line in lines if line.startswith("# ")]
    assert "# unit: µg/m³" in told
    assert "# licence: CC BY 4.0" in told
    assert any(line.startswith("# quality: ") for line in told)
    assert lines[len(told)] == "time,value,quality"
    assert text.endswith(ask(api, format="csv").text)
