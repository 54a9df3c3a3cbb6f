"""A device that nobody registered becomes a sensor, in a browser without scripts; its pages by axe."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from cityhub.config import read_settings
from cityhub.observing.decoded import Rejected
from cityhub.store import connect, people, quarantine, sensors
from cityhub.store.quarantine import Entry
from tests.axe import faults, wide
from tests.e2e.test_e2e_ops import PASSWORD, sign_in
from tests.integration.api.conftest import RunningApi, running

pytestmark = pytest.mark.e2e

NOW = datetime.now(UTC).replace(microsecond=0)
STRAY = "air-stray"


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    settings = read_settings(database_url=database_url, rate_per_minute=0, second_factor="optional")
    payload = json.dumps({"PM25": 31.5, "NO2_ppb": 20}).encode()
    refused = Rejected("unknown_sensor", f"air/{STRAY}", STRAY)
    with connect(database_url, "tests") as conn:
        quarantine.add(conn, [Entry(f"hanoi/air/{STRAY}/telemetry", payload, len(payload), refused, NOW)])
        people.add(conn, "lan", "admin", PASSWORD, NOW)
        people.set_password(conn, people.by_name(conn, "lan"), PASSWORD, must_change=False)
    with running(settings) as api:
        yield api


def test_an_operator_registers_a_device(hub: RunningApi, browser: Browser, database_url: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, locale="vi-VN", java_script_enabled=False
    )
    page = context.new_page()
    sign_in(hub, page)
    page.get_by_role("navigation").get_by_role("link", name="Thiết bị mới").click()
    page.get_by_role("link", name=STRAY, exact=True).click()
    page.get_by_label("Tên tiếng Việt").fill("Ngã tư Sở")
    page.get_by_label("Tên tiếng Anh").fill("So Crossing")
    page.get_by_label("Vĩ độ").fill("21,003")
    page.get_by_label("Kinh độ").fill("105,82")
    page.get_by_label("Tọa độ lấy từ đâu").select_option("approximate")
    page.get_by_role("group", name="NO2_ppb").get_by_label("Hệ số").fill("1,88")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("table")).to_contain_text("37,6")
    expect(page.get_by_text("Không còn gì bị từ chối.")).to_be_visible()
    page.get_by_label("Lý do").fill("mới lắp")
    page.get_by_role("button", name="Đăng ký cảm biến").click()
    expect(page.get_by_role("status")).to_contain_text("Đã đăng ký cảm biến.")
    with connect(database_url, "tests") as conn:
        assert STRAY in sensors.known(conn)
    context.close()


def test_its_pages_can_be_used_by_everybody(hub: RunningApi, browser: Browser, database_url: str) -> None:
    payload = b'{"tips": 3}'
    refused = Rejected("unknown_sensor", "rain/rain-stray", "rain-stray")
    with connect(database_url, "tests") as conn:
        quarantine.add(conn, [Entry("hanoi/rain/rain-stray/telemetry", payload, len(payload), refused, NOW)])
    context = browser.new_context(viewport={"width": 320, "height": 700}, locale="vi-VN", bypass_csp=True)
    page = context.new_page()
    sign_in(hub, page)
    for path in ("/ops/new", "/ops/new/rain/rain-stray", "/ops/new/list", "/ops/devices/air-hang-dau/names"):
        page.goto(hub.url + path)
        assert faults(page) == [], path
        assert wide(page) <= 0, path
    page.goto(f"{hub.url}/ops/new/rain/rain-stray")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("alert")).to_contain_text("chưa điền")
    assert (faults(page), wide(page) <= 0) == ([], True)
    page.get_by_label("Cùng chỗ với cảm biến").fill("rain-hoan-kiem")
    page.get_by_role("group", name="tips").get_by_label("Là đại lượng").select_option("rain")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", name="Bước 3/3")).to_be_visible()
    assert (faults(page), wide(page) <= 0) == ([], True)
    page.goto(f"{hub.url}/ops/new/list")
    rows = "mã,loại,tên,vĩ độ,kinh độ,nguồn tọa độ\nrain-x,mưa,Láng,21.02,105.80,approximate\nrain-y,,,,,\n"
    page.get_by_label("Tệp").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("button", name="Áp dụng 1 dòng")).to_be_visible()
    assert (faults(page), wide(page) <= 0) == ([], True)
    context.close()
