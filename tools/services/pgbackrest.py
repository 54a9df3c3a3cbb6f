"""What tries backups to the second: pgBackRest of Debian, installed into the private root beside its PostgreSQL."""

import os
import shutil
from collections.abc import Callable

from tools.services import debian
from tools.services.folders import logs_folder
from tools.services.locks import waiting_for
from tools.services.processes import run

# Inside the root.
PROGRAM = "/usr/bin/pgbackrest"
_WITHOUT = "backups to the second are not tried"


def is_installed() -> bool:
    """Whether the private root has it."""
    return debian.is_built() and (debian.root() / PROGRAM.lstrip("/")).is_file()


def install(say: Callable[[str], None]) -> str | None:
    """Installs the package (1 MB) into a root that is built; None, or why there is none in words."""
    if is_installed():
        return None
    if (reason := debian.why_not()) is not None or not debian.is_built():
        return f"no pgBackRest without the private TimescaleDB ({reason or 'not built'}): {_WITHOUT}"
    chroot = shutil.which("chroot")
    if chroot is None:
        return f"no chroot here: {_WITHOUT}"
    say("installing pgBackRest into the private root")
    log = logs_folder() / "pgbackrest.log"
    env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    env |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    with waiting_for("debian"):
        if not is_installed():
            inside = [chroot, str(debian.root()), "apt-get", "-q"]
            run([*inside, "update"], env=env, log=log)
            run([*inside, "install", "-y", "--no-install-recommends", "pgbackrest"], env=env, log=log)
            run([*inside, "clean"], env=env)
            for left in (debian.root() / "var/lib/apt/lists").glob("*_*"):
                left.unlink(missing_ok=True)
    return (
        None
        if is_installed()
        else f"apt-get could not install pgBackRest: {_WITHOUT}; see .hub/logs/pgbackrest.log"
    )
