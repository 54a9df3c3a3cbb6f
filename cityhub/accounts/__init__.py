"""People who work with the hub, what they may do, and how they prove who they are. Pure."""

from cityhub.accounts.lockout import Attempts, after_failure
from cityhub.accounts.passwords import check_new, hashed, is_right
from cityhub.accounts.roles import ROLES, Role, RoleName, scopes_of

__all__ = [
    "ROLES",
    "Attempts",
    "Role",
    "RoleName",
    "after_failure",
    "check_new",
    "hashed",
    "is_right",
    "scopes_of",
]
