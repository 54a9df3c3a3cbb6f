"""A driver on a phone: from the list of places to the receipt, without an account and without scripts."""

import hmac
import json
import time
import urllib.request
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page

from cityhub.config import read_settings
from cityhub.store import connect
from tests.integration.api.conftest import RunningApi, running
from tests.prices import save_flat

pytestmark = pytest.mark.e2e
SECRET = "a-secret-of-32-signs-for-the-tests"
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def paying(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        vietqr_bin="970416",
        vietqr_account="257678859",
        vietqr_webhook_secret=SECRET,
        vnpay_tmn_code="HANOI001",
        vnpay_hash_secret=SECRET,
        vnpay_url="http://127.0.0.1:1/pay",
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with running(settings) as api:
        yield api


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="vi-VN", java_script_enabled=request.param)  # type: ignore[arg-type]
    foreign: list[str] = []
    context.on(
        "request",
        lambda sent: (
            None if "127.0.0.1" in sent.url or sent.url.startswith("data:") else foreign.append(sent.url)
        ),
    )
    yield context.new_page()
    context.close()
    assert foreign == []


def transfer(api: RunningApi, amount: int, content: str) -> str:
    """What a bank reports once the driver has scanned the code."""
    body = json.dumps({"transaction_id": str(uuid4()), "amount": amount, "content": content}).encode()
    signature = hmac.new(SECRET.encode(), body, "sha256").hexdigest()
    asked = urllib.request.Request(  # noqa: S310 - always http, ours
        f"{api.url}/payments/vietqr/webhook",
        body,
        {"X-Signature": signature, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(asked) as answer:  # noqa: S310 - as above
        return str(json.load(answer)["status"])


def test_a_first_time_driver_pays_by_transfer_in_under_a_minute(paying: RunningApi, page: Page) -> None:
    began, taps = time.monotonic(), 0
    page.goto(f"{paying.url}/parking")
    assert page.locator(".place").count() == 17
    page.get_by_role("link", name="Lý Thường Kiệt, điểm đỗ 1", exact=False).first.click()
    page.get_by_label("Biển số xe").fill("30A-123.45")
    page.get_by_role("button", name="Tiếp tục để trả tiền").click()
    page.get_by_role("button", name="VietQR").click()
    taps += 4
    page.locator(".code svg").wait_for()
    code = page.locator(".note .plate").inner_text()
    # A phone cannot scan its own screen.
    picture = page.request.get(paying.url + str(page.locator("a[download]").get_attribute("href")))
    assert picture.body().startswith(b"\x89PNG")
    assert "257678859" in page.locator("section[aria-labelledby=paying]").inner_text()
    amount = int("".join(sign for sign in page.locator("#paying").inner_text() if sign.isdigit()))
    assert transfer(paying, amount, f"CT DEN {code} nhanh") == "matched"
    page.reload()
    page.get_by_role("heading", name="Đã trả đến").wait_for()
    assert "HN-PARKING-" in page.locator(".receipt").inner_text()
    seconds = time.monotonic() - began
    print(f"{taps} taps, {seconds:.1f} s")
    assert taps <= 12
    assert seconds <= 60
    # Nothing sticks out of a narrow screen.
    assert page.locator("body").evaluate("body => body.scrollWidth") <= PHONE["width"]
    page.get_by_role("button", name="+ 1 giờ").click()
    page.get_by_role("heading", name="Trả 25.000 đ bằng").wait_for()
    assert page.get_by_role("link", name="EN").count() == 1


def test_what_a_driver_got_wrong_is_said_beside_the_form(paying: RunningApi, page: Page) -> None:
    page.goto(f"{paying.url}/parking/ltk-01")
    page.get_by_label("Biển số xe").fill("??")
    page.get_by_role("button", name="Tiếp tục để trả tiền").click()
    assert "Biển số chưa đúng" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Biển số xe").input_value() == "??"


def test_a_plate_is_corrected_and_the_stay_stopped_early(paying: RunningApi, page: Page) -> None:
    answer = paying.client.post(
        "/api/v1/parking/sessions",
        json={"place_id": "ltk-01", "plate": "30A-123.45", "vehicle": "car", "minutes": 180},
    ).json()
    begin = {"session_token": answer["token"], "provider": "vietqr"}
    paid = paying.client.post("/api/v1/payments", json=begin).json()
    transfer(paying, paid["amount"], paid["transfer_code"])
    page.goto(f"{paying.url}/p/{answer['token']}")
    page.get_by_text("Sửa biển số hoặc dừng sớm").click()
    page.get_by_label("Biển số đúng").fill("29A-999.99")
    page.get_by_role("button", name="Sửa, miễn phí một lần").click()
    assert "29A99999" in page.locator(".intro").inner_text()
    page.get_by_text("Sửa biển số hoặc dừng sớm").click()
    assert page.get_by_label("Biển số đúng").count() == 0
    page.get_by_label("Trả vào ví của bạn ngay").check()
    page.get_by_role("button", name="Dừng bây giờ").click()
    page.get_by_role("heading", name="Lượt đỗ đã kết thúc").wait_for()
    # What was not used is money at once, and its code is on the page.
    panel = page.get_by_role("region", name="Ví:")
    wallet = paying.client.get(f"/api/v1/wallets/{panel.locator('.plate').inner_text()}").json()
    assert wallet["balance"] > 0
    assert f"{wallet['balance']:,}".replace(",", ".") in panel.inner_text()


def test_a_link_of_nobody_is_a_page_that_says_so(paying: RunningApi, page: Page) -> None:
    answer = page.goto(f"{paying.url}/p/{'x' * 22}")
    assert answer is not None
    assert answer.status == 404
    assert page.get_by_role("heading", name="Không có trang này").count() == 1
