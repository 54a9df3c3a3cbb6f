"""The files that maps load: our own scripts and styles, and a closed list from pinned npm packages."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cityhub.errors import ServiceError

OWN_DIRECTORY: Final = Path(__file__).with_name("static")
CHECKOUT: Final = Path(__file__).parent.parent

# Served under vendor/; leaflet.css refers to the three images.
LEAFLET: Final = (
    "leaflet/dist/leaflet.js",
    "leaflet/dist/leaflet.css",
    "leaflet/dist/images/layers.png",
    "leaflet/dist/images/layers-2x.png",
    "leaflet/dist/images/marker-icon.png",
)


def packages_directory(assets_dir: str = "") -> Path:
    """The folder with the npm packages: `assets_dir`, or node_modules of this checkout."""
    return Path(assets_dir) if assets_dir else CHECKOUT / "node_modules"


def own_files(directory: Path = OWN_DIRECTORY) -> Mapping[str, Path]:
    """Scripts, styles and drawings of `directory` by the path they are served under."""
    return {
        path.relative_to(directory).as_posix(): path
        for path in sorted(directory.rglob("*"))
        if path.suffix in {".js", ".css", ".svg"}
    }


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
