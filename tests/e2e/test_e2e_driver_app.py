"""The driver's pages as an app: places near me, a price for any length, and what is shown when the hub is away."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect

from cityhub.config import read_settings
from cityhub.store import connect
from tests.integration.api.conftest import RunningApi, running
from tests.prices import save_flat

pytestmark = pytest.mark.e2e
# Beside thd-01, at the other end of the list.
HERE = {"latitude": 21.024, "longitude": 105.8432}


@pytest.fixture
def hub(database_url: str) -> Iterator[tuple[RunningApi, ExitStack]]:
    """A hub, and how to take it away."""
    with connect(database_url, "tests") as conn:
        save_flat(conn)
    with ExitStack() as stack:
        api = stack.enter_context(running(read_settings(database_url=database_url, rate_per_minute=0)))
        yield api, stack


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844},
        locale="en-GB",
        geolocation=HERE,
        permissions=["geolocation"],  # type: ignore[arg-type]
    )
    yield context.new_page()
    context.close()


def test_a_driver_finds_the_nearest_place_and_the_price_of_any_length(
    hub: tuple[RunningApi, ExitStack], page: Page
) -> None:
    api, _ = hub
    asked: list[str] = []
    page.context.on("request", lambda sent: asked.append(sent.url + (sent.post_data or "")))
    page.goto(f"{api.url}/parking?lang=en")
    page.get_by_role("button", name="Near me").click()
    expect(page.locator("#near-said")).to_contain_text("Sorted by distance")
    # As the hub itself counts, which is not asked.
    nearest = api.client.get("/api/v1/parking/places?near=21.024,105.8432&limit=1").json()["places"][0]
    expect(page.locator(".name").first).to_have_text(nearest["name_en"])
    expect(page.locator(".away").first).to_have_text(f"{round(nearest['distance_m'], -1):.0f} m away")
    # The position stays on the device.
    assert [url for url in asked if "21.02" in url or "105.84" in url] == []
    page.locator(".place a").first.click()
    slider = page.get_by_role("slider")
    slider.focus()
    for _ in range(2):
        slider.press("ArrowRight")
    expect(page.locator("#stay-shown")).to_have_text("2 h")
    expect(page.locator("#stay-price")).to_have_text("50,000 VND")
    page.get_by_label("Number plate").fill("30A-123.45")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("50,000 VND to pay")


def test_without_the_hub_the_pages_are_shown_as_they_were(
    hub: tuple[RunningApi, ExitStack], page: Page
) -> None:
    api, stack = hub
    page.goto(f"{api.url}/parking?lang=en")
    page.evaluate("() => navigator.serviceWorker.ready")
    # From now on the worker sees what is opened, and keeps it.
    page.goto(f"{api.url}/parking/permits?lang=en")
    page.goto(f"{api.url}/parking?lang=en")
    expect(page.locator("#offline")).to_be_hidden()
    stack.close()
    page.reload()
    expect(page.locator("#offline")).to_contain_text("This is the page as of")
    assert page.locator(".place").count() == 17
    # What cannot say of when it is is not shown.
    page.goto(f"{api.url}/parking/permits?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    page.goto(f"{api.url}/parking?lang=en")
    # One that was never opened says what to do.
    page.locator(".place a").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    expect(page.get_by_text("do not pay again")).to_be_visible()


def test_it_can_be_installed(hub: tuple[RunningApi, ExitStack]) -> None:
    api, _ = hub
    manifest = api.client.get("/manifest.webmanifest?lang=vi")
    assert manifest.headers["content-type"] == "application/manifest+json"
    told = manifest.json()
    assert (told["start_url"], told["display"], told["short_name"]) == (
        "/parking?lang=vi",
        "standalone",
        "Đỗ xe",
    )
    assert api.client.get(told["icons"][0]["src"]).headers["content-type"] == "image/svg+xml"
    assert api.client.get("/worker.js").headers["cache-control"] == "no-cache"
