"""Readers of real files: small samples typed here, one for each layout and each thing that can be wrong."""

import gzip
import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.errors import FileError
from cityhub.observing.topics import SENSOR_ID
from simulators.replay import FORMATS, Record, Row
from simulators.replay.files import opened
from simulators.replay.record import number, slug

AIRNOW_2016 = (
    "Site,Parameter,Date (LT),Year,Month,Day,Hour,AQI,AQI Category,24-hr. Midpoint Avg. Conc.,"
    "Raw Conc.,Conc. Unit,Duration,QC Name\n"
)
AIRNOW_2017 = (
    "Site,Parameter,Date (LT),Year,Month,Day,Hour,NowCast Conc.,AQI,AQI Category,"
    "Raw Conc.,Conc. Unit,Duration,QC Name\n"
)
PRSA = "No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station\n"


def read(form: str, text: str) -> list[Row]:
    return list(FORMATS[form](io.StringIO(text, newline=""), "sample.csv"))


def records(form: str, text: str) -> list[Record]:
    rows = read(form, text)
    assert [row.problems for row in rows if row.problems] == []
    return [record for row in rows for record in row.records]


def problems(form: str, text: str) -> list[str]:
    return [str(problem) for row in read(form, text) for problem in row.problems]


def airnow(time: str, raw: str, quality: str) -> str:
    return f"Hanoi,PM2.5 - Principal,{time},2016,03,01,01,55,2,20.1,{raw},UG/M3,1 Hr,{quality}\n"


def test_airnow_reads_local_time_and_raw_concentration() -> None:
    (record,) = records("airnow", AIRNOW_2016 + airnow("2016-03-01 01:00 PM", "31.5", "Valid"))
    assert record.time == datetime(2016, 3, 1, 6, tzinfo=UTC)
    assert (record.kind, record.sensor_id, record.key) == ("air", "air-us-embassy", "Hanoi")
    assert (record.values, record.extra) == ({"pm2_5": 31.5}, {})


def test_airnow_midnight_is_twelve_am() -> None:
    (record,) = records("airnow", AIRNOW_2016 + airnow("2016-03-01 12:00 AM", "1", "Valid"))
    assert record.time == datetime(2016, 2, 29, 17, tzinfo=UTC)


def test_airnow_reads_the_layout_with_nowcast() -> None:
    line = (
        "Hanoi,PM2.5 - Principal,2017-06-01 01:00 AM,2017,06,01,01,26.2,81,Moderate,17.2,UG/M3,1 Hr,Valid\n"
    )
    (record,) = records("airnow", AIRNOW_2017 + line)
    assert record.values == {"pm2_5": 17.2}


def test_airnow_missing_is_sent_as_its_sentinel_and_invalid_with_the_fault_flag() -> None:
    text = AIRNOW_2016
    text += airnow("2016-03-01 01:00 AM", "-999.0", "Missing") + airnow("2016-03-01 02:00 AM", "", "Missing")
    text += airnow("2016-03-01 03:00 AM", "38.0", "Invalid") + airnow("2016-03-01 04:00 AM", "-3.0", "Valid")
    found = [(record.values["pm2_5"], record.extra) for record in records("airnow", text)]
    assert found == [(-999.0, {}), (-999.0, {}), (38.0, {"fault": True}), (-3.0, {})]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (airnow("2016-13-01 01:00 AM", "1", "Valid"), "row 2, column 'Date (LT)'"),
        (airnow("2016-03-01 13:00", "1", "Valid"), "row 2, column 'Date (LT)'"),
        (airnow("2016-03-01 01:00 AM", "abc", "Valid"), "row 2, column 'Raw Conc.'"),
        (airnow("2016-03-01 01:00 AM", "nan", "Valid"), "row 2, column 'Raw Conc.'"),
        (airnow("2016-03-01 01:00 AM", "1", "Perhaps"), "row 2, column 'QC Name'"),
        (airnow("2016-03-01 01:00 AM", "1", "Valid").replace("UG/M3", "PPB"), "row 2, column 'Conc. Unit'"),
        (airnow("2016-03-01 01:00 AM", "1", "Valid").replace("PM2.5", "OZONE"), "row 2, column 'Parameter'"),
        (airnow("2016-03-01 01:00 AM", "1", "Valid").replace("1 Hr", "24 Hr"), "row 2, column 'Duration'"),
        ("Hanoi,PM2.5\n", "row 2: has 2 cells, the header 14"),
    ],
)
def test_airnow_malformed_row_is_told_and_the_next_one_read(line: str, told: str) -> None:
    text = AIRNOW_2016 + line + airnow("2016-03-01 02:00 AM", "7", "Valid")
    (problem,) = problems("airnow", text)
    assert problem.startswith(told)
    assert [record.values for row in read("airnow", text) for record in row.records] == [{"pm2_5": 7.0}]


def test_prsa_row_is_an_air_and_a_rain_record() -> None:
    text = PRSA + "1,2016,6,1,0,18,19,4,26,400,69,21.8,1008.7,3.9,0.4,SSE,1.6,Aotizhongxin\n"
    air, rain = records("prsa", text)
    assert air.time == datetime(2016, 6, 1, tzinfo=timezone(timedelta(hours=8)))
    assert (air.kind, air.sensor_id, air.key) == ("air", "prsa-aotizhongxin", "Aotizhongxin")
    assert air.values == {
        "pm2_5": 18, "pm10": 19, "so2": 4, "no2": 26, "co": 400, "o3": 69, "temperature": 21.8
    }  # fmt: skip
    assert (rain.kind, rain.sensor_id, rain.key) == ("rain", "prsa-aotizhongxin-rain", "Aotizhongxin-rain")
    assert rain.values == {"rain": 0.4}


def test_prsa_na_is_absent_and_zero_is_a_reading() -> None:
    text = PRSA + "1,2016,6,1,0,NA,NA,4,NA,,NA,NA,1,1,0,SSE,1.6,Gucheng\n"
    air, rain = records("prsa", text)
    assert (air.values, rain.values) == ({"so2": 4.0}, {"rain": 0.0})


def test_prsa_row_without_any_air_value_gives_no_air_record() -> None:
    text = PRSA + "1,2016,6,1,0,NA,NA,NA,NA,NA,NA,NA,1,1,0.1,SSE,1.6,Gucheng\n"
    text += "2,2016,6,1,1,NA,NA,NA,NA,NA,NA,NA,1,1,NA,SSE,1.6,Gucheng\n"
    assert [(row.number, [r.kind for r in row.records]) for row in read("prsa", text)] == [
        (2, ["rain"]),
        (3, []),
    ]


def test_prsa_bad_cell_does_not_lose_the_others() -> None:
    text = PRSA + "1,2016,6,1,0,oops,19,4,26,400,69,21.8,1,1,inf,SSE,1.6,Gucheng\n"
    (row,) = read("prsa", text)
    assert [problem.column for problem in row.problems] == ["PM2.5", "RAIN"]
    (air,) = row.records
    assert air.values["pm10"] == 19
    assert "pm2_5" not in air.values


def test_prsa_impossible_time_is_told() -> None:
    text = PRSA + "1,2016,6,31,0,1,1,1,1,1,1,1,1,1,0,SSE,1.6,Gucheng\n"
    assert problems("prsa", text) == [
        "row 2, column 'hour': year, month, day, hour are no time ('2016 6 31 0')"
    ]


def test_ea_gives_rain_in_mm_and_levels_in_m_with_negatives() -> None:
    text = "dateTime,Bacup-rainfall,Hebden-Bridge-level,Nutclough-level\n2025-08-16T00:15:00,0.2,-0.062,\n"
    rain, level = records("ea", text)
    assert (rain.kind, rain.sensor_id, rain.values) == ("rain", "ea-bacup-rainfall", {"rain": 0.2})
    assert (level.kind, level.sensor_id, level.values) == (
        "flood",
        "ea-hebden-bridge-level",
        {"level": -0.062},
    )
    assert level.time == datetime(2025, 8, 16, 0, 15, tzinfo=UTC)


def test_ea_tells_an_unknown_column_once_and_reads_the_rest() -> None:
    text = "dateTime,A-rainfall,B-flow\n2025-08-16T00:15:00,0,5\nyesterday,0,5\n2025-08-16T00:45:00,x,5\n"
    assert problems("ea", text) == [
        "row 1, column 'B-flow': is neither a -rainfall nor a -level column",
        "row 3, column 'dateTime': is no time like 2025-08-16T00:15:00 ('yesterday')",
        "row 4, column 'A-rainfall': is not a number ('x')",
    ]
    assert sum(len(row.records) for row in read("ea", text)) == 1


def test_birmingham_times_are_london_local_and_dirty_counts_are_kept() -> None:
    text = "BHMBCCMKT01,577,61,2016-10-04 07:59:42\nBull Ring,3053,-8,2016-12-04 07:59:42\n"
    text += "X1,10,12,2016-12-04 08:00:00\n"
    summer, winter, over = records("birmingham", text)
    assert summer.time == datetime(2016, 10, 4, 6, 59, 42, tzinfo=UTC)
    assert winter.time == datetime(2016, 12, 4, 7, 59, 42, tzinfo=UTC)
    assert (summer.sensor_id, winter.sensor_id) == ("bhm-bhmbccmkt01", "bhm-bull-ring")
    assert [r.values["occupied_count"] for r in (summer, winter, over)] == [61, -8, 12]


def test_stray_blanks_and_tabs_around_cells_are_no_fault() -> None:
    (record,) = records("birmingham", "A1, 10,3 ,2016-10-04 13:29:45\t\n")
    assert record.time == datetime(2016, 10, 4, 12, 29, 45, tzinfo=UTC)


def test_birmingham_repeated_rows_are_all_given() -> None:
    assert len(records("birmingham", "A1,10,3,2016-10-04 08:00:00\n" * 2)) == 2


def test_birmingham_tells_the_hour_that_comes_twice_by_the_order_of_a_car_parks_rows() -> None:
    rows = [
        ("A1", "00:30", 1), ("A1", "01:00", 2), ("A1", "01:00", 2), ("A1", "01:30", 3), ("B2", "01:30", 4),
        ("A1", "01:00", 5), ("A1", "01:30", 6), ("B2", "01:30", 7), ("A1", "02:00", 8), ("C3", "01:15", 9),
    ]  # fmt: skip
    text = "".join(f"{code},99,{count},2016-10-30 {time}:00\n" for code, time, count in rows)
    times = [record.time.astimezone(UTC).strftime("%H:%M") for record in records("birmingham", text)]
    # Summer time ends at 01:00 UTC; the second row of A1 is a repetition.
    assert times == [
        "23:30", "00:00", "00:00", "00:30", "00:30", "01:00", "01:30", "01:30", "02:00", "00:15"
    ]  # fmt: skip


def test_birmingham_reads_the_file_with_a_header_too() -> None:
    text = "SystemCodeNumber,Capacity,Occupancy,LastUpdated\nA1,10,3,2016-10-04 08:00:00\n"
    assert [row.number for row in read("birmingham", text)] == [2]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("A1,10,3", "row 2: has 3 cells"),
        ("A1,ten,3,2016-10-04 08:00:00", "row 2, column 'capacity'"),
        ("A1,10,3.5,2016-10-04 08:00:00", "row 2, column 'occupancy'"),
        ("A1,10,3,2016-10-34 08:00:00", "row 2, column 'time'"),
        ("A1,10,3,2016-03-27 01:30:00", "row 2, column 'time': does not exist: the clock went forward then"),
        (",10,3,2016-10-04 08:00:00", "row 2, column 'code'"),
    ],
)
def test_birmingham_malformed_row_is_told(line: str, told: str) -> None:
    good = "A1,10,3,2016-10-04 08:00:00\n"
    (problem,) = problems("birmingham", good + line + "\n" + good)
    assert problem.startswith(told)


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize("text", ["", "\n\n", "a,b\n1,2\n", "<html></html>\n", "\x00\x01\n"])
def test_a_file_of_another_format_is_one_clear_line(form: str, text: str) -> None:
    with pytest.raises(FileError) as caught:
        read(form, text)
    assert str(caught.value).startswith("sample.csv")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("form", ["airnow", "prsa", "ea", "birmingham"])
@given(noise=st.lists(st.text(max_size=60), max_size=5))
def test_no_reader_crashes_on_noise_below_a_good_header(form: str, noise: list[str]) -> None:
    starts = {
        "airnow": AIRNOW_2016,
        "prsa": PRSA,
        "ea": "dateTime,A-level\n",
        "birmingham": "A1,10,3,2016-10-04 08:00:00\n",
    }
    for row in read(form, starts[form] + "\n".join(noise)):
        assert row.number >= 1


@given(st.text(max_size=20))
def test_slugs_fit_sensor_ids(text: str) -> None:
    assert slug(text) == "" or SENSOR_ID.fullmatch(f"bhm-{slug(text)}"[:64])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Broad Street", "broad-street"),
        ("Others-CCCPS105a", "others-cccps105a"),
        ("Đống Đa", "dong-da"),
        ("--", ""),
    ],
)
def test_slugs_are_plain(text: str, expected: str) -> None:
    assert slug(text) == expected


@pytest.mark.parametrize("text", ["", "nan", "inf", "1e999", "1_000", "0x10", "1,5", "NA"])
def test_what_is_no_number(text: str) -> None:
    assert number(text) is None


def test_numbers_are_kept_to_the_last_digit() -> None:
    assert number("-2.77555756156289e-17") == -2.77555756156289e-17
    assert number("0") == 0


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "sample.csv.gz"
    path.write_bytes(gzip.compress(("x" * 100 + "\n").encode() * 5000))
    return path


def test_gzip_is_known_by_its_content_and_read_as_it_goes(packed: Path) -> None:
    renamed = packed.rename(packed.with_suffix(""))
    with opened(renamed) as (text, position):
        assert next(text) == "x" * 100 + "\n"
        assert 0 < position() <= renamed.stat().st_size


def test_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfdateTime,A-level\r\n2025-08-16T00:15:00,1\r\n")
    with opened(path) as (text, _):
        assert [len(row.records) for row in FORMATS["ea"](text, "a.csv")] == [1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (gzip.compress(b"x" * 10_000, mtime=0)[:-12], "damaged gzip"),
        (b"\x1f\x8bnonsense", "damaged gzip"),
        (b"PK\x03\x04 and so on", "packed as zip; unpack it"),
        (b"\xfd7zXZ\x00", "packed as xz"),
    ],
)
def test_damaged_files_say_so(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(FileError, match=problem), opened(path) as (text, _):
        text.read()


def test_absent_files_and_folders_say_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="does not exist"), opened(tmp_path / "none.csv"):
        pass
    with pytest.raises(FileError, match="is a folder"), opened(tmp_path):
        pass
