"""Vulnerabilities of the packages of a lock file, as the Python package index tells them of each release.

The index is the one that pip installs from here. Of a release it tells at `NAME/VERSION/json` beside `simple/` (PyPI's
JSON API, which many mirrors pass on and some do not).
"""

import os
import re
import ssl
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from cityhub.errors import ServiceError
from tools.audit.findings import Findings, Vulnerability
from tools.services.processes import run

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([A-Za-z0-9.+!_-]+)", re.MULTILINE)
_DEFAULT = re.compile(r"Base URL of the Python Package Index \(default\s+(\S+?)\)")
_AT_ONCE = 8
_PATIENCE_S = 20.0


def pins(lock: str) -> list[tuple[str, str]]:
    """Names and versions that a lock file pins; one may be there twice, for other machines in another version."""
    return list(dict.fromkeys(_PIN.findall(lock)))


def index_url() -> str:
    """What packages are installed from on this machine, with a password where it takes one: never to be printed."""
    for variable in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if address := os.environ.get(variable):
            return address
    configured = run([sys.executable, "-m", "pip", "config", "get", "global.index-url"])
    if configured.code == 0 and configured.output.strip():
        return configured.output.strip()
    # pip's own: no file of ours names a registry.
    words = " ".join(run([sys.executable, "-m", "pip", "install", "--help"]).output.split())
    if (found := _DEFAULT.search(words)) is None:
        raise ServiceError("no package index is known here: set PIP_INDEX_URL")
    return found[1]


def audit(lock: str, index: str) -> Findings:
    """Ask `index` (the address of its `simple/`) of every pin; raises ServiceError when it does not answer."""
    pinned = pins(lock)
    # As pip's own certificates: a mirror in a company has one of its own.
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None)
    base = re.sub(r"/\+?simple/?$", "", index.rstrip("/")) + "/pypi"
    try:
        with (
            httpx.Client(verify=context, timeout=_PATIENCE_S, follow_redirects=True) as client,
            ThreadPoolExecutor(_AT_ONCE) as threads,
        ):
            found = list(threads.map(lambda pin: _ask(client, base, *pin), pinned))
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        raise ServiceError(f"the package index does not answer ({type(exc).__name__})") from None
    return Findings(
        len(pinned),
        [one for each in found if each is not None for one in each],
        [name for (name, _), each in zip(pinned, found, strict=True) if each is None],
    )


def _ask(client: httpx.Client, base: str, name: str, version: str) -> list[Vulnerability] | None:
    """Those of a release; None where the index says nothing about it."""
    answer = client.get(f"{base}/{name}/{version}/json")
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise httpx.HTTPError(str(answer.status_code))
    try:
        told = answer.json()["vulnerabilities"] if answer.is_success else None
        return None if not isinstance(told, list) else list(_vulnerabilities(name, version, told))
    except (ValueError, LookupError, TypeError, AttributeError):
        # What is in no shape that the hub knows says nothing.
        return None


def _vulnerabilities(name: str, version: str, told: Iterable[Any]) -> Iterable[Vulnerability]:
    for one in told:
        if not one.get("withdrawn"):
            words = one.get("summary") or one.get("details") or ""
            yield Vulnerability(
                name,
                version,
                (one["id"], *(one.get("aliases") or ())),
                " ".join(words.split())[:120],
                tuple(one.get("fixed_in") or ()),
            )
