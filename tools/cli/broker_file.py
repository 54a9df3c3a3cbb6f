"""The broker's password file on disk: one writer at a time, and there whole or not at all.

deploy/broker-user locks the same folder. The file keeps its owner and mode, or the broker could not read it any more.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cityhub import whole_files
from cityhub.errors import ServiceError


class BrokerFile:
    """The file as it was read; `replace` and `put_back` change it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = read(path)

    def replace(self, text: str) -> None:
        """`text` is on the disk in the place of what was there; raises ServiceError, and then nothing has changed."""
        fresh = self.path.with_name(f".{self.path.name}.new")
        try:
            there = self.path.stat()
            with suppress(FileNotFoundError):
                fresh.unlink()
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
                file.flush()
                if (there.st_uid, there.st_gid) != (os.geteuid(), os.getegid()):
                    os.fchown(file.fileno(), there.st_uid, there.st_gid)
                os.fchmod(file.fileno(), there.st_mode & 0o777)
                os.fsync(file.fileno())
            fresh.replace(self.path)
            whole_files.sync_folder(self.path.parent)
        except OSError as exc:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise ServiceError(f"{self.path} cannot be written: {exc.strerror}") from exc

    def put_back(self) -> None:
        """As it was read."""
        if read(self.path) != self.text:
            self.replace(self.text)


@contextmanager
def held(path: Path) -> Iterator[BrokerFile]:
    """The file, for this writer alone, after waiting for others; raises ServiceError."""
    path = path.resolve()
    try:
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as exc:
        raise ServiceError(f"{path.parent} cannot be opened: {exc.strerror}") from exc
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield BrokerFile(path)
    finally:
        os.close(folder)


def read(path: Path) -> str:
    """What it holds; raises ServiceError. It is not made: nobody would read it under a mistaken name."""
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as exc:
        why = exc.strerror if isinstance(exc, OSError) else "it holds no UTF-8 text"
        raise ServiceError(f"the broker's password file {path} cannot be read: {why}") from exc
