"""What the doctor says of one thing."""

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

State = Literal["good", "missing", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `bad`: the hub cannot run so, or is open to others; `missing`: less good without it.

    `found` says what, and why it matters; `advice` what to do. Neither holds a secret.
    """

    what: str
    state: State
    found: str
    advice: str = ""


def is_near(host: str) -> bool:
    """Is this machine meant? What goes there crosses no network. An empty host or a path is a socket."""
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
