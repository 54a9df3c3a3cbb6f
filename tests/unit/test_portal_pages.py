"""The pages' answers: languages, caching, missing packages."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import structlog
from fastapi import FastAPI

from api import problems
from api.error_pages import ErrorPages
from api.routes.pages import create_router
from cityhub.config import read_settings
from maps.assets import LEAFLET
from portal import HomeView, Portal
from portal.assets import SWAGGER_UI

Get = Callable[..., httpx.Response]
# As Chromium asks when somebody opens an address.
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def client(assets_dir: Path, **settings: object) -> Get:
    """GET on a hub that has nothing but pages."""
    app = FastAPI(openapi_url=None)
    problems.install(app)
    portal = Portal(read_settings(assets_dir=str(assets_dir), **settings))
    app.add_middleware(ErrorPages, portal=portal)
    app.include_router(create_router(portal, lambda: HomeView({})))

    async def ask(path: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as asking:
            return await asking.get(path, headers=headers)

    return lambda path, **headers: asyncio.run(
        ask(path, {name.replace("_", "-"): value for name, value in headers.items()})
    )


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    for name in (*LEAFLET, *SWAGGER_UI):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"stands for {name}")
    return tmp_path


@pytest.mark.parametrize("path", ["/", "/maps/air", "/embed/parking"])
def test_a_page_speaks_the_language_that_was_asked_for(packages: Path, path: str) -> None:
    get = client(packages)
    assert '<html lang="en">' in get(f"{path}?lang=en").text
    answer = get(path, accept_language="en;q=0.4, vi;q=0.9")
    assert '<html lang="vi">' in answer.text
    assert answer.headers["content-language"] == "vi"
    assert "Accept-Language" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/", "/maps/air", "/static/live.js"])
def test_what_the_browser_has_already_is_not_sent_again(packages: Path, path: str) -> None:
    get = client(packages)
    etag = get(path).headers["etag"]
    again = get(path, if_none_match=etag)
    assert again.status_code == 304
    assert again.content == b""
    assert get(path, if_none_match='"other"').status_code == 200


def test_files_are_compressed_for_those_who_take_it(packages: Path) -> None:
    get = client(packages)
    packed = get("/static/map.css", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    plain = get("/static/map.css", accept_encoding="identity")
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert plain.headers["content-type"] == "text/css; charset=utf-8"


def test_a_file_is_kept_for_a_year_only_under_its_own_version(packages: Path) -> None:
    get = client(packages)
    assert "immutable" not in get("/static/map.css").headers["cache-control"]
    assert "immutable" not in get("/static/map.css?v=000000000000").headers["cache-control"]
    version = get("/static/map.css").headers["etag"].strip('W/"')
    assert "immutable" in get(f"/static/map.css?v={version}").headers["cache-control"]


def test_swagger_ui_is_served_from_the_hub(packages: Path) -> None:
    answer = client(packages)("/static/vendor/swagger-ui-dist/swagger-ui-bundle.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("accept", ["*/*", HTML])
@pytest.mark.parametrize("path", ["/maps/air", "/embed/air"])
def test_without_npm_packages_maps_apologise_and_the_log_says_what_to_do(
    tmp_path: Path, path: str, accept: str
) -> None:
    with structlog.testing.capture_logs() as logged:
        get = client(tmp_path / "nothing")
    assert any("leaflet.js is missing; run `npm ci" in line["error"] for line in logged)
    answer = get(path, accept=accept)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert not re.search(rf"npm|node|{tmp_path}|/app|CITYHUB|\./hub", answer.text)
    assert get("/").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [
        ("/maps/noise", 404, "Không có trang này"),
        ("/nowhere", 404, "Không có trang này"),
        ("/static/none.js", 404, "Không có trang này"),
        ("/nowhere?lang=en", 404, "There is no such page"),
        ("/maps/air?lang=en", 503, "Not available at the moment"),
    ],
)
def test_who_opens_a_page_in_a_browser_reads_errors_in_a_page(
    tmp_path: Path, path: str, status: int, title: str
) -> None:
    answer = client(tmp_path / "nothing")(path, accept=HTML)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["cache-control"] == "private, no-store"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert f"<h1>{title}</h1>" in answer.text
    assert f'<html lang="{answer.headers["content-language"]}">' in answer.text


@pytest.mark.parametrize(("path", "ancestors"), [("/embed/noise", "*"), ("/maps/noise", "'self'")])
def test_an_error_is_seen_where_the_page_would_be(packages: Path, path: str, ancestors: str) -> None:
    policy = client(packages)(path, accept=HTML).headers["content-security-policy"]
    assert policy.partition("frame-ancestors ")[2].partition(";")[0] == ancestors


def test_programs_and_the_api_get_problem_documents(packages: Path) -> None:
    get = client(packages)
    for path, accept in (("/nowhere", "*/*"), ("/nowhere", "application/json"), ("/api/v1/nowhere", HTML)):
        assert get(path, accept=accept).headers["content-type"] == "application/problem+json", path


def test_pages_and_files_are_no_business_of_error_pages(packages: Path) -> None:
    get = client(packages)
    assert get("/maps/air", accept=HTML).content == get("/maps/air").content
    assert get("/static/live.js", accept=HTML).headers["content-type"].startswith("text/javascript")


def test_a_notice_and_tiles_come_from_the_settings(packages: Path) -> None:
    tiles = "https://tiles.example.net/{z}/{x}/{y}.png"
    get = client(packages, notice="Simulated <data>", tiles_url=tiles)
    answer = get("/maps/air")
    assert "Simulated &lt;data&gt;" in answer.text
    assert tiles in answer.text
    assert "img-src 'self' data: https://tiles.example.net;" in answer.headers["content-security-policy"]
    assert "Simulated &lt;data&gt;" in get("/").text


@pytest.mark.parametrize(
    "path", ["/maps/noise", "/embed/Air", "/static/package.json", "/static/vendor/leaflet/LICENSE"]
)
def test_what_is_on_no_list_is_not_found(packages: Path, path: str) -> None:
    answer = client(packages)(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
