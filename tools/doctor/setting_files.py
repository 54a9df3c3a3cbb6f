"""Files that settings name (CITYHUB_X_FILE): are they there, and may nobody else read what is secret?"""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from cityhub.config import Settings
from tools.doctor.findings import Finding

_PREFIX, _SUFFIX = "CITYHUB_", "_FILE"


def findings(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Of every such variable that is set. Reads no settings: a file that is missing would keep them from being read."""
    for variable, path in sorted(environment.items()):
        if variable.startswith(_PREFIX) and variable.endswith(_SUFFIX) and path:
            yield from _of(variable, Path(path))


def _of(variable: str, path: Path) -> Iterator[Finding]:
    name = variable[len(_PREFIX) : -len(_SUFFIX)].lower()
    field = Settings.model_fields.get(name)
    if field is None:
        yield Finding(
            variable, "missing", "no setting is called so: nobody reads the file", "./hub doctor lists all"
        )
        return
    try:
        there = path.stat()
        with path.open("rb") as file:
            empty = not file.read(4096).strip()
    except OSError as exc:
        words = f"{path}: {exc.strerror}: no program starts"
        yield Finding(variable, "bad", words, "make it, or mount it for the user of the program")
        return
    if not issubclass(type(field.default), SecretStr):
        return
    if who := others(there.st_mode):
        yield Finding(variable, "bad", f"{path} holds a secret, and {who} may read it", f"chmod 0600 {path}")
    elif empty:
        yield Finding(
            variable, "missing", f"{path} is empty: as if it were not set", "write the secret into it"
        )
    else:
        yield Finding(variable, "good", f"{path}, for its owner or group alone")


def others(mode: int) -> str:
    """Who beside owner and group may read, or who beside the owner may write; empty: nobody."""
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        return "everybody on this machine"
    return "its group (which may write too)" if mode & stat.S_IWGRP else ""


def is_mine(path: Path) -> bool:
    """May this user look into the folder?"""
    return os.access(path, os.R_OK | os.X_OK)
