"""Files that are there whole or not at all, whatever is killed meanwhile."""

import os
from contextlib import suppress
from pathlib import Path


def problem(folder: Path) -> str | None:
    """Why nothing can be written into a folder; None when something can."""
    # Not made here: a folder in the place of a disk that is not mounted would take what nobody finds.
    if not folder.is_dir():
        return f"{folder} is no folder"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} cannot be written to"
    return None


def write(folder: Path, name: str, body: bytes) -> None:
    """`body` is on the disk, under its final name, when this returns; raises OSError. Others may not read it."""
    # Of a name that no program that takes *.json looks at; the same each time, so that a kill leaves one at most.
    unfinished = folder / f".{Path(name).stem}.part"
    try:
        _write(unfinished, body)
        unfinished.replace(folder / name)
        sync_folder(folder)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def _write(file: Path, body: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(body)
        opened.flush()
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Names in it are on the disk too; raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
