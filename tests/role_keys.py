"""Keys of programs, one for each role of a test, as settings have them and as requests bring them."""

from collections.abc import Mapping


def in_settings(scopes: Mapping[str, str]) -> str:
    """`CITYHUB_API_KEYS` for roles with their scopes, such as `ops:read+ops:write`."""
    return ",".join(f"{role}:{_key(role)}:{of_role}" for role, of_role in scopes.items())


def headers(role: str) -> dict[str, str]:
    """What a request of that role brings."""
    return {"Authorization": f"Bearer {_key(role)}"}


def _key(role: str) -> str:
    return f"{role}-0123456789abcdef"
