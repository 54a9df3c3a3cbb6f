"""A TCP port to listen on, or one clear line that says why not."""

import os
import socket

from cityhub import addresses
from cityhub.errors import ServiceError


def listen(host: str, port: int, advice: str, *, backlog: int = 128) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises ServiceError, which ends with `advice`."""
    if not 0 <= port <= 65535:
        raise ServiceError(f"cannot listen on {host} port {port}: there is no such port; {advice}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((addresses.host(host), port), family=family, backlog=backlog)
    except (OSError, ValueError) as exc:
        raise ServiceError(f"cannot listen on {host} port {port}: {_reason(exc)}; {advice}") from exc


def _reason(exc: Exception) -> str:
    if not isinstance(exc, OSError) or exc.errno is None:
        return str(exc)
    # Python puts what it was doing behind the reason; a failed name lookup has negative numbers of its own.
    return os.strerror(exc.errno) if exc.errno > 0 else str(exc.strerror).partition(" (")[0]
