"""Two commands of one checkout do not get in each other's way: advisory locks that end with their process."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from cityhub.errors import ServiceError
from tools.services.folders import hub_folder


@contextmanager
def waiting_for(name: str) -> Iterator[None]:
    """Holds lock `name` of this checkout, after waiting for whoever has it."""
    with _file(name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def only_one(name: str, refusal: str) -> Iterator[None]:
    """Holds lock `name` of this checkout; raises ServiceError with `refusal` when somebody has it."""
    with _file(name) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ServiceError(refusal) from None
        yield


def _file(name: str) -> IO[bytes]:
    folder = hub_folder() / "locks"
    folder.mkdir(exist_ok=True)
    return (folder / f"{name}.lock").open("ab")
