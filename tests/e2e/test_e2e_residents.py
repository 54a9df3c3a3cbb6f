"""The residents' pages: without scripts, live, without a connection, for everybody."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from cityhub.config import read_settings
from portal.residents.frame import PLACES
from tests.axe import faults, wide
from tests.integration.api.conftest import RunningApi, running, store

pytestmark = pytest.mark.e2e
SOON_MS = 20_000
PAGES = (
    *(place.path for place in PLACES if place.path != "/parking"),
    "/air/air-tan-mai",
    "/flood?vehicle=car",
    "/offline",
)


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    """A hub with a figure of each kind, one of them old."""
    now = datetime.now(UTC)
    settings = read_settings(database_url=database_url, rate_per_minute=0, notice="Dữ liệu thử / Test data")
    with running(settings) as api:
        store(
            database_url,
            {
                ("air-tan-mai", "pm2_5"): [(now, 96.5, 0)],
                ("air-kim-lien", "pm2_5"): [(now, 22.0, 0)],
                ("air-my-dinh", "pm2_5"): [(now - timedelta(hours=3), 300.0, 0)],
                ("rain-ba-dinh", "rain"): [(now, 8.6, 0)],
                ("flood-hoa-bang", "depth"): [(now, 34.0, 0)],
                ("water-west-lake-south", "dissolved_oxygen"): [(now, 3.4, 0)],
            },
        )
        yield api


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", PAGES)
def test_the_residents_pages_can_be_used_by_everybody(hub: RunningApi, page: Page, path: str) -> None:
    page.goto(hub.url + path)
    assert faults(page) == []
    # 320 px, and a desk's window of 1280 px at 200 %.
    assert [wide(page, width) for width in (320, 640)] == [0, 0]
    # Links in running text may be smaller; the name on a card of the first page stands for all of it.
    small = page.locator("a:not(.page), summary, button").evaluate_all(
        """all => all.filter(one => one.checkVisibility() && !one.closest("p, td"))
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect().height])
            .filter(([, height]) => height < 44)"""
    )
    assert [one for one in small if "/docs" not in one[0]] == []


def test_without_scripts_a_resident_finds_the_worst_place_and_its_page(
    hub: RunningApi, browser: Browser
) -> None:
    with browser.new_context(java_script_enabled=False, locale="vi-VN") as context:
        page = context.new_page()
        page.goto(hub.url)
        worries = page.locator("#worries")
        expect(worries).to_contain_text("34 cm")
        worries.get_by_role("link", name="Tân Mai").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Tân Mai")
        expect(page.locator("#readings")).to_contain_text("96,5")
        page.get_by_role("link", name="Không khí").first.click()
        sites = page.locator(".site")
        expect(sites.first).to_contain_text("96,5")
        expect(sites.first).to_contain_text("80 đến dưới 150")
        silent = page.locator("#site-air-my-dinh")
        expect(silent).to_contain_text("mất kết nối · cách đây 3 giờ")
        expect(silent.locator(".amount")).to_have_text("–")


def test_a_page_follows_its_figures_and_leaves_the_reader_where_he_is(
    hub: RunningApi, browser: Browser, database_url: str
) -> None:
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        page.goto(f"{hub.url}/flood")
        page.locator("#site-flood-hoa-bang .name").focus()
        store(database_url, {("flood-hoa-bang", "depth"): [(datetime.now(UTC), 57.0, 0)]})
        expect(page.locator("#site-flood-hoa-bang .amount")).to_have_text("57 cm", timeout=SOON_MS)
        expect(page.locator("#site-flood-hoa-bang .name")).to_be_focused()
        page.goto(hub.url)
        expect(page.locator("#changes")).to_contain_text("Hoa Bằng")


def test_by_keyboard_a_site_is_reached_and_opened(hub: RunningApi, browser: Browser) -> None:
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        page.goto(f"{hub.url}/air")
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('.site .name')"):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement, '::after').outlineStyle")
        assert outline == "solid"
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Tân Mai")


def test_without_a_connection_pages_are_as_they_were_and_say_so(database_url: str, browser: Browser) -> None:
    with ExitStack() as stack, browser.new_context(locale="vi-VN") as context:
        api = stack.enter_context(running(read_settings(database_url=database_url, rate_per_minute=0)))
        page = context.new_page()
        page.goto(f"{api.url}/air")
        page.evaluate("navigator.serviceWorker.ready")
        page.reload()
        expect(page.locator("#offline")).to_be_hidden()
        stack.close()
        page.reload()
        expect(page.locator("#offline")).to_contain_text("Đây là trang của lúc")
        expect(page.locator(".site").first).to_be_visible()
        expect(page.locator("#connection")).to_contain_text("Mất kết nối", timeout=SOON_MS)
        page.goto(f"{api.url}/water")
        expect(page.get_by_role("heading", level=1)).to_have_text("Không có kết nối")
        expect(page.locator("main")).to_contain_text("chưa được mở lần nào")


def test_on_paper_the_figures_are_left_without_what_is_only_for_the_screen(
    hub: RunningApi, browser: Any
) -> None:
    with browser.new_context(locale="vi-VN", color_scheme="dark") as context:
        page = context.new_page()
        page.goto(f"{hub.url}/air")
        page.emulate_media(media="print")
        expect(page.locator(".places-nav")).to_be_hidden()
        expect(page.locator(".site").first).to_be_visible()
        ink, paper = page.evaluate(
            "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"
        )
        assert paper == "rgb(255, 255, 255)"
        assert sum(map(int, ink[4:-1].split(","))) < 300
