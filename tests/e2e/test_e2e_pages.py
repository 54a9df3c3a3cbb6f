"""The first page, and what holds for every page."""

import re
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from cityhub.kinds import KINDS
from cityhub.words import LANGUAGES
from cityhub.words.formats import number
from tests.waiting import eventually

pytestmark = pytest.mark.e2e
SOON_MS = 15_000
MAPS = [f"/maps/{kind}" for kind in KINDS]
EMBEDS = [f"/embed/{kind}" for kind in KINDS]


def card(page: Page, kind: str) -> Any:
    return page.locator(f'.card[data-kind="{kind}"]')


@pytest.mark.parametrize("path", ["/", *MAPS, *EMBEDS, "/docs"])
@pytest.mark.usefixtures("running_hub")
def test_no_page_asks_a_foreign_host_or_complains(
    path: str, open_page: Callable[..., Page], watch: Any
) -> None:
    page = open_page(path)
    if path == "/docs":
        expect(page.locator(".opblock").first).to_be_visible(timeout=SOON_MS)
    elif path == "/":
        expect(page.locator(".dots circle").first).to_be_attached(timeout=SOON_MS)
    else:
        expect(page.locator(".pin").first).to_be_attached(timeout=SOON_MS)
    assert any(address.endswith(path) for address in watch.addresses)
    assert watch.foreign() == []
    assert watch.complaints == []


@pytest.mark.usefixtures("running_hub")
def test_no_page_is_wider_than_a_phone(open_page: Callable[..., Page]) -> None:
    page = open_page("/", width=390, height=844)
    origin = page.url.rstrip("/")
    too_wide = []
    for path in ["/", *MAPS, *EMBEDS]:
        for language in ("vi", "en"):
            page.goto(f"{origin}{path}?lang={language}")
            if page.evaluate("document.documentElement.scrollWidth") > 390:
                too_wide.append((path, language))
    assert too_wide == []


@pytest.mark.usefixtures("running_hub")
def test_the_legend_is_folded_on_a_phone_and_open_on_a_desk(open_page: Callable[..., Page]) -> None:
    page = open_page("/maps/rain", width=390, height=844)
    expect(page.locator("#legend ul")).to_be_hidden()
    page.locator("#legend summary").click()
    expect(page.locator("#legend ul")).to_be_visible()
    expect(open_page("/maps/rain").locator("#legend ul")).to_be_visible()


def test_the_first_page_shows_each_kind_and_follows_it_live(
    running_hub: Any, open_page: Callable[..., Page]
) -> None:
    running_hub.report("air", "air-tan-mai", pm2_5=52.3)
    running_hub.report("rain", "rain-ba-dinh", rain=8.6)
    running_hub.report("flood", "flood-hoa-bang", depth=22)
    running_hub.report("water", "water-west-lake-south", dissolved_oxygen=4.4)
    running_hub.report("parking", "ltk-01", occupied_count=3)
    page = open_page("/?lang=vi")
    expect(card(page, "air").locator(".value")).to_have_text("52,3", timeout=SOON_MS)
    expect(card(page, "air").locator(".alive")).to_have_text("1/11 điểm đang hoạt động")
    expect(card(page, "rain").locator(".value")).to_have_text("8,6", timeout=SOON_MS)
    expect(card(page, "rain").locator(".detail")).to_have_text("Tại Ba Đình")
    expect(card(page, "flood").locator(".value")).to_have_text("1", timeout=SOON_MS)
    expect(card(page, "flood").locator(".detail")).to_contain_text("Sâu nhất: 22 cm tại Hoa Bằng")
    expect(card(page, "water").locator(".value")).to_have_text("4,4", timeout=SOON_MS)
    expect(card(page, "parking").locator(".value")).to_have_text("11", timeout=SOON_MS)
    expect(card(page, "parking").locator(".caption")).to_have_text("chỗ trống trên 14 chỗ")
    running_hub.report("flood", "flood-nguyen-khuyen", depth=31)
    expect(card(page, "flood").locator(".value")).to_have_text("2", timeout=SOON_MS)
    expect(card(page, "flood").locator(".detail")).to_contain_text("Sâu nhất: 31 cm")


def test_a_slow_load_does_not_cover_what_the_stream_said_meanwhile(
    running_hub: Any, open_page: Callable[..., Page]
) -> None:
    running_hub.report("water", "water-west-lake-north", dissolved_oxygen=6.9)
    running_hub.report("water", "water-west-lake-south", dissolved_oxygen=6.8)
    page = open_page("/?lang=vi")
    expect(card(page, "water").locator(".value")).to_have_text("6,8", timeout=SOON_MS)
    held_back: list[Route] = []

    def delay(route: Route) -> None:
        held_back.append(route)
        stale = route.fetch()
        if len(held_back) == 1:
            running_hub.report("water", "water-west-lake-south", dissolved_oxygen=2.5)
            expect(card(page, "water").locator(".value")).to_have_text("2,5", timeout=SOON_MS)
        route.fulfill(response=stale)

    page.route("**/api/v1/latest/water", delay)
    page.reload()
    expect(card(page, "water").locator(".value")).to_have_text("2,5", timeout=SOON_MS)
    page.wait_for_timeout(1000)
    expect(card(page, "water").locator(".value")).to_have_text("2,5")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figures_are_in_the_page_that_the_server_sends(
    language: str, browser: Any, running_hub: Any, open_page: Callable[..., Page]
) -> None:
    running_hub.report("air", "air-tan-mai", pm2_5=612.34)
    running_hub.report("flood", "flood-hoa-bang", depth=44.5)
    live = open_page(f"/?lang={language}")
    expect(card(live, "air").locator(".detail")).to_contain_text(re.compile(r"612[.,]3 "), timeout=SOON_MS)
    expect(card(live, "flood").locator(".detail")).to_contain_text("45 cm", timeout=SOON_MS)
    with browser.new_context(java_script_enabled=False) as context:
        plain = context.new_page()

        def is_the_same() -> bool:
            plain.goto(f"{running_hub.url}/?lang={language}")
            return told(plain) == told(live)

        # What the server sends may be a second old.
        eventually(is_the_same, told=lambda: (told(plain), told(live)))
        assert re.search(r"\d\d:\d\d\b.*2\d\d\d\.", plain.locator("noscript").inner_text())


def told(page: Page) -> list[Any]:
    """Every text and dot of the cards, as far as a reader sees them."""
    texts = page.locator(".card").all_inner_texts()
    dots = page.locator(".dots circle").evaluate_all(
        "dots => dots.map(dot => ['cx', 'cy', 'r', 'fill'].map(name => dot.getAttribute(name)).join(' '))"
    )
    colors = page.locator(".swatch").evaluate_all("all => all.map(swatch => swatch.getAttribute('color'))")
    return [texts, [dot.replace(".0 ", " ") for dot in dots], colors]


def test_the_server_writes_numbers_as_the_browser_does(browser: Any) -> None:
    random = Random(7)  # noqa: S311 - the same numbers every time
    values = [random.uniform(-50, 50) * 10 ** random.randint(-3, 6) for _ in range(300)]
    values += [0.05, 0.15, 0.25, 2.5, 1.005, 35.25, -0.04, 1e8, 999.95, 0.0]
    with browser.new_context() as context:
        for language in LANGUAGES:
            for decimals in range(4):
                written = context.new_page().evaluate(
                    """([values, language, decimals]) => values.map((value) =>
                        new Intl.NumberFormat(language, { maximumFractionDigits: decimals }).format(value))""",
                    [values, language, decimals],
                )
                ours = [number(value, decimals, language) for value in values]
                assert ours == [text if re.search("[1-9]", text) else "0" for text in written]


@pytest.mark.usefixtures("running_hub")
def test_the_first_page_leads_to_every_map_without_javascript(browser: Any, running_hub: Any) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(running_hub.url + "/")
    assert "Live figures need JavaScript" in page.locator("noscript").inner_html()
    for kind in KINDS:
        expect(page.locator(f'a[href="/maps/{kind}?lang=en"]')).to_be_visible()
    page.locator('a[href="/maps/rain?lang=en"]').click()
    assert "The map needs JavaScript" in page.locator("noscript").inner_html()
    context.close()


@pytest.mark.parametrize("path", ["/", "/maps/air", "/embed/air"])
@pytest.mark.usefixtures("running_hub")
def test_the_operators_notice_is_on_every_page(path: str, open_page: Callable[..., Page]) -> None:
    expect(open_page(path).locator(".notice")).to_have_text("Dữ liệu mô phỏng / Simulated data")


@pytest.mark.usefixtures("running_hub")
def test_pages_are_cached_by_entity_tag_files_for_a_year_and_only_embeds_are_framed_by_others(
    open_page: Callable[..., Page],
) -> None:
    page = open_page("/maps/air")
    request = page.context.request
    answer = request.get(page.url)
    again = request.get(page.url, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status == 304
    script = page.locator('script[src*="live-map.js"]').get_attribute("src")
    assert script is not None
    assert re.search(r"\?v=[0-9a-f]{12}$", script)
    origin = page.url.split("/maps")[0]
    assert "max-age=31536000" in request.get(origin + script).headers["cache-control"]
    assert "frame-ancestors 'self'" in answer.headers["content-security-policy"]
    embedded = request.get(f"{origin}/embed/air")
    assert "frame-ancestors *" in embedded.headers["content-security-policy"]
    assert "frame-ancestors 'self'" not in embedded.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/maps/noise", "/embed/noise", "/static/../package.json", "/static/none.js"]
)
@pytest.mark.usefixtures("running_hub")
def test_what_does_not_exist_is_a_problem_document(path: str, open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    answer = page.context.request.get(page.url.rstrip("/") + path)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
