"""What tries the alert rules: promtool of Debian's package `prometheus`, unpacked into `.hub` and not installed."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.services.folders import hub_folder, logs_folder
from tools.services.locks import waiting_for
from tools.services.processes import run

_PACKAGE = "prometheus"


def find() -> str | None:
    """The path of a promtool, the system's or ours; None without."""
    ours = hub_folder() / _PACKAGE / "usr/bin/promtool"
    return shutil.which("promtool") or (str(ours) if ours.is_file() else None)


def install(say: Callable[[str], None]) -> str | None:
    """Fetches the package (19 MB) on a Debian-like system; None, or why there is none in words. Needs no root."""
    if find() is not None:
        return None
    if not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        return "no promtool here, and fetching it needs a Debian-like system: alert rules are not tried"
    say("fetching promtool")
    log, target = logs_folder() / "promtool.log", hub_folder() / _PACKAGE
    fresh = target.with_name(f"{_PACKAGE}.new-{os.getpid()}")
    with waiting_for(_PACKAGE):
        fresh.mkdir(exist_ok=True)
        try:
            done = run(["apt-get", "download", "-q", _PACKAGE], log=log, folder=fresh)
            if done.code != 0 and os.geteuid() == 0:
                run(["apt-get", "update", "-q"], log=log)
                run(["apt-get", "download", "-q", _PACKAGE], log=log, folder=fresh)
            for package in fresh.glob("*.deb"):
                run(["dpkg-deb", "--extract", str(package), str(fresh)], log=log)
                package.unlink()
            if (fresh / "usr/bin/promtool").is_file():
                shutil.rmtree(target, ignore_errors=True)
                fresh.rename(target)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return None if find() else "apt-get could not fetch promtool; see .hub/logs/promtool.log"
