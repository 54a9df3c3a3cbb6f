"""Whatever is wrong with a file is one clear line that names it, in every format."""

import gzip
import os
from pathlib import Path

import pytest

from cityhub.config import read_settings
from cityhub.errors import FileError
from simulators.replay import FORMATS, prepare

SETTINGS = read_settings(mqtt_url="mqtt://127.0.0.1:1")
GOOD = {
    "airnow": "Site,Parameter,Date (LT),Raw Conc.,Conc. Unit,Duration,QC Name\n"
    "Hanoi,PM2.5 - Principal,2016-03-01 01:00 AM,31.5,UG/M3,1 Hr,Valid\n",
    "prsa": "No,year,month,day,hour,PM2.5,PM10,SO2,NO2,CO,O3,TEMP,PRES,DEWP,RAIN,wd,WSPM,station\n"
    "1,2016,6,1,0,18,19,4,26,400,69,21.8,1008.7,3.9,0.4,SSE,1.6,Gucheng\n",
    "ea": "dateTime,Bacup-rainfall,Nutclough-level\n2025-08-16T00:15:00,0.2,-0.062\n",
    "birmingham": "BHMBCCMKT01,577,61,2016-10-04 07:59:42\n",
    "jsonl": '{"kind":"air","sensor_id":"air-one","time":"2026-01-01T01:00:00+07:00","values":{"pm2_5":1}}\n',
}
FORMS = pytest.mark.parametrize("form", GOOD)


def messages(folder: Path, form: str, content: bytes) -> int:
    file = folder / "recorded"
    file.write_bytes(content)
    return len(list(prepare(SETTINGS, file=file, format=form).messages()))


def test_every_format_is_tried() -> None:
    assert GOOD.keys() == FORMATS.keys()


@FORMS
@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: gzip.compress(text.encode()),
        lambda text: gzip.compress(text.replace("\n", "\r\n").encode("utf-8-sig")),
        lambda text: text.rstrip("\n").encode(),
        lambda text: b"\n" + text.encode() + b"\n\n",
    ],
    ids=["as it is", "CRLF", "BOM", "UTF-16", "gzip", "all at once", "no line end", "blank lines"],
)
def test_files_of_any_editor_are_read(tmp_path: Path, form: str, write: object) -> None:
    assert callable(write)
    expected = messages(tmp_path, form, GOOD[form].encode())
    assert expected > 0
    assert messages(tmp_path, form, write(GOOD[form])) == expected


@FORMS
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"\n\r\n", "is empty"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(b"x" * 9000, mtime=0)[:-9], "is damaged gzip"),
        (b"PK\x03\x04\x14\x00", "is packed as zip; unpack it first"),
        (b"<!DOCTYPE html><html>", ""),
        (b"\x89PNG\r\n\x1a\n\0\0", ""),
        (b"a;b;c\n1;2;3\n", ""),
    ],
)
def test_what_is_no_such_file_is_one_line_with_its_name(
    tmp_path: Path, form: str, content: bytes, words: str
) -> None:
    with pytest.raises(FileError) as caught:
        messages(tmp_path, form, content)
    said = str(caught.value)
    assert said.startswith(str(tmp_path / "recorded"))
    assert words in said
    assert said.isprintable()


@pytest.mark.parametrize("form", ["airnow", "prsa", "ea", "birmingham"])
@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_columns_that_are_not_parted_by_commas_are_named(tmp_path: Path, form: str, mark: str) -> None:
    with pytest.raises(FileError, match="not by commas") as caught:
        messages(tmp_path, form, GOOD[form].replace(",", mark).encode())
    assert repr(mark) in str(caught.value)


@pytest.mark.parametrize("form", ["airnow", "prsa", "ea", "birmingham"])
def test_a_table_that_is_no_utf_8_says_so(tmp_path: Path, form: str) -> None:
    with pytest.raises(FileError, match="is not UTF-8 text; save it as UTF-8"):
        messages(tmp_path, form, GOOD[form].encode() + "Hà Nội\n".encode("cp1258", "ignore") + b"\xe9\n")


@pytest.mark.parametrize("form", ["airnow", "prsa", "ea"])
def test_a_missing_column_is_named(tmp_path: Path, form: str) -> None:
    header, row = GOOD[form].splitlines()
    first = header.split(",")[0 if form != "prsa" else 1]
    with pytest.raises(FileError, match=f"it has no column '{first}'"):
        messages(tmp_path, form, f"{header.replace(first, 'other')}\n{row}\n".encode())


@FORMS
def test_a_torn_last_row_costs_itself_only(tmp_path: Path, form: str) -> None:
    whole = messages(tmp_path, form, GOOD[form].encode())
    last = GOOD[form].splitlines()[-1]
    assert messages(tmp_path, form, (GOOD[form] + last[: len(last) // 2]).encode()) == whole


@pytest.mark.parametrize(
    ("name", "words"),
    [("absent.csv", "does not exist"), (".", "is a folder"), ("x" * 300, "cannot be opened")],
)
@FORMS
def test_a_path_that_leads_to_no_file(tmp_path: Path, form: str, name: str, words: str) -> None:
    with pytest.raises(FileError, match=words):
        list(prepare(SETTINGS, file=tmp_path / name, format=form).messages())


@FORMS
def test_a_pipe_is_no_file(tmp_path: Path, form: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="is a pipe or a device"):
        list(prepare(SETTINGS, file=tmp_path / "pipe", format=form).messages())


def test_a_recording_that_grows_with_what_is_replayed_of_it_comes_to_an_end(tmp_path: Path) -> None:
    file = tmp_path / "recorded.jsonl"
    file.write_text(GOOD["jsonl"] * 3)
    count = 0
    with file.open("a") as recording:
        for _ in prepare(SETTINGS, file=file, format="jsonl").messages():
            recording.write(GOOD["jsonl"])
            recording.flush()
            count += 1
    assert count == 3


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf{}", b"\xff\xfe", b"", b'{"a":"b\xff"}'])
def test_a_map_of_sensors_that_cannot_be_read_is_one_line(tmp_path: Path, content: bytes) -> None:
    file, sensors = tmp_path / "lines.jsonl", tmp_path / "map.json"
    file.write_text(GOOD["jsonl"])
    sensors.write_bytes(content)
    if content.endswith(b"{}"):
        prepare(SETTINGS, file=file, format="jsonl", to=str(sensors))
        return
    with pytest.raises(FileError, match="is no JSON object") as caught:
        prepare(SETTINGS, file=file, format="jsonl", to=str(sensors))
    assert "\n" not in str(caught.value)
