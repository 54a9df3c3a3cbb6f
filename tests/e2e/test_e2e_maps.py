"""The five maps in a real browser, from MQTT message to marker."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from cityhub.kinds import KINDS, KindName
from cityhub.rfc3339 import HANOI_TIME

pytestmark = pytest.mark.e2e
SOON_MS = 15_000
TIME = re.compile(r"\d\d:\d\d:\d\d \d\d/\d\d/20\d\d \(\+07:00\)")
AGE = re.compile(r"vừa xong|cách đây \d+ (giây|phút)")


class Case(NamedTuple):
    """A reading, the marker it must give, a second reading and its marker, and a line of the popup."""

    kind: KindName
    sensor: str
    first: dict[str, float]
    marker: str
    second: dict[str, float]
    changed: str
    popup: str


CASES = [
    Case(
        "air", "air-trung-yen-3", {"pm2_5": 35.2, "pm10": 60.1}, "35,2", {"pm2_5": 88.4}, "88,4", "35,2 µg/m³"
    ),
    Case("rain", "rain-hoan-kiem", {"rain": 12.4}, "12,4", {"rain": 5.0}, "17,4", "12,4 mm"),
    Case("flood", "flood-hoa-bang", {"depth": 24.0}, "24", {"depth": 61.5}, "61,5", "24 cm"),
    Case(
        "water",
        "water-west-lake-north",
        {"dissolved_oxygen": 6.4, "ph": 7.81},
        "6,4",
        {"dissolved_oxygen": 3.1},
        "3,1",
        "6,4 mg/L",
    ),
    Case("parking", "ltk-01", {"occupied_count": 4}, "10/14", {"occupied_count": 14}, "0/14", "10 trên 14"),
]


def marker(page: Page, sensor: str) -> Locator:
    return page.locator(f'[data-sensor="{sensor}"]')


def remember(page: Page) -> None:
    """A page that was loaded again has lost this."""
    page.evaluate("window.neverLoadedAgain = true")


@pytest.mark.parametrize("case", CASES, ids=[case.kind for case in CASES])
def test_a_published_value_is_on_the_map_and_the_next_one_replaces_it_without_reload(
    case: Case, running_hub: Any, open_page: Callable[..., Page], watch: Any
) -> None:
    running_hub.report(case.kind, case.sensor, **case.first)
    page = open_page(f"/maps/{case.kind}?lang=vi")
    shown = marker(page, case.sensor)
    expect(shown).to_have_text(case.marker, timeout=SOON_MS)
    remember(page)

    shown.focus()
    page.keyboard.press("Enter")
    popup = page.locator(".reading")
    expect(popup).to_contain_text(case.popup)
    expect(popup).to_contain_text(TIME)
    expect(popup.locator(".age")).to_have_text(AGE)
    expect(popup).to_contain_text("đang hoạt động")
    expect(popup).to_contain_text("Vị trí:")

    before = shown.evaluate("node => node.style.getPropertyValue('--band')")
    running_hub.report(case.kind, case.sensor, **case.second)
    expect(shown).to_have_text(case.changed, timeout=SOON_MS)
    after = shown.evaluate("node => node.style.getPropertyValue('--band')")
    if case.kind != "rain":  # 12.4 and 17.4 mm are of one band
        assert after != before
    assert page.evaluate("window.neverLoadedAgain") is True
    assert watch.complaints == []


def test_a_value_that_jumps_is_shown_and_said_to_be_doubtful(
    running_hub: Any, open_page: Callable[..., Page]
) -> None:
    sensor = "air-kim-lien"
    running_hub.report("air", sensor, pm2_5=20)
    page = open_page("/maps/air?lang=vi")
    shown = marker(page, sensor)
    expect(shown).to_have_text("20", timeout=SOON_MS)
    running_hub.report("air", sensor, pm2_5=400)
    expect(shown).to_have_text("400", timeout=SOON_MS)
    shown.focus()
    page.keyboard.press("Enter")
    # Beside it the index, which this station has none of.
    expect(page.locator(".reading .flag").last).to_have_text("thay đổi nhanh bất thường")


def test_a_laboratory_value_stays_in_the_popup_with_its_own_time_and_zero_has_no_sign(
    running_hub: Any, open_page: Callable[..., Page]
) -> None:
    sensor = "air-us-embassy"
    taken = datetime.now(HANOI_TIME) - timedelta(hours=20)
    running_hub.report("air", sensor, taken=taken, no2=41.5)
    running_hub.report("air", sensor, pm2_5=20, temperature=-0.04)
    page = open_page("/maps/air?lang=en")
    shown = marker(page, sensor)
    expect(shown).to_have_text("20", timeout=SOON_MS)
    shown.focus()
    page.keyboard.press("Enter")
    no2 = page.locator(".reading tr", has_text="NO₂")
    expect(no2).to_contain_text("41.5 µg/m³")
    expect(no2.locator(".flag")).to_contain_text(f"measured at {taken:%H:%M:%S %d/%m/%Y} (+07:00)")
    expect(page.locator(".reading tr", has_text="Temperature").locator("td")).to_have_text("0 °C")


@pytest.mark.usefixtures("running_hub")
def test_an_age_goes_on_counting_while_nothing_is_received(
    running_hub: Any, open_page: Callable[..., Page]
) -> None:
    running_hub.report("flood", "flood-nguyen-khuyen", depth=3)
    page = open_page("/maps/flood?lang=en")
    shown = marker(page, "flood-nguyen-khuyen")
    expect(shown).to_have_text("3", timeout=SOON_MS)
    shown.focus()
    page.keyboard.press(" ")
    expect(page.locator(".reading .age")).to_have_text(re.compile(r"[1-4] seconds? ago"), timeout=SOON_MS)
    expect(page.locator(".reading .age")).to_have_text(re.compile(r"[5-9] seconds ago"), timeout=SOON_MS)


def test_a_marker_is_reached_by_tab_says_what_it_is_and_opens_by_enter(
    running_hub: Any, open_page: Callable[..., Page]
) -> None:
    running_hub.report("water", "water-west-lake-south", dissolved_oxygen=7.2)
    page = open_page("/maps/water?lang=vi")
    expect(marker(page, "water-west-lake-south")).to_have_text("7,2", timeout=SOON_MS)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.sensor") == "water-west-lake-south":
            break
    focused = page.locator(":focus")
    expect(focused).to_have_attribute("role", "button")
    expect(focused).to_have_attribute("aria-label", re.compile(r"Hồ Tây.*7,2 mg/L.*đang hoạt động"))
    page.keyboard.press("Enter")
    expect(page.locator(".reading")).to_contain_text("7,2 mg/L")
    expect(page.locator(".reading .illustrative")).to_have_text("Điểm minh họa, không có thật.")
    page.keyboard.press("Escape")
    expect(page.locator(".reading")).to_have_count(0)


def test_the_language_can_be_switched_on_the_page(running_hub: Any, open_page: Callable[..., Page]) -> None:
    running_hub.report("air", "air-hang-dau", pm2_5=41.5)
    page = open_page("/maps/air", locale="vi-VN")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    expect(marker(page, "air-hang-dau")).to_have_text("41,5", timeout=SOON_MS)
    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(marker(page, "air-hang-dau")).to_have_text("41.5", timeout=SOON_MS)
    expect(page.locator("#legend summary")).to_contain_text("VN_AQI of the last hour")


@pytest.mark.parametrize(("locale", "language"), [("en-GB", "en"), ("vi-VN", "vi"), ("fr-FR", "vi")])
def test_the_browsers_language_decides_where_none_is_asked_for(
    locale: str, language: str, open_page: Callable[..., Page]
) -> None:
    expect(open_page("/maps/rain", locale=locale).locator("html")).to_have_attribute("lang", language)


def test_every_sensor_is_in_the_list_and_its_name_leads_to_its_popup(
    running_hub: Any, open_page: Callable[..., Page], watch: Any
) -> None:
    running_hub.report("rain", "rain-ba-dinh", rain=2.2)
    page = open_page("/maps/rain?lang=vi")
    page.locator("#sensor-list summary").click()
    rows = page.locator("#sensor-list tbody tr")
    expect(rows).to_have_count(42, timeout=SOON_MS)
    row = rows.filter(has=page.get_by_role("button", name="Ba Đình", exact=True))
    expect(row).to_contain_text("2,2 mm", timeout=SOON_MS)
    row.get_by_role("button").click()
    expect(page.locator(".reading h2")).to_have_text("Ba Đình")
    assert watch.complaints == []


@pytest.mark.usefixtures("running_hub")
def test_layers_can_be_switched_off(open_page: Callable[..., Page]) -> None:
    page = open_page("/maps/flood?lang=vi")
    expect(page.locator("path.base-lake").first).to_be_attached()
    expect(page.locator(".pin").first).to_be_attached(timeout=SOON_MS)
    page.locator(".leaflet-control-layers").hover()
    for layer in ("Sông, hồ", "Điểm đo đang hoạt động", "Điểm đo mất kết nối"):
        page.get_by_label(layer).uncheck()
    expect(page.locator("path.base-lake")).to_have_count(0)
    expect(page.locator(".pin")).to_have_count(0)


@pytest.mark.usefixtures("running_hub")
def test_the_list_leads_to_a_sensor_whose_layer_is_switched_off(
    open_page: Callable[..., Page], watch: Any
) -> None:
    page = open_page("/maps/flood?lang=vi")
    expect(page.locator(".pin").first).to_be_attached(timeout=SOON_MS)
    page.locator(".leaflet-control-layers").hover()
    for layer in ("Điểm đo đang hoạt động", "Điểm đo mất kết nối"):
        page.get_by_label(layer).uncheck()
    expect(page.locator(".pin")).to_have_count(0)
    page.mouse.move(500, 500)  # the control folds and gives the list free
    page.locator("#sensor-list summary").click()
    # Last come those that never reported.
    last = page.locator("#sensor-list tbody button").last
    name = last.inner_text()
    last.click()
    expect(page.locator(".reading h2")).to_have_text(name)
    expect(page.get_by_label("Điểm đo mất kết nối")).to_be_checked()
    expect(page.get_by_label("Điểm đo đang hoạt động")).not_to_be_checked()
    assert watch.complaints == []


def test_a_lost_connection_is_said_and_its_end_too(running_hub: Any, open_page: Callable[..., Page]) -> None:
    running_hub.report("parking", "ltk-02", occupied_count=2)
    page = open_page("/maps/parking?lang=vi")
    expect(marker(page, "ltk-02")).to_have_text("10/12", timeout=SOON_MS)
    connection = page.get_by_role("status")
    page.context.set_offline(True)
    expect(connection).to_have_text(re.compile(r"Mất kết nối – số liệu lúc \d\d:\d\d"), timeout=SOON_MS)
    running_hub.report("parking", "ltk-02", occupied_count=5)
    page.context.set_offline(False)
    expect(marker(page, "ltk-02")).to_have_text("7/12", timeout=SOON_MS)
    expect(connection).to_have_count(0, timeout=SOON_MS)


@pytest.mark.usefixtures("running_hub")
def test_text_from_the_api_stays_text(open_page: Callable[..., Page], watch: Any) -> None:
    evil = '<img src=x onerror="window.wasRun = true">'

    def poison(route: Route) -> None:
        # Whole, even when the browser asks only for what is new: a 304 has no text to poison.
        asked = {name: value for name, value in route.request.headers.items() if name != "if-none-match"}
        collection = route.fetch(headers=asked).json()
        area = {"id": evil, "name": evil, "full_name": evil, "valid_to": "1999-01-01"}
        for feature in collection["features"]:
            feature["properties"].update(name=evil, areas={"ward": area}, basis=evil, status="offline")
            feature["properties"]["marker"].update(band=evil, unit=evil, color=evil)
        route.fulfill(json=collection)

    page = open_page("/maps/air?lang=vi")
    page.route("**/api/v1/latest/air", poison)
    page.route("**/api/v1/live*", lambda route: route.abort())
    page.reload()
    shown = marker(page, "air-tay-mo")
    expect(shown).to_have_attribute("aria-label", re.compile("<img src=x"))
    page.locator("#sensor-list summary").click()
    page.locator("#sensor-list button").first.click()
    expect(page.locator(".reading h2")).to_have_text(evil)
    assert page.evaluate("window.wasRun") is None
    assert page.locator("main img").count() == 0
    assert watch.foreign() == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_snapshot_opens_without_a_server(
    kind: str, running_hub: Any, open_page: Callable[..., Page], watch: Any, tmp_path: Path
) -> None:
    running_hub.report("water", "water-west-lake-north", dissolved_oxygen=5.5)
    out = tmp_path / "snapshot"
    command = [sys.executable, "-m", "maps", "--out", str(out), "--api", running_hub.url, "--lang", "vi"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(re.search(r'id="cityhub-config">(.*?)</script>', (out / f"{kind}.html").read_text())[1])  # type: ignore[index]
    page = open_page((out / f"{kind}.html").as_uri())
    expect(page.locator(".pin").first).to_be_attached()
    expect(page.get_by_role("status")).to_have_text(re.compile(r"Ảnh chụp lúc \d\d:\d\d:\d\d"))
    assert watch.complaints == []
    assert {address.partition("://")[0] for address in watch.addresses} <= {"file", "data:,"}


@pytest.mark.usefixtures("running_hub")
def test_who_is_sent_the_address_of_a_map_sees_the_same(open_page: Callable[..., Page]) -> None:
    page = open_page("/maps/air?lang=vi")
    page.locator("#sensor-list summary").click()
    page.get_by_role("button", name="Tân Mai", exact=True).click()
    page.wait_for_function("location.hash.includes('site=air-tan-mai')")
    page.locator("#sensor-list summary").click()
    page.locator(".leaflet-control-layers").hover()
    page.get_by_label("Đường, cầu").uncheck()
    page.wait_for_function("location.hash.includes('hide=streets')")
    sent = open_page(page.url)
    expect(sent.locator(".leaflet-popup h2")).to_have_text("Tân Mai")
    expect(sent.locator(".base-main_street")).to_have_count(0)
    place = re.search(r"map=([\d.]+)/([\d.]+)/([\d.]+)", page.url)
    assert place is not None
    zoom, lat, lon = map(float, place.groups())
    assert zoom >= 15
    # The popup may have moved the map a little.
    assert (round(lat, 1), round(lon, 1)) == (21.0, 105.9)
    other = page.locator(".languages a", has_text="EN")
    assert (other.get_attribute("href") or "").endswith(page.url.partition("#")[2])


@pytest.mark.parametrize("hash_", ["#site=air-nobody", "#map=a/b/c", "#map=99/0/500&site=", "#%"])
@pytest.mark.usefixtures("running_hub")
def test_an_address_that_says_nonsense_shows_the_map_as_ever(
    hash_: str, open_page: Callable[..., Page], watch: Any
) -> None:
    page = open_page(f"/maps/air{hash_}")
    expect(page.locator(".pin").first).to_be_attached(timeout=15_000)
    assert watch.complaints == []
