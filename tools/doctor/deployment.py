"""What `deploy/prepare` made in this checkout: secrets, the broker's certificate, passwords and rights."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tools.doctor import certificates, connections, passwords
from tools.doctor.findings import Finding
from tools.doctor.setting_files import is_mine

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_PREPARE = "sudo deploy/prepare DOMAIN"
# Sensors need it: it is no secret.
_PUBLIC = frozenset({"ca.crt"})


def findings(checkout: Path) -> Iterator[Finding]:
    """Of `deploy/secrets`; none where nothing was prepared."""
    secrets = checkout / "deploy/secrets"
    if not secrets.is_dir():
        return
    if not all(is_mine(folder) for folder in (secrets, *(one for one in secrets.glob("*") if one.is_dir()))):
        yield Finding(
            "secrets of production", "missing", "cannot be looked at as this user", "sudo ./hub doctor"
        )
        return
    yield from _complete(checkout)
    yield from _closed(secrets)
    settings = _settings(checkout / ".env")
    yield from _told(settings)
    yield from _certificate(secrets, settings.get("HUB_DOMAIN", ""))
    yield from _reached(settings, secrets / "ca.crt")
    yield from _rights(secrets / "mosquitto", checkout / "deploy/mosquitto")
    held = {file.name: _text(file).strip() for file in sorted(secrets.rglob("*_password"))}
    users = {name: name.removesuffix("_password") for name in held}
    for finding in passwords.judge(held, users=users, worst="bad"):
        what = finding.what.replace("passwords", "passwords of production")
        yield Finding(what, finding.state, finding.found, finding.advice)


def _complete(checkout: Path) -> Iterator[Finding]:
    import yaml  # noqa: PLC0415

    named = yaml.safe_load((checkout / "docker-compose.yml").read_text())["secrets"]
    lost = [name for name, one in named.items() if not (checkout / one["file"]).is_file()]
    if lost:
        words = f"missing: {', '.join(sorted(lost))}: docker compose refuses to start"
        yield Finding("secrets of production", "bad", words, _PREPARE)
    else:
        yield Finding("secrets of production", "good", f"all {len(named)} files are there")


def _closed(secrets: Path) -> Iterator[Finding]:
    files = [file for file in secrets.rglob("*") if file.is_file() and file.name not in _PUBLIC]
    seen = [str(file.relative_to(secrets)) for file in files if file.stat().st_mode & 0o077]
    if seen:
        more = f" and {len(seen) - 3} more" if len(seen) > 3 else ""
        words = f"{', '.join(sorted(seen)[:3])}{more}: others on this machine may read them"
        yield Finding("files with secrets", "bad", words, f"{_PREPARE} closes them; think of them as known")
    else:
        yield Finding("files with secrets", "good", "for their owners alone")
    if (secrets / "ca.key").exists():
        words = "deploy/secrets/ca.key: who gets it can pose as the broker to every sensor"
        yield Finding(
            "key of the authority", "missing", words, "move it off this machine; it comes back to renew"
        )


def _settings(file: Path) -> dict[str, str]:
    lines = _text(file).splitlines()
    pairs = (line.partition("=") for line in lines if not line.startswith("#"))
    return {name.strip(): value.strip("'\" ") for name, _, value in pairs}


def _told(settings: dict[str, str]) -> Iterator[Finding]:
    telling = re.compile(r"\w*(PASSWORD|SECRET|KEYS?|TOKEN|LOGIN)")
    named = [name for name, value in settings.items() if value and telling.fullmatch(name)]
    if named:
        words = f"holds {', '.join(named)}: every container that gets it shows it (docker inspect)"
        yield Finding(
            ".env", "missing", words, f"as files of deploy/secrets; {_PREPARE} moves those of before"
        )


def _reached(settings: dict[str, str], authority: Path) -> Iterator[Finding]:
    """As drivers and sensors see it."""
    if domain := settings.get("HUB_DOMAIN"):
        yield connections.certificate("encryption of the website", domain, 443)
        yield connections.certificate("encryption to the broker", domain, 8883, authority)
    if issuer := settings.get("CITYHUB_OIDC_ISSUER"):
        yield connections.provider(issuer)


def _certificate(secrets: Path, domain: str) -> Iterator[Finding]:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    what, renew = (
        "the broker's certificate",
        "ca.key back, remove server.crt, then sudo deploy/prepare DOMAIN",
    )
    try:
        shown = x509.load_pem_x509_certificate((secrets / "mosquitto/server.crt").read_bytes())
        key = load_pem_private_key((secrets / "mosquitto/server.key").read_bytes(), None)
        authority = x509.load_pem_x509_certificate((secrets / "ca.crt").read_bytes())
    except (OSError, ValueError, TypeError) as exc:
        words = (
            f"cannot be read ({type(exc).__name__}): the broker does not start, or sensors do not trust it"
        )
        yield Finding(what, "bad", words, renew)
        return
    state, words = certificates.judge(shown, domain, certificates.now())
    if key.public_key() != shown.public_key():
        state, words = "bad", "is not of server.key: the broker does not start"
    elif not _signed_by(shown, authority):
        state, words = "bad", "was not signed by ca.crt, which sensors trust: none connects"
    yield Finding(what, state, words, "" if state == "good" else renew)
    state, words = certificates.judge_time(authority, certificates.now())
    if state != "good":
        yield Finding(
            "the authority's certificate", state, words, "a new authority goes to every sensor: plan it"
        )


def _signed_by(shown: "Certificate", authority: "Certificate") -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415

    try:
        shown.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _rights(there: Path, shipped: Path) -> Iterator[Finding]:
    what = "rights at the broker"
    acl = there / "acl"
    if (there / "passwords").exists() and not _text(acl).strip():
        words = "a password file without rights: every sensor may publish as any other, and read all"
        yield Finding(what, "bad", words, _PREPARE)
    elif acl.exists():
        text = "".join((shipped / name).read_text() for name in ("hub-acl", "device-acl"))
        if _text(acl).startswith(text):
            yield Finding(what, "good", "each sensor publishes for itself alone")
        else:
            words = "are not those of this version: what new kinds of sensors send may be refused"
            yield Finding(what, "missing", words, f"{_PREPARE}; gateways have deploy/secrets/gateway-acl")


def own_broker(users: Path) -> Iterator[Finding]:
    """A Mosquitto of one's own, whose password file CITYHUB_BROKER_USERS names: are there rights beside it?"""
    if not users.is_file():
        words = f"{users} is missing: ./hub device gives no passwords"
        yield Finding(
            "the broker's password file",
            "bad",
            words,
            "CITYHUB_BROKER_USERS, as password_file of mosquitto.conf",
        )
        return
    if users.stat().st_mode & 0o007:
        words = f"{users}: everybody on this machine may read its hashes, and try passwords at leisure"
        yield Finding("the broker's password file", "bad", words, f"chmod 0600 {users}, of the broker's user")
    files = [file for pattern in ("*.conf", "conf.d/*.conf") for file in users.parent.glob(pattern)]
    lines = [line.split() for file in files for line in _text(file).splitlines()]
    words_of = {line[0] for line in lines if line and not line[0].startswith("#")}
    if "password_file" in words_of and not words_of & {"acl_file", "plugin", "auth_plugin", "global_plugin"}:
        words = "password_file without acl_file: every sensor may publish as any other, and read all"
        advice = "acl_file with ./hub device acl and deploy/mosquitto/hub-acl"
        yield Finding("rights at the broker", "bad", words, advice)


def _text(file: Path) -> str:
    """What it holds, whatever that is; empty where it is missing or cannot be read, which is told elsewhere."""
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
