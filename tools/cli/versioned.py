"""The files that the checks look through."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from cityhub.errors import ServiceError
from tools.services.folders import checkout


def versioned_files() -> Iterator[Path]:
    """Versioned files of this checkout and new ones that git would take; raises ServiceError without git."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607
        cwd=checkout(),
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        raise ServiceError(f"cannot list the checkout's files: {listed.stderr.strip()}")
    for name in listed.stdout.split("\0"):
        file = checkout() / name
        if name and file.is_file():
            yield file
