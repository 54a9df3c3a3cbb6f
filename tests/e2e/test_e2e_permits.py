"""A permit on a phone: chosen, paid at the simulated VNPAY, received with its receipt; without an account."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page

from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import connect, ledger
from tests.integration.api.conftest import RunningApi
from tests.paying import hub_with_gateways

pytestmark = pytest.mark.e2e
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    with hub_with_gateways(database_url) as paying:
        yield paying.api
    with connect(database_url, "tests") as conn:
        assert ledger.faults(conn) == []


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


def test_a_permit_is_bought_without_visiting_an_office(hub: RunningApi, page: Page) -> None:
    began = time.monotonic()
    day = datetime.now(HANOI_TIME).date() + timedelta(days=2)
    page.goto(f"{hub.url}/parking")
    page.get_by_role("link", name="Vé tháng").click()
    page.get_by_role("link", name="Vé tháng ô tô đến 9 chỗ").click()
    assert "giá minh họa" in page.locator(".intro").inner_text()
    page.get_by_label("Biển số xe").fill("30A-123.45")
    page.get_by_label("Từ ngày").fill(day.isoformat())
    page.get_by_role("button", name="Tiếp tục để trả tiền").click()
    page.get_by_role("heading", name="Cần trả 3.000.000 đ").wait_for()
    page.get_by_role("button", name="VNPAY", exact=True).click()
    page.get_by_role("link", name="Mở VNPAY để trả").click()
    page.get_by_role("button", name="Trả / Pay").click()
    page.get_by_role("heading", name=f"Vé có hiệu lực từ {day:%d/%m/%Y}").wait_for()
    print(f"{time.monotonic() - began:.1f} s")
    assert "30A12345" in page.locator(".facts").inner_text()
    assert "HN-PARKING-" in page.locator(".receipt").inner_text()
    # Nothing sticks out of a narrow screen.
    assert page.locator("body").evaluate("body => body.scrollWidth") <= PHONE["width"]
    page.locator(".receipt").get_by_role("link").first.click()
    assert "3.000.000 đ" in page.locator(".sheet").inner_text()
    page.go_back()
    page.get_by_role("button", name="Gia hạn từ").click()
    page.get_by_role("heading", name="Cần trả 3.000.000 đ").wait_for()
    page.go_back()
    page.reload()
    assert page.get_by_role("link", name="Xem vé tiếp theo").count() == 1
    page.get_by_text("Hủy vé", exact=True).click()
    page.get_by_role("button", name="Hủy vé này ngay").click()
    page.get_by_role("heading", name="Vé đã hủy theo yêu cầu").wait_for()
