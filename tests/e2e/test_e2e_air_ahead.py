"""The next hours of a station on its page, for everybody: with the range in a table, without scripts."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, expect

from cityhub.config import read_settings
from jobs import air_forecasts
from tests.air import pm2_5
from tests.axe import faults, wide
from tests.integration.api.conftest import running, store
from tests.waiting import eventually

pytestmark = pytest.mark.e2e
STATION = "air-trung-yen-3"


def test_a_station_page_tells_the_next_hours_and_how_good_that_is(
    browser: Browser,
    database_url: str,
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    times = [now - number * timedelta(hours=1) + timedelta(minutes=1) for number in range(100 * 24, 0, -1)]
    store(database_url, {(STATION, "pm2_5"): [*pm2_5(times), (datetime.now(UTC), 40.0, 0)]})
    settings = read_settings(database_url=database_url, rate_per_minute=0)
    air_forecasts.run(settings)
    with running(settings) as api:
        # On a busy machine a first page is shown before the station's past is read.
        for station in (STATION, "air-hang-dau"):
            eventually(lambda station=station: 'id="ahead"' in api.client.get(f"/air/{station}").text)
        with browser.new_context(viewport={"width": 390, "height": 844}) as context:
            page = context.new_page()
            page.goto(f"{api.url}/air/{STATION}?lang=vi")
            expect(page.locator("#ahead svg").first).to_be_visible()
            for details in page.locator("#ahead summary").all():
                details.click()
            assert faults(page) == []
            assert [wide(page, width) for width in (320, 640)] == [0, 0]
        with browser.new_context(java_script_enabled=False) as context:
            page = context.new_page()
            page.goto(f"{api.url}/air/{STATION}?lang=en")
            told = page.locator("#ahead")
            expect(told).to_contain_text("Highest VN_AQI expected")
            told.get_by_text("Show as a table").click()
            expect(told.locator("table").first).to_contain_text("–")
            page.goto(f"{api.url}/air/air-hang-dau?lang=en")
            expect(page.locator("#ahead")).to_contain_text("eight weeks of measurements are needed")
