"""Where this checkout keeps what it makes for itself: `.hub/`, never versioned, safe to delete when stopped."""

from pathlib import Path

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]


def checkout() -> Path:
    """The folder of this checkout; the current folder when the hub was installed without one."""
    return _PACKAGE_PARENT if (_PACKAGE_PARENT / "hub").is_file() else Path.cwd()


def hub_folder() -> Path:
    """`.hub/` of this checkout, made when missing."""
    folder = checkout() / ".hub"
    folder.mkdir(exist_ok=True)
    return folder


def logs_folder() -> Path:
    """`.hub/logs/`, made when missing."""
    folder = hub_folder() / "logs"
    folder.mkdir(exist_ok=True)
    return folder


def instance_folder(name: str) -> Path:
    """`.hub/instances/NAME/`, made when missing."""
    folder = hub_folder() / "instances" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder
