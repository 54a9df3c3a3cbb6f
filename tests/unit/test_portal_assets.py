"""The closed list of files that pages load."""

import gzip
import re
from pathlib import Path

import pytest

from cityhub.config import read_settings
from cityhub.errors import ServiceError
from maps.assets import own_files
from portal import Portal
from portal import assets as portal_assets
from portal.assets import Assets, joined, own


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


def test_two_files_of_one_name_are_an_error_that_names_both(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        (tmp_path / folder / "ops").mkdir(parents=True)
        (tmp_path / folder / "ops" / "list.js").write_text("")
    (tmp_path / "other" / "list.js").write_text("")
    one, other = own_files(tmp_path / "one"), own_files(tmp_path / "other")
    assert joined(other) == other
    with pytest.raises(
        ServiceError, match=r"/static/ops/list\.js: .*/one/ops/list\.js and .*/other/ops/list\.js"
    ):
        joined(one, other)


def test_a_hub_with_two_files_of_one_name_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "live.js").write_text("// hides the maps' own")
    monkeypatch.setattr(portal_assets, "OWN_DIRECTORY", tmp_path)
    with pytest.raises(ServiceError, match=r"two files would be served as /static/live\.js"):
        Portal(read_settings())


def test_our_own_scripts_write_no_html_and_name_no_foreign_host() -> None:
    assert len(own()) > 4
    for path in own().values():
        text = path.read_text("utf-8")
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", text), path
        assert not re.search(r"https?://(?!www\.w3\.org/)", text), path
