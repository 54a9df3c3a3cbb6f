"""The air between the stations on the map: a layer that is off at first, says what it shows, and can be shared."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.e2e
# The hub makes it anew at most every 10 s, and the page asks every 30 s.
SOON_MS = 60_000
STATIONS = {"air-thanh-cong": 12.0, "air-kim-lien": 30.0, "air-trung-yen-3": 60.0, "air-hang-dau": 95.0}


def switch(page: Page) -> Any:
    page.locator(".leaflet-control-layers").hover()
    return page.get_by_label("PM2.5 giữa các trạm")


def test_what_lies_between_stations_is_coloured_only_when_asked_for_and_known(
    running_hub: Any, open_page: Callable[..., Page], watch: Any
) -> None:
    for station, value in list(STATIONS.items())[:3]:
        running_hub.report("air", station, pm2_5=value)
    page = open_page("/maps/air?lang=vi")
    note, shapes = page.locator("#field-note"), page.locator("path.air-field")
    expect(page.locator(".pin")).to_have_count(11, timeout=SOON_MS)
    expect(note).to_be_hidden()
    switch(page).check()
    expect(note).to_contain_text("cần ít nhất 4", timeout=SOON_MS)
    expect(shapes).to_have_count(0)

    for station, value in STATIONS.items():
        running_hub.report("air", station, pm2_5=value)
    expect(note).to_contain_text("ước tính giữa 4 trạm", timeout=SOON_MS)
    assert shapes.count() >= 2
    page.wait_for_function("location.hash.includes('show=field')")

    shared = open_page(page.url)
    expect(shared.locator("path.air-field").first).to_be_attached(timeout=SOON_MS)
    switch(shared).uncheck()
    expect(shared.locator("path.air-field")).to_have_count(0)
    expect(shared.locator("#field-note")).to_be_hidden()
    shared.wait_for_function("!location.hash.includes('show=field')")
    assert watch.complaints == []
    assert watch.foreign() == []
