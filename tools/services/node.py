"""The npm packages whose scripts and styles the pages use, installed from package-lock.json into node_modules."""

import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.folders import checkout, logs_folder
from tools.services.locks import waiting_for
from tools.services.processes import run

_MARK = "node_modules/.cityhub-lock"
_NODE_LOCK = "requirements-node.lock"


def is_fresh() -> bool:
    """Whether node_modules holds what package-lock.json says."""
    mark = checkout() / _MARK
    return mark.is_file() and mark.read_text() == _digest()


def npm() -> str | None:
    """The npm to use: the system's when node is there too, else one in this environment; None without."""
    own = Path(sys.executable).with_name("npm")
    if shutil.which("node") and (system := shutil.which("npm")):
        return system
    return str(own) if own.exists() else None


def install(say: Callable[[str], None]) -> None:
    """Installs the packages unless they are fresh; `say` gets what is going on. Raises ServiceError."""
    if not (checkout() / "package-lock.json").is_file() or is_fresh():
        return
    with waiting_for("node"):
        if is_fresh():
            return
        program = npm() or _fetch_npm(say)
        say("installing npm packages")
        # A wheel's npm finds its node beside itself.
        path = f"{Path(program).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
        done = run(
            [program, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
            env={**os.environ, "PATH": path},
            log=logs_folder() / "npm.log",
            folder=checkout(),
        )
        if done.code != 0:
            raise ServiceError("npm could not install the pages' packages (network?); see .hub/logs/npm.log")
        (checkout() / _MARK).write_text(_digest())


def _fetch_npm(say: Callable[[str], None]) -> str:
    """Node.js as a wheel, for who has none."""
    say("installing node and npm into .venv")
    uv = Path(sys.executable).with_name("uv")
    tool = [str(uv), "pip", "install", "--python", sys.executable]
    if not uv.exists():
        tool = [sys.executable, "-m", "pip", "install"]
    lock = checkout() / _NODE_LOCK
    done = run([*tool, "--require-hashes", "-r", str(lock)], log=logs_folder() / "node-install.log")
    program = Path(sys.executable).with_name("npm")
    if done.code != 0 or not program.exists():
        raise ServiceError(
            "no npm here and none could be installed: install Node.js 20 (`apt-get install npm`)"
        )
    return str(program)


def _digest() -> str:
    return hashlib.sha256((checkout() / "package-lock.json").read_bytes()).hexdigest()
