"""The main task of operations, in a browser without scripts: what is wrong, since when, what to do, and that I know."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from cityhub.config import read_settings
from cityhub.store import acknowledgements, batches, connect, payments, people, sensors
from tests.axe import faults, wide
from tests.integration.api.conftest import RunningApi, running

pytestmark = pytest.mark.e2e

NOW = datetime.now(UTC).replace(microsecond=0)
PASSWORD = "bốn từ không liên quan"
SENSOR = "air-us-embassy"


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(database_url=database_url, rate_per_minute=0, second_factor="optional")
    with connect(database_url, "tests") as conn:
        id = sensors.datastream_ids(conn)[SENSOR, "pm2_5"]
        batches.add(conn, [(id, NOW - timedelta(hours=8), 20.0, 0)])
        conn.execute("UPDATE latest SET stored_at = time WHERE datastream_id = %s", (id,))
        payments.park(conn, "vnpay", "e2e-ops", 25_000, "unknown_order")
        people.add(conn, "lan", "admin", PASSWORD, NOW)
        person = people.by_name(conn, "lan")
        people.set_password(conn, person, PASSWORD, must_change=False)
    with running(settings) as api:
        yield api


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 320, "height": 700}, locale="vi-VN", bypass_csp=True)
    yield context.new_page()
    context.close()


def sign_in(hub: RunningApi, page: Page) -> None:
    page.goto(f"{hub.url}/ops")
    page.get_by_label("Tên").fill("lan")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vận hành")


def test_an_operator_sees_a_silent_sensor_and_takes_note_of_it(hub: RunningApi, browser: Browser) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="vi-VN", java_script_enabled=False
    )
    page = context.new_page()
    sign_in(hub, page)
    page.get_by_role("link", name="Im lặng").click()
    page.get_by_role("link", name="Không khí", exact=True).click()
    one = page.locator(".trouble").filter(has=page.locator(f'a[href*="{SENSOR}"]'))
    for words in ("Im lặng", "cách đây 8 giờ", "mất mạng, mất nguồn hoặc hỏng", "cử người đến"):
        expect(one).to_contain_text(words)
    one.locator("summary").click()
    one.get_by_label("Ghi chú").fill("đã gọi trạm")
    one.get_by_label("Nhắc lại sau").select_option("72")
    one.get_by_role("button", name="Nhận xử lý").click()
    expect(page.get_by_role("status")).to_have_text("Đã ghi nhận.")
    expect(page.locator(f'a[href*="{SENSOR}"]')).to_have_count(0)
    page.get_by_role("link", name="Đã có người nhận").click()
    known = page.locator(".trouble").filter(has=page.locator(f'a[href*="{SENSOR}"]'))
    expect(known).to_contain_text("lan đã nhận")
    expect(known).to_contain_text("đã gọi trạm")
    known.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator(f'a[href*="{SENSOR}"]')).to_have_count(0)
    page.goto(f"{hub.url}/ops?kind=air&code=silent")
    expect(page.locator(f'a[href*="{SENSOR}"]')).to_have_count(1)
    context.close()


def test_the_pages_of_operations_can_be_used_by_everybody(hub: RunningApi, page: Page) -> None:
    sign_in(hub, page)
    for path in (
        "/ops?kind=air",
        "/ops?state=acknowledged",
        f"/ops/devices/{SENSOR}",
        f"/ops/devices/{SENSOR}/messages",
        "/ops/new/place",
        "/ops/quarantine",
        "/ops/money",
        "/ops/revenue",
        "/ops/sessions",
        "/ops/jobs",
        "/ops/audit",
        "/ops/reach",
        "/ops/completeness",
        "/account",
    ):
        page.goto(hub.url + path)
        for summary in page.locator("summary").all()[:2]:
            summary.click()
        assert faults(page) == [], path
        assert wide(page) <= 0, path


def test_the_console_renews_itself_and_leaves_what_somebody_is_at(
    hub: RunningApi, browser: Browser, database_url: str
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="vi-VN")
    page = context.new_page()
    page.clock.install()
    sign_in(hub, page)
    page.goto(f"{hub.url}/ops?kind=air&code=silent")
    items = page.locator("#of-sensors > li")
    first, second, third = (items.nth(number).get_attribute("id") for number in range(3))
    page.locator(f"#{second} input[name=on]").check()
    page.locator(f"#{third} summary").click()
    note = page.locator(f"#{third} input[name=note]")
    note.press_sequentially("đã gọi ")
    with connect(database_url, "tests", autocommit=True) as conn:
        codes = [str(id).removeprefix("t-sensor-").removesuffix("-silent") for id in (first, second, third)]
        for code in codes:
            due_at = NOW + timedelta(days=1)
            acknowledgements.acknowledge(
                conn, f"sensor:{code}", "silent", "minh", "x", datetime.now(UTC), due_at
            )
        with page.expect_response(lambda answer: "/ops" in answer.url):
            page.clock.run_for(11_000)
        # The first is somebody's, the others are as they were, and say so.
        expect(page.locator(f"#{first}")).to_have_count(0)
        expect(page.locator(f"#{second} .gone")).to_have_count(1)
        expect(page.locator(f"#{second} input[name=on]")).to_be_checked()
        expect(page.locator("[data-chosen]")).to_have_text("(đã chọn 1)")
        page.keyboard.type("trạm")
        expect(note).to_have_value("đã gọi trạm")
        page.route("**/ops?*", lambda route: route.abort())
        page.clock.run_for(11_000)
        expect(page.locator("#connection")).to_contain_text("Mất kết nối từ")
        page.unroute("**/ops?*")
        conn.execute("UPDATE trouble_acknowledgement SET undone_at = now(), undone_by = 'tests'")
        conn.execute("UPDATE sign_in SET ended_at = now()")
        page.clock.run_for(11_000)
        expect(page.locator("#connection a")).to_contain_text("Đăng nhập lại")
    context.close()


def test_what_a_colleague_does_is_seen_before_the_page_would_have_asked(
    hub: RunningApi, browser: Browser, database_url: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    page = context.new_page()
    # It asks for nothing by itself, so that what is seen was heard, however long it takes; and the clock goes back.
    page.add_init_script(
        "window.setInterval = () => 0; const now = Date.now; let n = 0; Date.now = () => now() - 36e5 * n++;"
    )
    sign_in(hub, page)
    with page.expect_response("**/ops/live"):
        page.goto(f"{hub.url}/ops?kind=air&code=silent")
    items = page.locator("#of-sensors > li")
    first, second = (str(items.nth(number).get_attribute("id")) for number in range(2))
    page.locator(f"#{second} summary").click()
    note = page.locator(f"#{second} input[name=note]")
    note.press_sequentially("đã gọi ")
    with connect(database_url, "tests", autocommit=True) as conn:
        for one in (first, second):
            subject = f"sensor:{one.removeprefix('t-sensor-').removesuffix('-silent')}"
            now = datetime.now(UTC)
            acknowledgements.acknowledge(conn, subject, "silent", "minh", "x", now, now + timedelta(days=1))
        expect(page.locator(f"#{first}")).to_have_count(0, timeout=30_000)
        expect(page.locator(f"#{second} .gone")).to_have_count(1, timeout=30_000)
        page.keyboard.type("trạm")
        expect(note).to_have_value("đã gọi trạm")
        conn.execute("UPDATE trouble_acknowledgement SET undone_at = now(), undone_by = 'tests'")
        expect(page.locator(f"#{first}")).to_have_count(1, timeout=30_000)
        conn.execute("UPDATE sign_in SET ended_at = now() WHERE ended_at IS NULL")
        expect(page.locator("#connection a")).to_contain_text("Đăng nhập lại", timeout=30_000)
    context.close()
