"""The browser of the end-to-end tests: the system's Chromium, installed where that is possible."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.services.folders import logs_folder
from tools.services.processes import run

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """The path of a Chromium on this system; None without."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def install(say: Callable[[str], None]) -> str | None:
    """Installs Chromium as root on a Debian-like system; None, or why there is none in words."""
    if find() is not None:
        return None
    if os.geteuid() != 0 or not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        return "no Chromium here, and installing it needs root on a Debian-like system"
    say("installing Chromium")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = logs_folder() / "chromium-install.log"
    run(["apt-get", "update", "-q"], env=env, log=log)
    run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"], env=env, log=log)
    return None if find() else "apt-get could not install Chromium; see .hub/logs/chromium-install.log"
