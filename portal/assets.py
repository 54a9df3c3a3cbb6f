"""Every file that a page may load, by its path under /static: a closed list, read and compressed at the start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cityhub.errors import ServiceError
from maps import assets as maps_assets
from maps.assets import LEAFLET, own_files, vendor_files
from portal.content import Content
from portal.driver.receipt_pdf import FONTS

OWN_DIRECTORY: Final = Path(__file__).with_name("static")

MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}

SWAGGER_UI: Final = (
    "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-dist/favicon-32x32.png",
)


class Assets:
    """Files by the path under `prefix` they are served at."""

    def __init__(self, files: Mapping[str, Path], prefix: str = "/static") -> None:
        self._prefix = prefix
        self._contents = {
            path: Content.of(file.read_bytes(), MEDIA_TYPES[file.suffix]) for path, file in files.items()
        }

    def get(self, path: str) -> Content | None:
        """The file served at `path`, or None: there are no others."""
        return self._contents.get(path)

    def url(self, path: str) -> str:
        """The address of `path` with its version, so that it can be kept for a year."""
        return f"{self._prefix}/{path}?v={self._contents[path].version}"


def own() -> Mapping[str, Path]:
    """The scripts and styles of maps and portal. Raises ServiceError when two have the same name."""
    return joined(own_files(maps_assets.OWN_DIRECTORY), own_files(OWN_DIRECTORY))


def vendor(assets_dir: str = "") -> Mapping[str, Path]:
    """What the pages load of npm packages. Raises ServiceError when one is missing."""
    return vendor_files((*LEAFLET, *SWAGGER_UI), assets_dir)


def fonts(assets_dir: str = "") -> Mapping[str, Path]:
    """The files of receipts' fonts by the names that FONTS gives them. Raises ServiceError when one is missing."""
    names = tuple(name for pair in FONTS.values() for name in pair)
    return dict(zip(names, vendor_files(names, assets_dir).values(), strict=True))


def joined(*folders: Mapping[str, Path]) -> Mapping[str, Path]:
    """The files of all `folders`. Raises ServiceError where one would hide another of the same name."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path, file in folder.items():
            if path in found:
                raise ServiceError(
                    f"two files would be served as /static/{path}: {found[path]} and {file}; rename one"
                )
            found[path] = file
    return found
