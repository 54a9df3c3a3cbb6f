"""Vulnerabilities of what package-lock.json pins, as `npm audit` finds them at the registry that npm is set to."""

import json
import os
from pathlib import Path

from cityhub.errors import ServiceError
from tools.audit.findings import Findings, Vulnerability
from tools.services import node
from tools.services.processes import run


def audit(folder: Path) -> Findings:
    """Of the lock file in `folder`; raises ServiceError without npm, or when its registry does not answer."""
    program = node.npm()
    if program is None:
        raise ServiceError("no npm here: ./hub services start, or install Node.js 20")
    path = f"{Path(program).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    done = run(
        [program, "audit", "--package-lock-only", "--json", "--loglevel=silent"],
        env={**os.environ, "PATH": path},
        folder=folder,
    )
    return read(done.output)


def read(report: str) -> Findings:
    """What `npm audit --json` says; raises ServiceError for what is no report."""
    try:
        document = json.loads(report)
        asked = int(document["metadata"]["dependencies"]["total"])
        told = document["vulnerabilities"].values()
        found = [
            Vulnerability(
                one["name"],
                one["range"],
                tuple(str(via["url"]).rpartition("/")[2] for via in one["via"] if isinstance(via, dict)),
                "; ".join(via["title"] for via in one["via"] if isinstance(via, dict)),
            )
            for one in told
            # The others only depend on one of these.
            if any(isinstance(via, dict) for via in one["via"])
        ]
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ServiceError("the registry of npm answers no audits") from None
    return Findings(asked, found)
