"""The page of the lake and the form for samples, over a real hub."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest

from cityhub.config import read_settings
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import people, sign_ins
from tests.integration.api.conftest import RunningApi, Seeds
from tests.waiting import eventually

KEY, POOR = "0123456789abcdef01", "2123456789abcdef01"
NORTH, FORM = "water-west-lake-north", "/water/samples/new"
NOW = datetime.now(HANOI_TIME).replace(microsecond=0)
STATION = {"ph": 7.9, "dissolved_oxygen": 6.5, "temperature": 25.0, "nh4_n": 0.2}


@pytest.fixture(scope="module")
def lake(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    keys = f"cemc:{KEY}:water:write,ward-7:{POOR}"
    with run_api(read_settings(database_url=database_url, rate_per_minute=0, api_keys=keys)) as api:
        yield api


def filled(**changes: str) -> dict[str, str]:
    return {
        "lang": "vi", "station_id": NORTH, "sampled_at": f"{NOW - timedelta(days=1):%Y-%m-%dT%H:%M}",
        "laboratory": "Trung tâm quan trắc", "reference": "HT-1", "key": KEY,
        "value-bod5": "5,5", "method-bod5": "TCVN 6001-1:2021",
        "value-no2_n": "<0,01", "method-no2_n": "TCVN 6178:1996",
        "value-coliform": "2400", "method-coliform": "SMEWW 9221B:2017", "value-cod": "", "method-cod": "",
        **{name.replace("__", "-"): text for name, text in changes.items()},
    }  # fmt: skip


def samples(conn: psycopg.Connection) -> int:
    [(count,)] = conn.execute("SELECT count(*) FROM water_sample").fetchall()
    return int(count)


@pytest.mark.parametrize(
    ("changes", "status", "told"),
    [
        ({"key": POOR}, 403, "khóa không đúng"),
        ({"key": "khóa-không-có-ở-đâu"}, 403, "khóa không đúng"),
        ({"key": ""}, 403, "khóa không đúng"),
        ({"station_id": "air-hoan-kiem"}, 422, "không có trạm này"),
        ({"sampled_at": "hôm qua"}, 422, "thời điểm lấy mẫu"),
        ({"sampled_at": f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M}"}, 422, "thời điểm lấy mẫu"),
        ({"laboratory": " "}, 422, "thiếu tên phòng thí nghiệm"),
        ({"reference": ""}, 422, "thiếu số hiệu mẫu"),
        ({"value__coliform": "2.400"}, 422, "kết quả Coliform chưa đọc được"),
        ({"method__bod5": ""}, 422, "thiếu phương pháp của BOD₅"),
        ({"value__bod5": "", "value__no2_n": "", "value__coliform": ""}, 422, "cần ít nhất một kết quả"),
    ],
)
def test_a_form_that_cannot_be_taken_says_why_and_keeps_what_was_typed(
    lake: RunningApi, conn: psycopg.Connection, changes: dict[str, str], status: int, told: str
) -> None:
    before = samples(conn)
    answer = lake.client.post(FORM, data=filled(**changes))
    assert (answer.status_code, told in answer.text) == (status, True), answer.text
    assert 'value="SMEWW 9221B:2017"' in answer.text
    assert KEY not in answer.text
    assert POOR not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert samples(conn) == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused_though_its_key_is_good(
    lake: RunningApi, conn: psycopg.Connection, headers: dict[str, str]
) -> None:
    before = samples(conn)
    answer = lake.client.post(FORM, data=filled(reference="forged"), headers=headers)
    assert (answer.status_code, samples(conn)) == (403, before)
    assert "set-cookie" not in answer.headers


def test_who_is_signed_in_and_may_needs_no_key(lake: RunningApi, conn: psycopg.Connection) -> None:
    """An operator who chose a password of their own and has a second factor; a viewer may not."""
    own = {"Sec-Fetch-Site": "same-origin"}
    for role, status in (("viewer", 403), ("operator", 201)):
        name = f"{role}{secrets.token_hex(3)}"
        now, cookie = datetime.now(HANOI_TIME), secrets.token_urlsafe(32)
        with conn.transaction():
            people.add(conn, name, role, "a-first-password-7", now)
            person = people.by_name(conn, name)
            people.set_password(conn, person, "an-own-password-19", must_change=False)
            people.set_second_factor(conn, person, secrets.token_bytes(20))
            sign_ins.add(conn, person.id, cookie, now, is_whole=True, browser="test", address="127.0.0.1")
        with httpx.Client(base_url=lake.url, cookies={"cityhub": cookie}, timeout=60) as browser:
            sent = filled(reference=f"by {role}", key="", station_id="water-west-lake-south")
            assert browser.post(FORM, data=sent, headers=own).status_code == status
            forged = filled(reference=f"forged {role}", key="")
            assert (
                browser.post(FORM, data=forged, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
            )
    rows = conn.execute("SELECT reference FROM water_sample WHERE reference ~ 'by |forged '").fetchall()
    assert rows == [("by operator",)]


def test_a_body_with_too_many_fields_or_bytes_is_refused(lake: RunningApi) -> None:
    assert lake.client.post(FORM, data={f"f{n}": "" for n in range(200)}).status_code == 400
    assert lake.client.post(FORM, data={"laboratory": "x" * 40_000}).status_code == 413


def test_a_sample_entered_by_form_is_on_the_page_of_the_lake(
    lake: RunningApi, seed: Callable[[Seeds], None], conn: psycopg.Connection
) -> None:
    def page() -> str:
        return str(lake.client.get("/water?lang=vi").text)

    seed({(NORTH, name): [(NOW - timedelta(minutes=5), value, 0)] for name, value in STATION.items()})
    eventually(lambda: "chưa đủ 3 thông số" in page())
    empty = lake.client.get(f"{FORM}?lang=en")
    assert empty.status_code == 200
    assert "West Lake, north station" in empty.text
    own = {"Sec-Fetch-Site": "same-origin", "Origin": lake.url}
    first = lake.client.post(FORM, data=filled(), headers=own)
    assert (first.status_code, "Đã nhận mẫu" in first.text) == (201, True)
    again = lake.client.post(FORM, data=filled(), headers=own)
    assert (again.status_code, "đã được gửi trước đó" in again.text) == (200, True)
    other = lake.client.post(FORM, data=filled(value__bod5="6"), headers=own)
    assert (other.status_code, "nội dung khác" in other.text) == (409, True)
    # The page reads samples anew as soon as a figure comes from one that it does not know.
    eventually(lambda: "Số hiệu mẫu HT-1" in page(), seconds=20)
    shown = page()
    assert "mẫu của Trung tâm quan trắc" in shown
    assert "cách đây 1 ngày" in shown
    rows = conn.execute(
        "SELECT parameter, value, bound, made_by FROM water_result ORDER BY parameter"
    ).fetchall()
    assert ("no2_n", 0.01, "<", "cemc") in rows
    [(taken,)] = conn.execute("SELECT sampled_at FROM water_sample WHERE reference = 'HT-1'").fetchall()
    assert taken == (NOW - timedelta(days=1)).replace(second=0)


def test_the_page_shows_the_moment_while_histories_cannot_be_read(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]], monkeypatch: Any
) -> None:
    from api.routes import water_pages
    from cityhub.errors import StoreUnavailable

    def away(*_: Any) -> Any:
        raise StoreUnavailable("away")

    monkeypatch.setattr(water_pages, "histories", away)
    with run_api(read_settings(database_url=database_url, rate_per_minute=0)) as api:
        eventually(lambda: "Hồ Tây, trạm phía bắc" in api.client.get("/water?lang=vi").text)
        page = api.client.get("/water?lang=vi")
        assert page.status_code == 200
        assert "Lúc này chưa đọc được mẫu và biểu đồ" in page.text
