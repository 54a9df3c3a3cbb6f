"""The broker's password file: which lines it has, and what a new one looks like. Pure.

A line is `user:$7$ROUNDS$SALT$KEY` as mosquitto_passwd of Mosquitto 2.0 writes it: PBKDF2 with SHA-512, salt and key in
base64. deploy/broker-user writes the same. Passwords are random, so the rounds need not be many; Mosquitto's own number
of them keeps a thousand sensors that come back at once from holding it up.
"""

import base64
import hashlib
import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal, get_args

ROUNDS = 101
SALT_BYTES = 12
# Users that are no sensors: what ingest was called before, the health check, and what begins with our name.
_HUBS_OWN = re.compile(r"ingest|monitor|cityhub-.*")
# Who is in the file only to tell that the broker has read it.
WITNESS = "cityhub-witness"


def is_hubs_own(name: str, topic_prefix: str) -> bool:
    """Is it a user of the hub itself? Ingest's is called as the first level of the topics: deploy/mosquitto/hub-acl."""
    return name == topic_prefix or _HUBS_OWN.fullmatch(name) is not None


def line(name: str, password: str, salt: bytes) -> str:
    """The user's line, without its end."""
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"{name}:$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def mark(entry: str) -> str:
    """By what a line is known again; nothing of the password can be found by it."""
    return hashlib.sha256(entry.encode()).hexdigest()[:16]


def users(text: str) -> dict[str, str]:
    """Lines by user. What is no user's line (comments, blank ones) is left out."""
    return {name: entry for entry in text.splitlines() if (name := _user(entry)) is not None}


def changed(text: str, new: Mapping[str, str], gone: Collection[str] = ()) -> str:
    """The file with `new` lines by user in the place of theirs or at its end, without the users `gone`.

    Every other line stays as it is.
    """
    left = dict(new)
    lines = []
    for entry in text.splitlines():
        name = _user(entry)
        if name in new:
            # A second line of the same user goes.
            lines += [left.pop(name)] if name in left else []
        elif name not in gone:
            lines.append(entry)
    return "".join(f"{entry}\n" for entry in (*lines, *left.values()))


State = Literal["good", "outside", "none", "revoked", "lost", "stranger"]
STATES: Mapping[State, str] = MappingProxyType(
    {
        "good": "given by the hub",
        "outside": "given or changed without the hub",
        "none": "none",
        "revoked": "none: revoked",
        "lost": "none: taken away without the hub",
        "stranger": "of no sensor: a gateway, or left over",
    }
)
assert set(STATES) == set(get_args(State))  # noqa: S101 - of this table


def state(entry: str | None, known_mark: str | None, *, is_revoked: bool) -> State:
    """How the password of a sensor stands: its line in the broker's file beside the mark that is on record."""
    if entry is not None:
        return "good" if known_mark == mark(entry) and not is_revoked else "outside"
    if known_mark is None:
        return "none"
    return "revoked" if is_revoked else "lost"


def _user(entry: str) -> str | None:
    name, colon, _ = entry.partition(":")
    return name if colon and name and not entry.startswith("#") else None
