"""The page of open data: what it says is so, and its examples run."""

import html
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cityhub.config import read_settings
from cityhub.listening import listen

STATION = "air-trung-yen-3"
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
READINGS = [(NOW - timedelta(hours=n), 20.0 + n, 0) for n in range(30)]


@pytest.fixture(scope="module")
def api(
    database_url: str, run_api: Any, seed: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    seed({(STATION, "pm2_5"): READINGS})
    # The page names the address that the hub is reached at.
    with listen("127.0.0.1", 0, "") as unused:
        port = unused.getsockname()[1]
    settings = read_settings(
        database_url=database_url,
        rate_per_minute=0,
        data_dir=str(tmp_path_factory.mktemp("data")),
        public_url=f"http://127.0.0.1:{port}",
    )
    with run_api(settings, port=port) as running:
        yield running


def page(api: Any, language: str) -> str:
    return str(api.client.get(f"/data?lang={language}").raise_for_status().text)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_tells_what_there_is_and_on_which_terms(api: Any, language: str) -> None:
    text = page(api, language)
    assert 'href="https://creativecommons.org/licenses/by/4.0/" rel="license"' in text
    month = f"{(NOW + timedelta(hours=7)):%Y-%m}"
    for format in ("csv", "parquet", "geoparquet", "gpkg"):
        assert f'href="/api/v1/data/air/{month}.{format}"' in text
    for name in ("pm2_5", "dissolved_oxygen", "occupied_count", "flatline"):
        assert f"<code>{name}</code>" in text
    assert "/api/v1/catalogue.jsonld" in text
    assert ("Data dictionary" in text) is (language == "en")


def test_every_link_of_it_leads_somewhere(api: Any) -> None:
    links = set(re.findall(r'href="(/[^"#]*)"', page(api, "en")))
    assert len(links) > 15
    for link in links:
        path = html.unescape(link)
        if "/api/v1/data/" not in path:
            assert api.client.get(path).status_code == 200, path


@pytest.mark.parametrize("language", ["vi", "en"])
def test_its_examples_run(api: Any, language: str, tmp_path: Path) -> None:
    found = re.findall(
        r'<pre tabindex="0" class="(\w+)"><code>(.*?)</code></pre>', page(api, language), re.DOTALL
    )
    assert [tool for tool, _ in found] == ["shell", "shell", "python", "python"]
    outputs = []
    for tool, code in found:
        program = ["bash", "-c"] if tool == "shell" else [sys.executable, "-c"]
        done = subprocess.run(
            [*program, html.unescape(code)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )
        assert done.returncode == 0, (code, done.stderr)
        outputs.append(done.stdout)
    newest, table, series, described = outputs
    assert '"FeatureCollection"' in newest
    assert "# unit: µg/m³" in table
    assert "mean" in series
    assert "pm2_5" in described
