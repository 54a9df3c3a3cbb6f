"""Outlines of areas on the maps, in a real browser."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from cityhub.catalogue.areas import Area, Level, Span
from cityhub.store import areas, connect

pytestmark = pytest.mark.e2e
SOON_MS = 15_000
TODAY = date(2026, 11, 22)


def area(id: str, name: str, rank: str, west: float, south: float, size: float = 0.03) -> Area:
    ring = [
        [west, south],
        [west + size, south],
        [west + size, south + size],
        [west, south + size],
        [west, south],
    ]
    shape = {"type": "Polygon", "coordinates": [ring]}
    return Area(id, None, name, f"{name} en", f"{rank} {name}", f"{name} en Ward", shape, shape)


@pytest.fixture
def save(database_url: str) -> Iterator[Callable[..., None]]:
    """Imports a set; all sets are gone afterwards."""

    def imported(level: Level, found: Sequence[Area], span: Span) -> None:
        with connect(database_url, "tests") as conn:
            areas.save(conn, level, found, source="test", span=span, today=TODAY)

    yield imported
    with connect(database_url, "tests") as conn:
        conn.execute("DELETE FROM area_set")


def test_wards_are_outlined_and_named_before_the_districts_that_were(
    save: Callable[..., None], running_hub: Any, open_page: Callable[..., Page], watch: Any
) -> None:
    save(
        "district",
        [area("district-hoan-kiem", "Hoàn Kiếm", "Quận", 105.84, 21.01)],
        Span(None, date(2025, 6, 30)),
    )
    save("ward", [area("ward-cua-nam", "Cửa Nam", "Phường", 105.84, 21.01)], Span(date(2025, 7, 1)))
    running_hub.report("air", "air-hoan-kiem", pm2_5=20)
    page = open_page("/maps/air?lang=vi")
    expect(page.locator("path.base-area")).to_have_count(1, timeout=SOON_MS)
    expect(page.locator(".name-area")).to_have_text("Cửa Nam")
    marker = page.locator('[data-sensor="air-hoan-kiem"]')
    expect(marker).to_be_attached(timeout=SOON_MS)
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".reading .area")).to_have_text("Phường Cửa Nam", timeout=SOON_MS)
    assert watch.complaints == []


def test_a_district_that_ended_says_until_when_it_was(
    save: Callable[..., None], running_hub: Any, open_page: Callable[..., Page]
) -> None:
    save(
        "district",
        [area("district-hoan-kiem", "Hoàn Kiếm", "Quận", 105.84, 21.01)],
        Span(None, date(2025, 6, 30)),
    )
    running_hub.report("air", "air-hoan-kiem", pm2_5=21)
    page = open_page("/maps/air?lang=vi")
    expect(page.locator(".name-area")).to_have_text("Hoàn Kiếm", timeout=SOON_MS)
    marker = page.locator('[data-sensor="air-hoan-kiem"]')
    expect(marker).to_be_attached(timeout=SOON_MS)
    marker.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".reading .area")).to_have_text("Quận Hoàn Kiếm (đến 30/06/2025)", timeout=SOON_MS)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.usefixtures("running_hub")
def test_names_of_many_small_areas_never_run_into_each_other(
    save: Callable[..., None], open_page: Callable[..., Page], width: int
) -> None:
    small = [
        area(f"ward-{x}-{y}", f"Phường số {x} {y}", "Phường", 105.78 + 0.008 * x, 20.99 + 0.004 * y, 0.004)
        for x in range(12)
        for y in range(12)
    ]
    save("ward", small, Span())
    page = open_page("/maps/flood?lang=vi", width=width)
    expect(page.locator("path.base-area")).to_have_count(144, timeout=SOON_MS)
    expect(page.locator(".pin").first).to_be_attached(timeout=SOON_MS)
    shown = page.evaluate(
        """() => [...document.querySelectorAll(".place-name")]
            .filter((node) => getComputedStyle(node).visibility === "visible")
            .map((node) => node.getBoundingClientRect()).filter((box) => box.width > 0)
            .map(({left, right, top, bottom}) => [left, right, top, bottom])"""
    )
    overlapping = [
        (one, other)
        for at, one in enumerate(shown)
        for other in shown[:at]
        if one[0] <= other[1] and other[0] <= one[1] and one[2] <= other[3] and other[2] <= one[3]
    ]
    assert overlapping == []
    if width == 1280:
        assert 10 < len(shown) < 144


@pytest.mark.usefixtures("running_hub")
def test_outlines_can_be_switched_off(save: Callable[..., None], open_page: Callable[..., Page]) -> None:
    save("ward", [area("ward-cua-nam", "Cửa Nam", "Phường", 105.84, 21.01)], Span())
    page = open_page("/maps/flood?lang=vi")
    expect(page.locator("path.base-area")).to_have_count(1, timeout=SOON_MS)
    page.locator(".leaflet-control-layers").hover()
    page.get_by_label("Ranh giới hành chính").uncheck()
    expect(page.locator("path.base-area")).to_have_count(0)
    expect(page.locator(".name-area")).to_have_count(0)
