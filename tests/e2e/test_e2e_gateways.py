"""A first payment by each provider on a phone, at simulated gateways that sign by themselves: taps and seconds."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from cityhub.store import connect, ledger
from tests.integration.api.conftest import RunningApi
from tests.paying import hub_with_gateways

pytestmark = pytest.mark.e2e
MOST_TAPS, MOST_S = 12, 60


@pytest.fixture(scope="module")
def hub_and_gateways(database_url: str) -> Iterator[tuple[RunningApi, str]]:
    with hub_with_gateways(database_url) as paying:
        yield paying.api, paying.url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    yield context.new_page()
    context.close()


def by_link(way: str) -> Callable[[Page, str], int]:
    def pay(page: Page, _gateways: str) -> int:
        page.get_by_role("link", name=f"Mở {way} để trả").click()
        page.get_by_role("button", name="Trả / Pay").click()
        return 2

    return pay


def by_transfer(page: Page, gateways: str) -> int:
    code = page.locator(".note .plate").inner_text()
    amount = page.locator("#paying").inner_text().partition("·")[2]
    bank = page.context.new_page()
    bank.goto(f"{gateways}/bank")
    bank.get_by_label("Nội dung").fill(code)
    bank.get_by_label("Số tiền").fill(amount)
    bank.get_by_role("button").click()
    bank.get_by_text("matched").wait_for()
    page.reload()
    return 3


@pytest.mark.parametrize(
    ("way", "pay"), [("VNPAY", by_link("VNPAY")), ("MoMo", by_link("MoMo")), ("VietQR", by_transfer)]
)
def test_a_first_payment_takes_few_taps_and_seconds(
    hub_and_gateways: tuple[RunningApi, str],
    page: Page,
    database_url: str,
    way: str,
    pay: Callable[[Page, str], int],
) -> None:
    api, gateways = hub_and_gateways
    began = time.monotonic()
    page.goto(f"{api.url}/parking")
    page.locator(".place a").first.click()
    page.get_by_label("Biển số xe").fill("30A-123.45")
    page.get_by_role("button", name="Tiếp tục để trả tiền").click()
    page.get_by_role("button", name=way, exact=True).click()
    taps = 4 + pay(page, gateways)
    page.get_by_role("heading", name="Đã trả đến").wait_for()
    assert page.locator(".receipt h2").count() == 1
    seconds = time.monotonic() - began
    print(f"{way}: {taps} taps, {seconds:.1f} s")
    assert (taps <= MOST_TAPS, seconds <= MOST_S) == (True, True)
    with connect(database_url, "tests") as conn:
        assert ledger.faults(conn) == []


def test_who_cancels_at_the_provider_may_pay_another_way(
    hub_and_gateways: tuple[RunningApi, str], page: Page
) -> None:
    api, _ = hub_and_gateways
    page.goto(f"{api.url}/parking/ltk-01")
    page.get_by_label("Biển số xe").fill("30A-123.45")
    page.get_by_role("button", name="Tiếp tục để trả tiền").click()
    page.get_by_role("button", name="VNPAY", exact=True).click()
    page.get_by_role("link", name="Mở VNPAY để trả").click()
    page.get_by_role("button", name="Hủy / Cancel").click()
    page.get_by_role("heading", name="Cần trả").wait_for()
    page.get_by_role("button", name="MoMo", exact=True).click()
    page.get_by_role("link", name="Mở MoMo để trả").click()
    page.get_by_role("button", name="Trả / Pay").click()
    page.get_by_role("heading", name="Đã trả đến").wait_for()
