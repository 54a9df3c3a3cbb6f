"""The pages of rain and floods in a browser: the animation and its table, around me in secret, without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from cityhub.config import read_settings
from tests.axe import faults, wide
from tests.integration.api.conftest import RunningApi, running, store
from tests.waiting import eventually

pytestmark = pytest.mark.e2e
MINUTE = timedelta(minutes=1)
NOW = datetime.now(UTC)
LAST = NOW.replace(minute=NOW.minute - NOW.minute % 15, second=0, microsecond=0)
NOBODY = {"latitude": 21.0303, "longitude": 105.8013}


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    """A shower over Ba Đình, and water at three points, when these tests run and not when they were collected."""
    global NOW, LAST  # noqa: PLW0603
    NOW = datetime.now(UTC)
    LAST = NOW.replace(minute=NOW.minute - NOW.minute % 15, second=0, microsecond=0)
    with running(read_settings(database_url=database_url, rate_per_minute=0)) as api:
        store(
            database_url,
            {
                ("rain-ba-dinh", "rain"): [
                    *((LAST - 15 * step * MINUTE, 4.0 if step == 4 else 0.0, 0) for step in range(24)),
                    (NOW, 0.0, 0),
                ],
                ("flood-hoa-bang", "depth"): [(NOW, 34.0, 0)],
                ("flood-cau-giay", "depth"): [(NOW, 12.0, 0)],
                ("flood-minh-khai", "depth"): [(NOW, 0.0, 0)],
            },
        )
        eventually(lambda: "34" in api.client.get("/flood?lang=vi").text)
        # On a busy machine the first page is shown before the frames are read.
        eventually(lambda: 'id="frames"' in api.client.get("/rain?lang=vi").text)
        yield api


def test_the_rain_moves_with_the_slider_and_stands_in_the_table(hub: RunningApi, browser: Browser) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, locale="vi-VN") as context:
        page = context.new_page()
        page.goto(f"{hub.url}/rain")
        dot = page.locator("circle[data-gauge='rain-ba-dinh']")
        slider = page.get_by_label("Thời điểm")
        expect(dot).to_have_attribute("fill", "#d9d9d9")
        slider.focus()
        for _ in range(4):
            page.keyboard.press("ArrowLeft")
        # 4 mm in a quarter of an hour are 16 mm in an hour.
        expect(dot).to_have_attribute("fill", "#4292c6")
        local = (LAST - 60 * MINUTE + timedelta(hours=7)).strftime("%H:%M")
        expect(page.locator("#frame-time")).to_have_text(local)
        assert slider.get_attribute("aria-valuetext") == local
        page.locator("#frames summary").click()
        row = page.locator("#frame-table tr[data-gauge='rain-ba-dinh']")
        assert row.locator("td").nth(19).inner_text() == "4"
        page.get_by_role("button", name="Chạy").click()
        expect(page.get_by_role("button", name="Dừng")).to_be_visible()
        expect(page.locator("#frame-time")).not_to_have_text(local)
        page.get_by_role("button", name="Dừng").click()
        assert faults(page) == []
        assert wide(page, 320) == 0


def test_around_me_sorts_on_the_device_and_tells_nobody_where_that_is(
    hub: RunningApi, browser: Browser
) -> None:
    with browser.new_context(
        geolocation=NOBODY,  # type: ignore[arg-type]
        permissions=["geolocation"],
        locale="vi-VN",
    ) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
        page.goto(f"{hub.url}/flood?vehicle=car")
        first = page.locator(".site").first
        expect(first).to_contain_text("Hoa Bằng")
        page.get_by_role("button", name="Quanh tôi").click()
        expect(first).to_contain_text("Cầu Giấy")
        expect(first.locator(".away")).to_contain_text("m")
        # What is folded is sorted with the rest, and whoever is led to it finds it open.
        far = page.locator(".more .site").last
        expect(far).to_be_hidden()
        expect(far.locator(".away")).to_contain_text("km")
        page.evaluate("id => { location.hash = id; }", far.get_attribute("id"))
        expect(far).to_be_visible()
        expect(page.locator("#near-said")).to_contain_text("không rời khỏi máy này")
        page.wait_for_timeout(1500)
        assert not any("21.03" in one or "105.8" in one for one in asked)
        assert faults(page) == []


def test_without_scripts_a_rider_learns_whether_the_way_is_open(hub: RunningApi, browser: Browser) -> None:
    with browser.new_context(java_script_enabled=False, locale="vi-VN") as context:
        page = context.new_page()
        page.goto(f"{hub.url}/flood")
        expect(page.locator(".site").first).to_contain_text("Xe máy: không qua được")
        page.get_by_role("navigation", name="Tôi đi").get_by_role("link", name="Đi bộ").click()
        expect(page.locator(".site").first).to_contain_text("Đi bộ: cẩn thận")
        expect(page.get_by_role("button", name="Quanh tôi")).to_be_hidden()
        # The choice stays with the language.
        page.get_by_role("link", name="EN").click()
        expect(page.locator(".site").first).to_contain_text("On foot: take care")
        page.goto(f"{hub.url}/rain")
        page.locator("#frames summary").click()
        expect(page.locator("#frame-table")).to_contain_text("Ba Đình")
        expect(page.locator("#slider")).to_be_hidden()


def test_the_maps_say_the_class_and_who_can_pass(hub: RunningApi, browser: Browser) -> None:
    with browser.new_context(locale="vi-VN") as context:
        page = context.new_page()
        page.goto(f"{hub.url}/maps/flood?lang=vi#site=flood-hoa-bang")
        popup = page.locator(".reading")
        expect(popup).to_contain_text("30 đến dưới 50 cm")
        expect(popup.get_by_role("row", name="Xe máy")).to_contain_text("không qua được")
        expect(popup.get_by_role("row", name="Đi bộ")).to_contain_text("cẩn thận")
        expect(popup.get_by_role("row", name="Nguy cơ ngập")).to_contain_text("đang ngập")
        page.goto(f"{hub.url}/maps/rain?lang=en#site=rain-ba-dinh")
        page.reload()
        expect(page.locator(".reading").get_by_role("row", name="Class of 24 hours")).to_contain_text(
            "light rain"
        )
