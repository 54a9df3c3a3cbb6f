"""The files that pages load: our own scripts and styles, and a closed list from pinned npm packages."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cityhub.errors import ServiceError

OWN_DIRECTORY: Final = Path(__file__).with_name("static")
CHECKOUT: Final = Path(__file__).parent.parent

MEDIA_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".png": "image/png",
}

# Served under vendor/; leaflet.css refers to the three images.
LEAFLET: Final = (
    "leaflet/dist/leaflet.js",
    "leaflet/dist/leaflet.css",
    "leaflet/dist/images/layers.png",
    "leaflet/dist/images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png",
)
SWAGGER_UI: Final = (
    "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-dist/favicon-32x32.png",
)


def packages_directory(assets_dir: str = "") -> Path:
    """The folder with the npm packages: `assets_dir`, or node_modules of this checkout."""
    return Path(assets_dir) if assets_dir else CHECKOUT / "node_modules"


def own_files(directory: Path = OWN_DIRECTORY) -> Mapping[str, Path]:
    """Scripts and styles of `directory` by the path they are served under."""
    return {path.name: path for path in sorted(directory.iterdir()) if path.suffix in {".js", ".css"}}


def vendor_files(names: tuple[str, ...], assets_dir: str = "") -> Mapping[str, Path]:
    """Files of npm packages by the path they are served under; raises ServiceError when one is missing."""
    directory = packages_directory(assets_dir)
    found = {f"vendor/{name}": directory / name for name in names}
    for path in found.values():
        if not path.is_file():
            raise ServiceError(
                f"{path} is missing; run `npm ci --ignore-scripts` in the checkout (./hub demo does it for you)"
                " or set CITYHUB_ASSETS_DIR to the folder that holds the npm packages"
            )
    return found


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent. `version` changes with the content."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    version: str


class Assets:
    """Files read and compressed once, by the path under /static they are served at."""

    def __init__(self, files: Mapping[str, Path], prefix: str = "/static") -> None:
        self._prefix = prefix
        self._assets = {path: _read(file) for path, file in files.items()}

    def get(self, path: str) -> Asset | None:
        """The file served at `path`, or None: there are no others."""
        return self._assets.get(path)

    def url(self, path: str) -> str:
        """The address of `path` with its version, so that it can be kept for a year."""
        return f"{self._prefix}/{path}?v={self._assets[path].version}"


def _read(file: Path) -> Asset:
    body = file.read_bytes()
    media_type = MEDIA_TYPES[file.suffix]
    gzipped = gzip.compress(body, mtime=0) if file.suffix in {".js", ".css"} else None
    return Asset(body, gzipped, media_type, hashlib.sha256(body).hexdigest()[:12])
