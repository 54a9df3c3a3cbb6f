"""Lists of sensors as people keep them: files of many kinds, headings of two languages, each row by itself."""

import io
import zipfile
from dataclasses import replace

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityhub.catalogue.model import Sensor
from cityhub.kinds import KINDS
from cityhub.onboarding import sheets
from cityhub.onboarding.list_plan import Step, plan
from cityhub.onboarding.listing import lines_of
from cityhub.onboarding.sheets import BadSheet, Row, rows_of

HEAD = "id,kind,name_vi,name_en,lat,lon,basis,interval_s,properties\n"
GOOD = "air-new-1,air,Ngã tư,Crossing,21.0031,105.8195,approximate,300,pm2_5;pm10\n"


def steps(
    content: bytes | str, known: tuple[Sensor, ...] = (), taken: frozenset[str] = frozenset()
) -> list[Step]:
    rows = rows_of(content.encode() if isinstance(content, str) else content)
    return plan(lines_of(rows), {one.id: one for one in known}, {"ltk-01": 20}, taken=taken)


def one(content: bytes | str, *known: Sensor) -> Step:
    [step] = steps(content, known)
    return step


def faults(step: Step) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in step.faults]


def workbook(*rows: tuple[object, ...], merge: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


VIETNAMESE = (
    "Mã cảm biến;Loại;Tên;Tên tiếng Anh;Vĩ độ;Kinh độ;Nguồn tọa độ;Chu kỳ (giây);Đại lượng\n"
    "AIR_NEW_1;Không khí;Ngã tư Sở;So Crossing;21,0031;105,8195;Nguồn chính thức;300;PM2.5, Độ ẩm\n"
)


@pytest.mark.parametrize(
    "content",
    [
        VIETNAMESE.encode(),
        VIETNAMESE.encode("utf-8-sig"),
        VIETNAMESE.encode("utf-16"),
        VIETNAMESE.replace(";", "\t").encode(),
        VIETNAMESE.replace("\n", "\r\n").encode(),
        ("\n;;;;\nDanh sách cảm biến;;;\n" + VIETNAMESE + ";;;;;;;;\n\n").encode(),
    ],
)
def test_a_vietnamese_list_is_read_however_it_was_saved(content: bytes) -> None:
    step = one(content)
    assert step.faults == ()
    sensor = step.sensor
    assert sensor is not None
    assert (sensor.id, sensor.kind, sensor.name_vi, sensor.lat, sensor.lon) == (
        "air-new-1",
        "air",
        "Ngã tư Sở",
        21.0031,
        105.8195,
    )
    assert (sensor.basis, sensor.interval_s, sensor.properties) == ("official", 300, ("pm2_5", "humidity"))
    assert [note.code for note in step.line.notes] == ["id_as"]


def test_letters_of_windows_1258_are_read() -> None:
    # As Windows writes them: a vowel, then its tone.
    name = b"Nga\xde t\xfd S\xf5\xd2"  # Ngã tư Sở
    content = (HEAD + GOOD).encode().replace("Ngã tư".encode(), name)
    step = one(content)
    assert step.sensor is not None
    assert step.sensor.name_vi == "Ngã tư Sở"


def test_a_workbook_is_read_with_its_numbers_titles_and_merged_cells() -> None:
    content = workbook(
        ("Danh sách cảm biến năm 2026",),
        (),
        ("Mã", "Loại", "Tên", "Vĩ độ", "Kinh độ", "Nguồn tọa độ", "Chu kỳ", "Ghi chú"),
        ("rain-new-1", "Mưa", "Cầu Giấy", 21.03, 105.8, "approximate", 600, "=1+1"),
        (None, None),
        ("rain-new-2", "Mưa", "Láng", "21,02", 105.81, "approximate", 600.0, None),
        merge="A1:H1",
    )
    found = steps(content)
    assert [(step.action, step.line.number) for step in found] == [("new", 4), ("new", 6)]
    sensors = [step.sensor for step in found if step.sensor]
    assert [(one.interval_s, one.basis_note, one.name_en) for one in sensors] == [
        (600, "", "Cầu Giấy"),
        (600, "", "Láng"),
    ]
    assert [note.code for note in found[0].line.notes] == ["name_en_as"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("air-new-1", "a"), ("id", "id")),
        (("air-new-1", ""), ("id", "missing")),
        ((",air,", ",noise,"), ("kind", "kind")),
        ((",air,", ",,"), ("kind", "missing")),
        (("Ngã tư", ""), ("name_vi", "missing")),
        (("21.0031,105.8195", "105.8195,21.0031"), ("lat", "swapped")),
        (("21.0031", "10.77"), ("lat", "outside")),
        (("21.0031", "north"), ("lat", "degrees")),
        (("105.8195", ""), ("lon", "missing")),
        (("approximate", "somewhere"), ("basis", "basis")),
        (("approximate", ""), ("basis", "missing")),
        (("300", "-5"), ("interval_s", "interval")),
        (("300", "99999999"), ("interval_s", "interval")),
        (("pm2_5;pm10", "pm2_5;depth"), ("properties", "property")),
        (("pm2_5;pm10", "no2_ppb"), ("properties", "property")),
    ],
)
def test_a_bad_row_is_refused_with_its_reason_and_harms_no_other(
    change: tuple[str, str], fault: tuple[str, str]
) -> None:
    bad, good = steps(HEAD + GOOD.replace(*change) + GOOD.replace("air-new-1", "air-new-2"))
    assert (bad.action, bad.line.number) == ("refused", 2)
    assert fault in faults(bad)
    assert good.action == "new"


def test_an_id_that_stands_twice_is_refused_the_second_time() -> None:
    first, second = steps(HEAD + GOOD + GOOD.replace("air-new-1", "AIR-NEW-1"))
    assert (first.action, second.action) == ("new", "refused")
    assert second.faults[0].detail == "2"


def test_what_is_known_is_changed_where_the_list_says_otherwise_and_blank_cells_keep_it() -> None:
    known = one(HEAD + GOOD).sensor
    assert known is not None
    assert one(HEAD + GOOD, known).action == "same"
    assert one("id,lat,lon\nair-new-1,,\n", known).action == "same"
    moved = one(
        "id,lat,lon,properties\nair-new-1,21.5e1,105\n".replace("21.5e1,105", "21.1,105.9,no2"), known
    )
    assert moved.changes == {
        "lat": (21.0031, 21.1),
        "lon": (105.8195, 105.9),
        "properties": (("pm2_5", "pm10"), ("pm2_5", "pm10", "no2")),
    }
    assert moved.sensor == replace(known, lat=21.1, lon=105.9, properties=("pm2_5", "pm10", "no2"))
    assert faults(one(HEAD + GOOD.replace(",air,", ",rain,").replace("pm2_5;pm10", ""), known)) == [
        ("kind", "other_kind")
    ]
    made_up = one("id,lat,lon,basis\nair-new-1,,,illustrative\n", known)
    assert made_up.sensor is not None
    assert made_up.sensor.illustrative
    surveyed = one("id,lat,lon,basis\nair-new-1,,,official\n", made_up.sensor)
    assert surveyed.sensor is not None
    assert not surveyed.sensor.illustrative
    [place] = steps(HEAD + GOOD, (known,), frozenset({known.id}))
    assert faults(place) == [("id", "is_place")]


def test_only_a_parking_sensor_belongs_to_a_place() -> None:
    head, row = "id,kind,name,lat,lon,basis,place,capacity\n", "{},{},Trạm,21.01,105.82,official,ltk-01,5\n"
    assert faults(one(head + row.format("rain-new-1", "rain"))) == [
        ("place_id", "not_parking"),
        ("capacity", "not_parking"),
    ]
    assert one(head + row.format("ltk-01-b99", "parking")).action == "new"


def test_cells_that_no_page_could_show_are_too_much() -> None:
    content = workbook(*[tuple(["x" * 1000] * 20)] * 60)
    assert len(content) < sheets.MOST_BYTES
    with pytest.raises(BadSheet, match="too_large"):
        rows_of(content)
    assert len(rows_of(workbook(*[tuple(["x" * 1000] * 20)] * 30))) == 30


def test_a_place_must_be_known() -> None:
    head = "id,kind,name_vi,lat,lon,basis,place_id,capacity\n"
    row = "p-new-1,parking,Ô 1,21.02,105.85,approximate,ltk-01,20\n"
    assert one(head + row).action == "new"
    assert faults(one(head + row.replace("ltk-01", "nowhere"))) == [("place_id", "place")]


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 40_000_000)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"\n\n;;\n", "empty"),
        (HEAD.encode(), "empty"),
        (b"a,b\n1,2\n", "no_heading"),
        (b"PK\x03\x04 no zip", "no_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_excel"),
        (b"id,lat,lon\n\0\0\n", "letters"),
        (b"\xff\xfex", "letters"),
        (b"x" * (sheets.MOST_BYTES + 1), "too_large"),
        (b"1\n" * (sheets.MOST_ROWS + 1), "too_many_rows"),
    ],
)
def test_what_is_no_list_is_told_by_a_code(content: bytes, code: str) -> None:
    with pytest.raises(BadSheet, match=code):
        lines_of(rows_of(content))


def test_a_workbook_that_unpacks_to_much_more_is_refused() -> None:
    assert len(bomb()) < sheets.MOST_BYTES
    with pytest.raises(BadSheet, match="too_large"):
        rows_of(bomb())


@given(
    st.binary(max_size=400)
    | st.binary(max_size=100).map(lambda tail: b"PK\x03\x04" + tail)
    | st.text(max_size=200).map(str.encode)
)
def test_any_file_is_read_or_refused(content: bytes) -> None:
    try:
        lines = lines_of(rows_of(content))
    except BadSheet:
        return
    plan(lines, {}, {})


@given(st.lists(st.lists(st.text(max_size=12), min_size=9, max_size=9), min_size=1, max_size=5))
def test_any_row_is_planned_or_refused_and_what_is_new_can_be_stored(cells: list[list[str]]) -> None:
    rows = [Row(1, tuple(HEAD.strip().split(",")))]
    rows += [Row(at, tuple(row)) for at, row in enumerate(cells, start=2)]
    for step in plan(lines_of(rows), {}, {}):
        assert (step.action == "refused") == (step.sensor is None)
        if step.sensor:
            assert step.sensor.kind in KINDS
