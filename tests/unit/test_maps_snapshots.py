"""Static snapshots, from a stand-in for the API."""

import json
from pathlib import Path
from typing import Any

import pytest

from cityhub.errors import ServiceError
from cityhub.kinds import KINDS
from maps import snapshots
from maps.assets import LEAFLET

API = "http://127.0.0.1:1"


@pytest.fixture
def packages(tmp_path: Path) -> str:
    for name in LEAFLET:
        (tmp_path / "packages" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "packages" / name).write_text("a file of leaflet")
    return str(tmp_path / "packages")


@pytest.fixture
def answering_api(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_api_url: str, path: str) -> dict[str, Any]:
        answer = {"type": "FeatureCollection", "features": [], "path": path}
        return answer | ({} if "areas" in path else {"generated_at": "2026-11-22T10:00:00+07:00"})

    monkeypatch.setattr(snapshots, "read", read)


@pytest.mark.usefixtures("answering_api")
def test_five_maps_in_each_language_an_index_and_their_files_are_written(
    tmp_path: Path, packages: str
) -> None:
    out = tmp_path / "out"
    written = {path.name for path in snapshots.write(out, API, assets_dir=packages)}
    assert written == {f"{kind}{end}.html" for kind in KINDS for end in ("", "-en")} | {"index.html"}
    text = (out / "rain.html").read_text("utf-8")
    for source in (
        "assets/live-map.js",
        "assets/live.js",
        "assets/reading.js",
        "assets/map.css",
        "assets/vendor/leaflet/dist/leaflet.js",
    ):
        assert source in text
        assert (out / source).is_file()
    assert json.dumps("/api/v1/latest/rain") in text
    assert "2026-11-22T10:00:00+07:00" in (out / "index.html").read_text("utf-8")


@pytest.mark.usefixtures("answering_api")
def test_links_between_snapshots_stay_in_their_folder(tmp_path: Path, packages: str) -> None:
    snapshots.write(tmp_path, API, ("en",), assets_dir=packages, notice="Simulated data")
    text = (tmp_path / "air.html").read_text("utf-8")
    assert 'href="flood.html"' in text
    assert 'href="index.html"' in text
    assert 'href="/maps' not in text
    assert "Simulated data" in text


def test_an_api_that_cannot_be_reached_is_one_clear_line(tmp_path: Path, packages: str) -> None:
    with pytest.raises(ServiceError, match=r"no API at http://127\.0\.0\.1:1 .*start it with `\./hub demo`"):
        snapshots.write(tmp_path / "out", API, assets_dir=packages)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("address", ["file:///etc", "nonsense", ""])
def test_only_http_addresses_are_read(address: str) -> None:
    with pytest.raises(ServiceError, match="no address of an API"):
        snapshots.read(address, "/passwd")
