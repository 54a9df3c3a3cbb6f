"""The lake in a real browser: a sample entered by hand, the page and the map that it changes, and what axe finds."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cityhub.config import read_settings
from cityhub.rfc3339 import HANOI_TIME
from cityhub.store import batches, connect, notices, sensors
from maps.assets import packages_directory
from tests.axe import faults, wide
from tests.e2e.conftest import Watch
from tests.integration.api.conftest import RunningApi, running

pytestmark = pytest.mark.e2e
KEY = "0123456789abcdef01"
NORTH = "water-west-lake-north"
SOON_MS = 15_000


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    """A hub whose northern station measured for three days up to now."""
    now = datetime.now(HANOI_TIME).replace(microsecond=0)
    values = {"ph": 7.9, "dissolved_oxygen": 6.5, "temperature": 25.0, "nh4_n": 0.35}
    with connect(database_url, "tests") as conn:
        ids = sensors.datastream_ids(conn)
        rows = [
            (ids[NORTH, name], now - timedelta(hours=hour), value + hour % 5 / 50, 0)
            for name, value in values.items()
            for hour in range(72)
        ]
        batches.add(conn, rows)
        notices.changed(conn, {"water"})
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        api_keys=f"cemc:{KEY}:water:write",
        assets_dir=str(packages_directory()),
        notice="Dữ liệu thử / Test data",
    )
    with running(settings) as api:
        yield api


@pytest.fixture
def open_page(browser: Browser, hub: RunningApi, watch: Watch) -> Iterator[Callable[..., Page]]:
    contexts: list[BrowserContext] = []

    def open_(path: str, *, width: int = 390, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            locale="vi-VN",
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = watch.page(context)
        page.goto(hub.url + path)
        return page

    yield open_
    for context in contexts:
        context.close()


def test_a_sample_entered_by_hand_without_scripts_gives_the_lake_its_index(
    open_page: Callable[..., Page], watch: Watch
) -> None:
    residents = open_page("/water?lang=vi")
    expect(residents.locator("#key-figures")).to_contain_text("Chưa có VN_WQI vì nhóm ôxy")
    residents.evaluate("window.neverLoadedAgain = true")
    on_map = open_page("/maps/water?lang=vi", width=1280)
    shown = on_map.locator(f'[data-sensor="{NORTH}"]')
    expect(shown).not_to_have_text("–", timeout=SOON_MS)
    shown.focus()
    on_map.keyboard.press("Enter")
    row = on_map.locator(".reading tr", has_text="VN_WQI")
    expect(row).to_contain_text("chưa đủ 3 thông số")

    page = open_page("/water/samples/new?lang=vi", scripts=False)
    page.get_by_label("Trạm", exact=True).select_option(NORTH)
    taken = datetime.now(HANOI_TIME) - timedelta(days=2)
    page.get_by_label("Thời điểm lấy mẫu").fill(f"{taken:%Y-%m-%dT%H:%M}")
    page.get_by_label("Phòng thí nghiệm", exact=True).fill("Trung tâm quan trắc")
    page.get_by_label("Số hiệu mẫu").fill("HT-2026-118")
    for name, value in (("BOD₅", "7,2"), ("Coliform", "6.200"), ("Nitrit (N-NO₂)", "<0,01")):
        page.get_by_label(f"Kết quả {name}").fill(value)
        page.get_by_label(f"Phương pháp {name}").fill("SMEWW")
    page.get_by_label("Khóa API").fill(KEY)
    page.get_by_role("button", name="Gửi kết quả").click()
    expect(page.get_by_role("alert")).to_contain_text("kết quả Coliform chưa đọc được")
    assert page.get_by_label("Khóa API").input_value() == ""
    page.get_by_label("Kết quả Coliform").fill("6200")
    page.get_by_label("Khóa API").fill(KEY)
    page.get_by_role("button", name="Gửi kết quả").click()
    expect(page.get_by_role("status")).to_contain_text("Đã nhận mẫu")
    assert page.context.cookies() == []

    expect(residents.locator("#key-figures")).to_contain_text(
        re.compile(r"\d+ VN_WQI\s*(Tốt|Trung bình)"), timeout=SOON_MS
    )
    expect(residents.locator("#swim")).to_contain_text(
        "6.200 MPN/100 mL – không đạt, vượt 1.200 MPN/100 mL (24 %)"
    )
    expect(residents.locator(f"#samples-{NORTH}")).to_contain_text("Trung tâm quan trắc", timeout=30_000)
    assert residents.evaluate("window.neverLoadedAgain") is True
    expect(row).to_contain_text(re.compile(r"VN_WQI\s*\d+\s*(Tốt|Trung bình)"), timeout=SOON_MS)
    assert watch.foreign() == []
    # A browser says of a form that came back that its answer was a 422.
    assert [told for told in watch.complaints if "422" not in told] == []


def test_the_pages_of_the_lake_can_be_used_by_everybody(open_page: Callable[..., Page]) -> None:
    for path, width in (
        ("/water?lang=vi", 320),
        ("/water?lang=vi", 1280),
        ("/water?lang=en", 320),
        ("/water/samples/new?lang=vi", 320),
    ):
        page = open_page(path, width=width)
        assert faults(page) == [], (path, width)
        assert [wide(page, each) for each in (320, 1280)] == [0, 0], path


def test_without_scripts_every_figure_is_there(open_page: Callable[..., Page]) -> None:
    page = open_page("/water?lang=en", scripts=False)
    part = page.locator(f"#station-{NORTH}")
    expect(page.locator(f"#figures-{NORTH}")).to_contain_text("at least 5 mg/L")
    page.locator(f"#samples-{NORTH} summary").first.click()
    expect(part).to_contain_text("HT-2026-118")
    expect(part.locator(f"#wqi-{NORTH} svg")).to_be_visible()
