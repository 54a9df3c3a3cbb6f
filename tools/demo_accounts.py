"""The demo's people, one for each role, and keys of two of them: made anew at each start, known to its owner alone."""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.services.folders import hub_folder

_GOOD_FOR = timedelta(days=7)
_OF_KEYS = ("inspector", "operator")


def make(name: str, database_url: str) -> tuple[dict[str, str], Path]:
    """The settings that hold the keys of an inspector and an operator, and the file with everybody's passwords.

    Remove the file with the demo `name`.
    """
    from cityhub.accounts import ROLES, passwords, scopes_of  # noqa: PLC0415
    from cityhub.errors import NotFound  # noqa: PLC0415
    from cityhub.store import connect, keys, people  # noqa: PLC0415

    now = datetime.now(UTC)
    chosen: dict[str, str] = {}
    found: dict[str, str] = {}
    with connect(database_url, "cityhub-demo") as conn:
        for role_name in ROLES:
            # Nobody's who works with a hub that is not the demo's own.
            name_of = f"demo-{role_name}"
            password = chosen[name_of] = passwords.new()
            if people.find(conn, name_of) is None:
                people.add(conn, name_of, role_name, password, now)
            person = people.by_name(conn, name_of)
            people.set_password(conn, person, password, must_change=False)
            people.enable(conn, person, now)
        for role in _OF_KEYS:
            with suppress(NotFound):
                keys.revoke(conn, f"demo-{role}", now)
            found[f"CITYHUB_DEMO_{role.upper()}_KEY"] = keys.create(
                conn, f"demo-{role}", scopes_of(role), now, now + _GOOD_FOR
            )
    return found, _write(name, chosen)


def _write(name: str, chosen: dict[str, str]) -> Path:
    file = hub_folder() / f"{name}-accounts.txt"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.writelines(f"{role} {password}\n" for role, password in chosen.items())
    return file
