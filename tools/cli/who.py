"""Who works on the machine, for the audit trail."""

import getpass
import os


def on_record() -> str:
    """Their name: with sudo that of whoever called it, in a container that it was started with (LOGNAME)."""
    try:
        name = os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        # A user without a name, as containers have them.
        name = f"user {os.getuid()}"
    return f"command line: {name}"
