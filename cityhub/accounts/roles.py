"""Roles of people, as a table: what each may do, in the scopes that keys have too."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from cityhub.api_keys import SCOPES, Scope
from cityhub.errors import InvalidInput

RoleName = Literal["viewer", "inspector", "operator", "finance", "admin"]


@dataclass(frozen=True, slots=True)
class Role:
    """`scopes`: what its people may do; `needs_second_factor`: a password alone is not enough."""

    name: RoleName
    name_vi: str
    name_en: str
    scopes: frozenset[Scope]
    needs_second_factor: bool = True


_READS: frozenset[Scope] = frozenset({"ops:read"})

ROLES: Mapping[RoleName, Role] = MappingProxyType(
    {
        role.name: role
        for role in (
            Role("viewer", "Người xem", "Viewer", _READS),
            Role(
                "inspector",
                "Thanh tra",
                "Inspector",
                frozenset({"enforcement:read"}),
            ),
            Role(
                "operator",
                "Vận hành",
                "Operator",
                _READS | {"ops:write", "enforcement:read", "revenue:read", "flood:write", "water:write"},
            ),
            Role("finance", "Tài chính", "Finance", _READS | {"revenue:read", "money:write"}),
            Role(
                "admin",
                "Quản trị",
                "Administrator",
                frozenset(SCOPES) - {"parking:write", "observations:write"},
            ),
        )
    }
)
assert set(ROLES) == set(get_args(RoleName))  # noqa: S101 - of this table


def role(name: str) -> Role:
    """The role of this name; raises InvalidInput."""
    for known, found in ROLES.items():
        if known == name:
            return found
    raise InvalidInput("role", f"must be one of {', '.join(ROLES)}")


def scopes_of(name: str) -> frozenset[Scope]:
    """What people of a role may do; raises InvalidInput."""
    return role(name).scopes
