"""A private root folder of Debian 13 with TimescaleDB and Mosquitto, built by mmdebstrap; needs root.

Nothing of it touches the system: the programs run chrooted into `.hub/debian`, as their own users.
"""

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.folders import hub_folder, logs_folder
from tools.services.locks import waiting_for
from tools.services.processes import Surroundings, run

SUITE = "trixie"
PACKAGES = ("postgresql-17", "postgresql-17-timescaledb", "mosquitto", "mosquitto-clients")
POSTGRES_BIN = "usr/lib/postgresql/17/bin"
# What the root was made from; a root with another recipe is built anew, its data carried over.
RECIPE = f"{SUITE}: {' '.join(PACKAGES)}\n"
_MARK = "etc/cityhub-root"
_DATA = "srv/cityhub"


def root() -> Path:
    """Where the private root is or would be."""
    return hub_folder() / "debian"


def is_built() -> bool:
    """Whether a complete root of the present recipe is there; an interrupted build never is."""
    mark = root() / _MARK
    return mark.is_file() and mark.read_text() == RECIPE


def why_not() -> str | None:
    """What keeps this user from running a private root here, in words; None when nothing does."""
    if os.geteuid() != 0:
        return "that needs root"
    if is_built():
        return None
    if not Path("/etc/debian_version").exists() or shutil.which("apt-get") is None:
        return "that needs a Debian-like system"
    return None


def build(say: Callable[[str], None]) -> None:
    """Builds the root (about 30 s, 550 MB) unless it is there; `say` gets what is going on.

    Raises ServiceError with the reason; nothing half-built is left behind.
    """
    if (reason := why_not()) is not None:
        raise ServiceError(f"cannot have a private TimescaleDB and Mosquitto: {reason}")
    with waiting_for("debian"):
        if not is_built():
            _build(say)


def _build(say: Callable[[str], None]) -> None:
    if shutil.which("mmdebstrap") is None:
        _install_mmdebstrap(say)
    say("building the private root with mmdebstrap")
    fresh = hub_folder() / f"debian.new-{os.getpid()}"
    _sweep()
    try:
        bootstrap(fresh)
        (fresh / _MARK).write_text(RECIPE)
        _swap_in(fresh)
    finally:
        _remove(fresh)


def data_folder(instance: str) -> Path:
    """The instance's data inside the root, so that chrooted programs need no mounts."""
    folder = root() / _DATA / instance
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def version(package: str) -> str:
    """The version of a package in the root, as Debian writes it; empty when it is not there."""
    for paragraph in (root() / "var/lib/dpkg/status").read_text(errors="replace").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line)
        if fields.get("Package") == package:
            return fields.get("Version", "")
    return ""


def surroundings(user: str) -> Surroundings:
    """How to run a program of the root as its `user`; raises ServiceError when there is no such user."""
    for line in (root() / "etc/passwd").read_text().splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == user:
            return Surroundings(root(), int(uid), int(gid))
    raise ServiceError(f"the private root has no user {user!r}; remove {root()} and start again")


def _install_mmdebstrap(say: Callable[[str], None]) -> None:
    say("installing mmdebstrap")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = logs_folder() / "mmdebstrap-install.log"
    run(["apt-get", "update", "-q"], env=env, log=log)
    done = run(["apt-get", "install", "-q", "-y", "--no-install-recommends", "mmdebstrap"], env=env, log=log)
    if done.code != 0 or shutil.which("mmdebstrap") is None:
        raise ServiceError("apt-get could not install mmdebstrap; see .hub/logs/mmdebstrap-install.log")


def bootstrap(target: Path) -> None:
    """Makes the root with mmdebstrap; raises ServiceError."""
    include = f"--include={','.join(PACKAGES)}"
    log = logs_folder() / "mmdebstrap.log"
    argv = [*_own_namespaces(), "mmdebstrap", "--variant=apt", include, SUITE, str(target)]
    # unshare itself ignores SIGTERM.
    done = run(argv, log=log, dies_with_parent=signal.SIGKILL)
    if done.code != 0:
        raise ServiceError(
            f"mmdebstrap failed (network?): {done.last(2)}; all of it in .hub/logs/mmdebstrap.log"
        )


def _own_namespaces() -> list[str]:
    """Runs a program so that its descendants and mounts end with it, however it ends; empty if not possible."""
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return unshare if shutil.which("unshare") and run([*unshare, "true"]).code == 0 else []


def _swap_in(fresh: Path) -> None:
    old = root()
    if not old.exists():
        fresh.rename(old)
        return
    if (old / _DATA).is_dir():
        (old / _DATA).rename(fresh / _DATA)
    trash = hub_folder() / f"debian.old-{os.getpid()}"
    old.rename(trash)
    fresh.rename(old)
    _remove(trash)


def _sweep() -> None:
    """Removes what builds that were killed have left."""
    for left in (*hub_folder().glob("debian.new-*"), *hub_folder().glob("debian.old-*")):
        owner = left.name.rpartition("-")[2]
        if not Path(f"/proc/{owner}").exists():
            _remove(left)


def _remove(folder: Path) -> None:
    if not folder.exists():
        return
    if any(str(folder) in line for line in Path("/proc/mounts").read_text().splitlines()):
        # mmdebstrap mounts /proc and /sys while it works; deleting through them would hurt the system.
        raise ServiceError(f"something is still mounted below {folder}; `umount` it and start again")
    shutil.rmtree(folder, ignore_errors=True)
