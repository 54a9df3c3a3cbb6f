"""What the city's provider of identities tells of a person (claims), read by the rules of the settings. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cityhub.accounts.roles import RoleName, role

Claims = Mapping[str, Any]

_LONGEST_NAME = 36
_NO_NAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class RoleRules:
    """Which role the values of a claim give; the first of `roles` that somebody has counts.

    `claim`: its name, or for one inside others the way there, as in `realm_access.roles`.
    """

    claim: str
    roles: Sequence[tuple[str, RoleName]]

    def is_told(self, claims: Claims) -> bool:
        """Is the claim there at all?"""
        return _found(claims, self.claim) is not None

    def role_of(self, claims: Claims) -> RoleName | None:
        """The role that somebody has by what their provider tells; None: none, they are not let in."""
        held = _texts(_found(claims, self.claim))
        return next((given for value, given in self.roles if value in held), None)


def read_roles(text: str) -> Sequence[tuple[str, RoleName]]:
    """`value=role,value=role`, the one that counts most first; a value may hold `=`. Raises InvalidInput."""
    parts = (part.strip().rpartition("=") for part in text.split(",") if part.strip())
    return tuple((value, role(name).name) for value, _, name in parts)


def proves_second_factor(claims: Claims, believed: frozenset[str]) -> bool:
    """Does the provider say, by one of the values in `believed`, that there was a second factor (`amr`, `acr`)?"""
    return not believed.isdisjoint(_texts(claims.get("amr")) | _texts(claims.get("acr")))


def name_of(claims: Claims, issuer: str, subject: str) -> str:
    """A name for /ops and the trail, in the signs that names here have: never one by which somebody is known again."""
    for claim in ("preferred_username", "email", "name"):
        told = claims.get(claim)
        name = _as_name(told.partition("@")[0]) if isinstance(told, str) else ""
        if len(name) > 1 and name != "hub":
            return name
    return f"city-{sha256(f'{issuer} {subject}'.encode()).hexdigest()[:10]}"


def _as_name(told: str) -> str:
    plain = unicodedata.normalize("NFKD", told.casefold().replace("đ", "d"))
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return _NO_NAME.sub("-", plain).strip(".-_")[:_LONGEST_NAME].rstrip(".-_")


def _found(claims: Claims, claim: str) -> object:
    if claim in claims:
        # Names of claims may be addresses, with dots in them.
        return claims[claim]
    found: object = claims
    for part in claim.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def _texts(told: object) -> frozenset[str]:
    if isinstance(told, str):
        return frozenset({told})
    if isinstance(told, Sequence):
        return frozenset(one for one in told if isinstance(one, str))
    return frozenset()
