"""Where this checkout keeps what it makes for itself: `.hub/`, never versioned, safe to delete when stopped."""

import os
from pathlib import Path

from cityhub.errors import ServiceError

_ADVICE = "it is read-only or somebody else's; clone the hub into a folder of your own"
PACKAGE_PARENT = Path(__file__).resolve().parents[2]


def checkout() -> Path:
    """The folder of this checkout; the current folder when the hub was installed without one."""
    return PACKAGE_PARENT if (PACKAGE_PARENT / "hub").is_file() else Path.cwd()


def hub_folder() -> Path:
    """`.hub/` of this checkout, made when missing; raises ServiceError when it cannot be written to."""
    return _made(checkout() / ".hub")


def logs_folder() -> Path:
    """`.hub/logs/`, made when missing."""
    return _made(hub_folder() / "logs")


def instance_folder(name: str) -> Path:
    """`.hub/instances/NAME/`, made when missing."""
    return _made(hub_folder() / "instances" / name)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise ServiceError(f"cannot make {folder}: {exc.strerror}; {_ADVICE}") from exc
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ServiceError(f"cannot write into {folder}: {_ADVICE}")
    return folder
