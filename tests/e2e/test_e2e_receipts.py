"""A receipt on a phone and on paper, and the page that tells whether a printed one is genuine."""

import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pypdfium2
import pytest
import zxingcpp
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
        notice="Dữ liệu mô phỏng / Simulated data",
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with running(settings) as api:
        yield api


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        locale="vi-VN",
        java_script_enabled=False,
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def token(paying: RunningApi) -> str:
    """The link of a session that was paid for."""
    body = {"place_id": "ltk-01", "plate": "30A-123.45", "vehicle": "car", "minutes": 120}
    token = str(paying.client.post("/api/v1/parking/sessions", json=body).json()["token"])
    asked = {"session_token": token, "provider": "vietqr"}
    paid = paying.client.post("/api/v1/payments", json=asked).json()
    told = json.dumps(
        {"transaction_id": str(uuid4()), "amount": paid["amount"], "content": paid["transfer_code"]}
    ).encode()
    signature = hmac.new(SECRET.encode(), told, "sha256").hexdigest()
    paying.client.post("/payments/vietqr/webhook", content=told, headers={"X-Signature": signature})
    return token


def test_from_the_session_to_the_printed_receipt_to_its_check(
    paying: RunningApi, token: str, page: Page, tmp_path: Path
) -> None:
    page.goto(f"{paying.url}/p/{token}")
    page.get_by_role("link", name="Xem và in biên lai").click()
    page.get_by_role("heading", name="Biên lai đỗ xe").wait_for()
    assert page.locator("body").evaluate("body => body.scrollWidth") <= PHONE["width"]
    page.screenshot(path=tmp_path / "receipt.png", full_page=True)
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.locator("body").evaluate("body => body.scrollWidth") <= 320
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    number = page.locator(".sheet .number").inner_text()

    printed = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    image = printed[0].render(scale=3).to_pil()
    image.save(tmp_path / "printed.png")
    assert [round(side / 72 * 25.4) for side in printed[0].get_size()] == [148, 210]
    assert len(printed) == 1
    text = printed[0].get_textpage().get_text_range()
    printed.close()
    assert "50.000 đ" in text
    assert "Dữ liệu mô phỏng" in text
    assert "Tải biên lai PDF" not in text
    [code] = zxingcpp.read_barcodes(image)

    # Whoever holds the paper scans it.
    path = urlsplit(code.text)
    page.goto(f"{paying.url}{path.path}?{path.query}")
    page.get_by_role("heading", name="Biên lai là thật").wait_for()
    page.screenshot(path=tmp_path / "genuine.png", full_page=True)
    assert "30A" not in page.content()
    # Or types what it says.
    page.goto(f"{paying.url}/receipts/check")
    page.get_by_label("Số biên lai").fill(number)
    page.get_by_label("Mã kiểm tra").fill("K7QM-2F9D-X3TR")
    page.get_by_role("button", name="Kiểm tra").click()
    page.get_by_role("heading", name="Không có biên lai nào khớp").wait_for()
    assert page.get_by_label("Số biên lai").input_value() == number
    assert page.locator("body").evaluate("body => body.scrollWidth") <= PHONE["width"]
    page.screenshot(path=tmp_path / "unknown.png", full_page=True)
