"""The files that maps load."""

import re
from pathlib import Path

import pytest

from cityhub.errors import ServiceError
from maps.assets import CHECKOUT, LEAFLET, vendor_files


def test_a_missing_package_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match=r"leaflet\.js is missing; run `npm ci"):
        vendor_files(LEAFLET, str(tmp_path))


def test_the_lock_file_pins_versions_without_addresses() -> None:
    lock = (CHECKOUT / "package-lock.json").read_text("utf-8")
    assert "://" not in lock
    package = (CHECKOUT / "package.json").read_text("utf-8")
    assert re.search(r'"leaflet": "\d+\.\d+\.\d+"', package)
    assert re.search(r'"swagger-ui-dist": "\d+\.\d+\.\d+"', package)
