"""Receipts over HTTP: as JSON, page and PDF by `Accept`, for their payer; and whether one on paper is genuine."""

import hmac
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pypdfium2
import pytest
import zxingcpp

from api import receipt_forms
from cityhub.config import read_settings
from cityhub.store import connect
from tests.integration.api.conftest import RunningApi
from tests.prices import save_flat

SECRET = "a-secret-of-32-signs-for-the-tests"
PUBLIC = "https://do-xe.example"
NOTICE = "Dữ liệu mô phỏng / Simulated data"
JSON, HTML, PDF = "application/json", "text/html", "application/pdf"
SESSIONS = "/api/v1/parking/sessions"


@pytest.fixture(scope="module")
def paying(
    database_url: str, run_api: Callable[..., AbstractContextManager[RunningApi]]
) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        public_url=PUBLIC,
        notice=NOTICE,
        vietqr_bin="970416",
        vietqr_account="257678859",
        vietqr_webhook_secret=SECRET,
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with run_api(settings) as api:
        yield api


@dataclass(frozen=True)
class Paid:
    """A session that was paid for, and its receipt."""

    token: str
    number: str
    code: str

    @property
    def path(self) -> str:
        return f"/api/v1/receipts/{self.number}"


def pay(api: RunningApi, token: str) -> str:
    paid = api.client.post("/api/v1/payments", json={"session_token": token, "provider": "vietqr"}).json()
    body = json.dumps(
        {"transaction_id": str(uuid4()), "amount": paid["amount"], "content": paid["transfer_code"]}
    ).encode()
    signature = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    told = api.client.post("/payments/vietqr/webhook", content=body, headers={"X-Signature": signature})
    assert told.json() == {"status": "matched"}
    number: str = api.client.get(f"/api/v1/payments/{paid['id']}").json()["receipt"]
    return number


def bought(api: RunningApi, minutes: int = 120) -> Paid:
    body = {"place_id": "ltk-01", "plate": "30A-123.45", "vehicle": "car", "minutes": minutes}
    token = api.client.post(SESSIONS, json=body).json()["token"]
    number = pay(api, token)
    found = api.client.get(f"/api/v1/receipts/{number}", params={"token": token}).json()
    return Paid(token, number, found["check_code"])


@pytest.fixture(scope="module")
def paid(paying: RunningApi) -> Paid:
    return bought(paying)


def asked(api: RunningApi, paid: Paid, accept: str | None, **more: str) -> Any:
    headers = {} if accept is None else {"Accept": accept}
    request = api.client.build_request(
        "GET", paid.path, params={"token": paid.token, **more}, headers=headers
    )
    if accept is None:
        del request.headers["accept"]
    return api.client.send(request)


def read(pdf: bytes) -> tuple[str, list[str], int]:
    """The text of a PDF's first page, what its QR codes say, and how many pages there are."""
    document = pypdfium2.PdfDocument(pdf)
    page = document[0]
    text = page.get_textpage().get_text_range()
    codes = [code.text for code in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]
    pages = len(document)
    document.close()
    return text, codes, pages


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        (JSON, JSON),
        (HTML, HTML),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
        (PDF, PDF),
        ("application/pdf;q=0.9, text/html;q=0.5", PDF),
        ("application/*, application/json;q=0", PDF),
    ],
)
def test_a_receipt_comes_in_the_form_that_is_asked_for(
    paying: RunningApi, paid: Paid, accept: str | None, media_type: str
) -> None:
    answer = asked(paying, paid, accept)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
    assert "accept" in answer.headers["vary"].lower().split(", ")
    assert "no-store" in answer.headers["cache-control"]
    assert b"30A" not in answer.content


@pytest.mark.parametrize("accept", ["image/png", "*/*;q=0", "text/csv, application/xml"])
def test_what_cannot_be_given_is_406_and_says_what_can(paying: RunningApi, paid: Paid, accept: str) -> None:
    answer = asked(paying, paid, accept)
    assert (answer.status_code, answer.headers["vary"]) == (406, "Accept")
    assert PDF in answer.json()["detail"]


@pytest.mark.parametrize("accept", [JSON, HTML, PDF])
def test_without_its_token_there_is_no_receipt_in_any_form(
    paying: RunningApi, paid: Paid, accept: str
) -> None:
    other = bought(paying)
    for token in ("", "x" * 22, other.token, "tôi"):
        answer = paying.client.get(paid.path, params={"token": token}, headers={"Accept": accept})
        assert answer.status_code == 404
        assert paid.code not in answer.text
        for path in (f"/p/{other.token}/receipts/{paid.number}", f"/p/{'x' * 22}/receipts/{paid.number}"):
            assert paying.client.get(path, headers={"Accept": accept}).status_code == 404
            assert paying.client.get(f"{path}.pdf", headers={"Accept": accept}).status_code == 404
    assert paying.client.get(f"{paid.path[:-6]}999999", params={"token": paid.token}).status_code == 404
    assert paying.client.get("/api/v1/receipts/x%00y", params={"token": paid.token}).status_code == 400


def test_the_page_says_it_in_vietnamese_first(paying: RunningApi, paid: Paid) -> None:
    vietnamese, english = asked(paying, paid, HTML), asked(paying, paid, HTML, lang="en")
    assert (vietnamese.headers["content-language"], english.headers["content-language"]) == ("vi", "en")
    for text, said in (
        (vietnamese.text, ("Biên lai đỗ xe", "50.000 đ", "Lý Thường Kiệt", "không phải hóa đơn thuế")),
        (english.text, ("Parking receipt", "50,000 VND", "not a tax invoice", "Test price")),
    ):
        assert all(one in text for one in (*said, paid.number, paid.code, "<svg"))
        assert "<script" not in text
        assert "style=" not in text
    same = paying.client.get(f"/p/{paid.token}/receipts/{paid.number}")
    assert same.text == vietnamese.text
    session = paying.client.get(f"/p/{paid.token}").text
    assert f"/p/{paid.token}/receipts/{paid.number}?lang=vi" in session
    assert f"/p/{paid.token}/receipts/{paid.number}.pdf?lang=vi" in session


def test_the_pdf_is_one_page_with_all_of_it_and_a_code_that_leads_to_its_check(
    paying: RunningApi, paid: Paid
) -> None:
    answer = asked(paying, paid, PDF)
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-disposition"] == f'inline; filename="{paid.number}.pdf"'
    text, codes, pages = read(answer.content)
    assert pages == 1
    for said in (
        "Biên lai đỗ xe", paid.number, "hn-parking", "Lý Thường Kiệt, điểm đỗ 1", "Ô tô đến 9 chỗ", "VietQR", "Giá thử",
        "50.000 đ", paid.code, NOTICE, "Biên lai không phải hóa đơn thuế.", f"{PUBLIC}/receipts/check",
    ):  # fmt: skip
        assert said in text, said
    assert "30A" not in text
    [url] = codes
    assert url.startswith(f"{PUBLIC}/receipts/check?")
    found = paying.client.get(urlsplit(url).path, params=dict(parse_qsl(urlsplit(url).query)))
    assert "Biên lai là thật" in found.text
    same = paying.client.get(f"/p/{paid.token}/receipts/{paid.number}.pdf", params={"lang": "en"})
    assert "Parking receipt" in read(same.content)[0]
    # A receipt that is drawn again is the same.
    assert asked(paying, paid, PDF).content == answer.content


def test_the_receipt_of_an_extension_says_what_was_paid_before(paying: RunningApi) -> None:
    first = bought(paying)
    assert paying.client.post(f"{SESSIONS}/{first.token}/extend", json={"minutes": 60}).status_code == 200
    longer = Paid(first.token, pay(paying, first.token), "")
    text = read(asked(paying, longer, PDF).content)[0]
    for said in ("Giá cả lượt đỗ 75.000 đ", "Trả bằng biên lai khác −50.000 đ", "Đã trả 25.000 đ"):
        assert said in text, text
    page = asked(paying, longer, HTML).text
    assert "−50.000 đ" in page
    assert "Giá thử" in page


def test_thirty_pdfs_at_once_are_drawn_one_after_the_other(paying: RunningApi, paid: Paid) -> None:
    with ThreadPoolExecutor(30) as pool:
        found = list(pool.map(lambda _: asked(paying, paid, PDF), range(30)))
    assert {answer.status_code for answer in found} <= {200, 503}
    assert len({answer.content for answer in found if answer.status_code == 200}) == 1
    assert asked(paying, paid, PDF).status_code == 200


def test_a_queue_that_is_too_long_is_said_and_other_forms_are_had_all_the_same(
    paying: RunningApi, paid: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipt_forms, "MOST_WAITING", 0)
    answer = asked(paying, paid, PDF)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert asked(paying, paid, HTML).status_code == asked(paying, paid, JSON).status_code == 200


def test_without_the_fonts_there_is_no_pdf_and_everything_else(
    database_url: str,
    run_api: Callable[..., AbstractContextManager[RunningApi]],
    paid: Paid,
    tmp_path: Path,
) -> None:
    settings = read_settings(database_url=database_url, rate_per_minute=0, assets_dir=str(tmp_path))
    with run_api(settings) as api:
        assert asked(api, paid, PDF).status_code == 503
        assert asked(api, paid, HTML).status_code == asked(api, paid, JSON).status_code == 200
        page = api.client.get(f"/p/{paid.token}/receipts/{paid.number}.pdf", headers={"Accept": HTML})
        assert (page.status_code, page.headers["content-type"].partition(";")[0]) == (503, HTML)


def check(api: RunningApi, number: str = "", code: str = "", **more: str) -> str:
    answer = api.client.get("/receipts/check", params={"number": number, "code": code, **more})
    assert answer.status_code == 200
    return answer.text


def test_a_genuine_receipt_is_told_with_amount_time_place_and_nothing_of_its_driver(
    paying: RunningApi, paid: Paid
) -> None:
    told = check(paying, paid.number, paid.code)
    for said in (
        "Biên lai là thật",
        "50.000 đ",
        "Lý Thường Kiệt, điểm đỗ 1",
        "Đã trả lại",
        "0 đ",
        paid.number,
    ):
        assert said in told, said
    assert "30A" not in told
    assert paid.token not in told
    # As people type what they read on paper.
    typed = check(paying, f" {paid.number.lower().replace('-', '–')} ", paid.code.lower().replace("-", " "))
    assert "Biên lai là thật" in typed
    assert "This receipt is genuine" in check(paying, paid.number, paid.code, lang="en")


def test_an_unknown_number_and_a_wrong_code_have_the_same_answer(paying: RunningApi, paid: Paid) -> None:
    empty = check(paying)
    assert "Biên lai là thật" not in empty
    assert "Không có biên lai nào khớp" not in empty
    wrong = check(paying, paid.number, "AAAA-BBBB-CCCC")
    unknown_number = f"{paid.number[:-6]}999999"
    unknown = check(paying, unknown_number, "AAAA-BBBB-CCCC")
    assert "Không có biên lai nào khớp" in wrong
    assert wrong.replace(paid.number, unknown_number) == unknown
    for number, code in (
        (paid.number, ""),
        ("", paid.code),
        ("x", "y"),
        ("'; DROP TABLE receipt; --", "\x00"),
        ("Ω" * 500, "9" * 5000),
        (unknown_number, "0000-0000-0000"),
        ('"><b>', "<i>"),
    ):
        told = check(paying, number, code)
        assert "Không có biên lai nào khớp" in told
        assert "<b>" not in told
        assert "Lý Thường Kiệt" not in told
    api_wrong = paying.client.get(f"{paid.path}/check", params={"code": "x"}).json()
    api_unknown = paying.client.get(f"/api/v1/receipts/{unknown_number}/check", params={"code": "x"}).json()
    assert {**api_wrong, "number": ""} == {**api_unknown, "number": ""}


def test_what_was_given_back_is_on_every_form_of_the_receipt(paying: RunningApi, database_url: str) -> None:
    paid = bought(paying)
    with connect(database_url, "tests") as conn:
        # As it is once a refund is done.
        conn.execute(
            "UPDATE payment SET refunded = 20000 WHERE id = (SELECT payment_id FROM receipt WHERE number = %s)",
            (paid.number,),
        )
    assert "Đã trả lại −20.000 đ" in read(asked(paying, paid, PDF).content)[0]
    assert "−20.000 đ" in asked(paying, paid, HTML).text
    assert "20.000 đ" in check(paying, paid.number, paid.code)
