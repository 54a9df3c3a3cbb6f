"""The closed list of files that pages load."""

import gzip
import re
from pathlib import Path

import pytest

from cityhub.errors import ServiceError
from maps.assets import CHECKOUT, LEAFLET, Assets, own_files, vendor_files


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    script = tmp_path / "a.js"
    script.write_text("let a = 1;\n" * 50)
    return Assets({"a.js": script})


def test_a_file_is_known_by_its_path_only(assets: Assets) -> None:
    assert assets.get("a.js") is not None
    assert assets.get("../a.js") is None
    assert assets.get("b.js") is None


def test_a_files_address_changes_with_its_content(assets: Assets, tmp_path: Path) -> None:
    before = assets.url("a.js")
    assert re.fullmatch(r"/static/a\.js\?v=[0-9a-f]{12}", before)
    (tmp_path / "a.js").write_text("let a = 2;")
    assert Assets({"a.js": tmp_path / "a.js"}).url("a.js") != before


def test_scripts_are_compressed_once(assets: Assets) -> None:
    asset = assets.get("a.js")
    assert asset is not None
    assert asset.gzipped is not None
    assert gzip.decompress(asset.gzipped) == asset.body


def test_a_missing_package_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"leaflet\.js is missing; run `npm ci"):
        vendor_files(LEAFLET, str(tmp_path))


def test_our_own_scripts_write_no_html_and_name_no_foreign_host() -> None:
    folders = (own_files(), own_files(CHECKOUT / "api" / "static"))
    for path in (path for folder in folders for path in folder.values()):
        text = path.read_text("utf-8")
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path
        assert not re.search(r"https?://(?!www\.w3\.org/)", text), path


def test_the_lock_file_pins_versions_without_addresses() -> None:
    lock = (CHECKOUT / "package-lock.json").read_text("utf-8")
    assert "://" not in lock
    package = (CHECKOUT / "package.json").read_text("utf-8")
    assert re.search(r'"leaflet": "\d+\.\d+\.\d+"', package)
    assert re.search(r'"swagger-ui-dist": "\d+\.\d+\.\d+"', package)
