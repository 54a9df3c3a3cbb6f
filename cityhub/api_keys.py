"""Keys of partners, as the setting CITYHUB_API_KEYS tells them, and what each is good for. Pure.

    ward-7:KEY, iparking:KEY:parking:write, terminals:KEY:parking:write+observations:write

Without scopes a key is good for observations. A key may hold colons: scopes are what has the form `:word:word`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, get_args

# What a key may be good for; roles of people are made of the same (cityhub.accounts.roles).
Scope = Literal[
    "observations:write",
    "parking:write",
    "water:write",
    "flood:write",
    "enforcement:read",
    "revenue:read",
    "ops:read",
    "ops:write",
    "money:write",
    "accounts:write",
]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
DEFAULT: Final[frozenset[Scope]] = frozenset({"observations:write"})
# Rights that the hub sells itself are of this channel.
RESERVED = "cityhub"

_PARTNER = re.compile(r"[A-Za-z0-9._-]{1,40}")
# Visible ASCII: it travels in a header, and a comma parts the keys.
_KEY = re.compile(r"[!-+\--~]{16,200}")
_SCOPED = re.compile(r"(?P<key>.*?):(?P<scopes>[a-z]+:[a-z]+(?:\+.*)?)")
_NOUNS = frozenset(scope.partition(":")[0] for scope in SCOPES)


@dataclass(frozen=True, slots=True)
class Partner:
    """`key` in plain text; `scopes`: what it is good for."""

    key: str
    scopes: frozenset[Scope]

    def __repr__(self) -> str:
        return f"Partner(***, {sorted(self.scopes)})"


def read(text: str) -> dict[str, Partner]:
    """Partners by name from `name:key` or `name:key:scope+scope`, parted by commas. ValueError that repeats no key."""
    found: dict[str, Partner] = {}
    for number, entry in enumerate(text.split(",") if text.strip() else (), start=1):
        name, colon, rest = entry.strip().partition(":")
        if not colon or not _PARTNER.fullmatch(name):
            raise ValueError(
                f"pair {number} must be name:key or name:key:scope+scope, the name of letters, digits, '.', '_', '-'"
            )
        key, scopes = _parts(name, rest)
        if not _KEY.fullmatch(key):
            raise ValueError(
                f"the key of {name} must have 16 to 200 visible ASCII characters without a comma"
            )
        if name in found or key in {partner.key for partner in found.values()}:
            raise ValueError(f"pair {number} repeats a name or a key")
        if name == RESERVED and "parking:write" in scopes:
            raise ValueError(
                f"{RESERVED} is the hub's own channel; a partner that sells rights has another name"
            )
        found[name] = Partner(key, scopes)
    return found


def _parts(name: str, rest: str) -> tuple[str, frozenset[Scope]]:
    match = _SCOPED.fullmatch(rest)
    if match is None:
        if rest.rpartition(":")[2].partition("+")[0] in _NOUNS:
            raise ValueError(f"the scopes of {name} must be of {', '.join(SCOPES)}, joined by +")
        return rest, DEFAULT
    by_name: Mapping[str, Scope] = {scope: scope for scope in SCOPES}
    given = match["scopes"].split("+")
    if any(scope not in by_name for scope in given):
        raise ValueError(f"the scopes of {name} must be of {', '.join(SCOPES)}, joined by +")
    return match["key"], frozenset(by_name[scope] for scope in given)
