"""What axe-core finds on the driver's pages, light and dark: nothing serious, nothing critical."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from cityhub.config import read_settings
from cityhub.store import connect
from tests.axe import faults, wide
from tests.integration.api.conftest import RunningApi, running
from tests.prices import save_flat

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        vietqr_bin="970416",
        vietqr_account="257678859",
        vietqr_webhook_secret="a-secret-of-32-signs-for-the-tests",
        notice="Dữ liệu thử / Test data",
    )
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with running(settings) as api:
        yield api


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    yield context.new_page()
    context.close()


def test_the_drivers_pages_can_be_used_by_everybody(hub: RunningApi, page: Page) -> None:
    for path in (
        "/parking",
        "/parking/ltk-01",
        "/parking/offline",
        "/receipts/check",
        "/parking/permits",
        "/parking/ltk-04?vehicle=motorbike",
    ):
        page.goto(hub.url + path)
        assert faults(page) == [], path
        assert wide(page) <= 0, path
    page.goto(f"{hub.url}/parking/ltk-01")
    page.get_by_label("Biển số xe").fill("30A-123.45")
    page.get_by_role("button", name="Tiếp tục để trả tiền").click()
    assert faults(page) == []
    page.get_by_role("button", name="VietQR").click()
    page.locator(".code svg").wait_for()
    assert faults(page) == []
    assert wide(page) <= 0
    page.goto(f"{hub.url}/parking/ltk-01")
    page.get_by_label("Trả khi rời đi").check()
    page.get_by_label("Biển số xe").fill("30A-123.45")
    page.get_by_role("button", name="Tiếp tục để trả tiền").click()
    page.locator("summary").click()
    assert faults(page) == []
