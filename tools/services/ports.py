"""TCP ports of this machine: which are taken, and one that is not."""

import random
import socket
import time
from collections.abc import Callable

from cityhub.errors import ServiceError

# Below the range that Linux gives to outgoing connections (from 32768), so that a stored port stays ours.
_FIRST, _LAST = 20_000, 29_999


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on `host`:`port` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int | None = None) -> int:
    """`preferred` when it is free, else some free port of 127.0.0.1."""
    if preferred is not None and is_free(preferred):
        return preferred
    dice = random.SystemRandom()
    for _ in range(200):
        port = dice.randint(_FIRST, _LAST)
        if is_free(port):
            return port
    raise ServiceError(f"no free TCP port found between {_FIRST} and {_LAST}; stop some servers")


def answers(port: int, timeout_s: float = 0.5) -> bool:
    """Whether something accepts connections on 127.0.0.1:`port`."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout_s):
            return True
    except OSError:
        return False


def wait_until_answers(port: int, seconds: float, still_running: Callable[[], bool]) -> bool:
    """True as soon as the port accepts; False after `seconds` or when `still_running()` says no."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answers(port):
            return True
        if not still_running():
            return False
        time.sleep(0.05)
    return False
