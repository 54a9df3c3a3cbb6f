"""Frames in a page of another site, as docs/reference.md says that they are used."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from cityhub.config import read_settings
from cityhub.kinds import KINDS
from tests.axe import faults, wide
from tests.integration.api.conftest import RunningApi, running, store

pytestmark = pytest.mark.e2e
REFERENCE = Path(__file__).resolve().parents[2] / "docs/reference.md"


@pytest.fixture(scope="module")
def hub(database_url: str) -> Iterator[RunningApi]:
    with running(read_settings(database_url=database_url, rate_per_minute=0)) as api:
        now = datetime.now(UTC)
        store(
            database_url,
            {("flood-hoa-bang", "depth"): [(now, 34.0, 0)], ("air-tan-mai", "pm2_5"): [(now, 96.5, 0)]},
        )
        yield api


@contextmanager
def another_site(body: str) -> Iterator[str]:
    """The address of a page with `body`, on a host that is not the hub's."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(f"<!DOCTYPE html><title>Portal</title>{body}".encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def documented(hub: RunningApi, query: str) -> str:
    """The line and the script of the reference, for this hub."""
    text = REFERENCE.read_text(encoding="utf-8")
    text = text[text.index("## Frames in other sites") :]
    line, script = re.findall(r"```html\n(.*?)```", text, re.DOTALL)[:2]
    return f"{line}{script}".replace("https://HUB", hub.url).replace("?lang=vi", query)


@pytest.mark.parametrize("width", [360, 900])
def test_the_documented_line_and_script_show_a_list_as_high_as_it_is(
    hub: RunningApi, browser: Browser, width: int
) -> None:
    with (
        another_site(documented(hub, "?lang=vi&amp;view=list&amp;limit=4")) as site,
        browser.new_context(viewport={"width": width, "height": 900}) as context,
    ):
        page = context.new_page()
        page.goto(site)
        frame = page.frame_locator("iframe")
        expect(frame.locator(".site")).to_have_count(4)
        expect(frame.locator(".site").first).to_contain_text("34 cm")
        expect(page.locator("iframe")).not_to_have_attribute("height", "480")
        inner = page.frames[1]
        assert inner.evaluate("document.documentElement.scrollHeight - window.innerHeight") <= 0
        assert inner.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        with context.expect_page() as opened:
            frame.locator(".site a").first.click()
        opened.value.wait_for_url("**/maps/flood**")


def test_a_map_in_a_frame_says_how_high_it_would_be(hub: RunningApi, browser: Browser) -> None:
    with another_site(documented(hub, "?lang=vi")) as site, browser.new_context() as context:
        page = context.new_page()
        page.goto(site)
        expect(page.frame_locator("iframe").locator(".pin").first).to_be_attached(timeout=15_000)
        expect(page.locator("iframe")).to_have_attribute("height", "640")


def test_other_pages_are_framed_by_nobody_and_embeds_by_those_an_operator_names(
    hub: RunningApi, browser: Browser, database_url: str
) -> None:
    chosen = read_settings(
        database_url=database_url, rate_per_minute=0, embed_origins="https://portal.example"
    )
    with running(chosen) as choosy, browser.new_context() as context:
        page = context.new_page()
        for address in (f"{hub.url}/air", f"{choosy.url}/embed/air?view=list"):
            with another_site(f'<iframe src="{address}"></iframe>') as site:
                page.goto(site)
                page.wait_for_timeout(500)
                assert page.frames[1].url.startswith("chrome-error:"), address


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_can_be_used_by_everybody(hub: RunningApi, browser: Browser, kind: str) -> None:
    with browser.new_context(viewport={"width": 360, "height": 600}) as context:
        page = context.new_page()
        page.goto(f"{hub.url}/embed/{kind}?view=list")
        assert faults(page) == []
        assert wide(page) == 0


@pytest.mark.parametrize("query", ["view=table", "view=list&limit=0", "view=list&limit=many"])
def test_a_wrong_parameter_is_told(hub: RunningApi, query: str) -> None:
    answer = hub.client.get(f"/embed/air?{query}")
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
