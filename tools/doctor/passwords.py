"""Passwords that everybody tries first, that are short, or that open two doors. None of them is ever shown."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from pydantic import SecretStr

from cityhub import api_keys
from cityhub.config import Settings
from cityhub.masking import SecretKeys, SecretUrl
from tools.doctor.findings import Finding, State, is_near

# What products ship with and lists of guesses begin with; those that begin so are meant too.
_KNOWN = frozenset(
    [
        *(
            "postgres",
            "postgresql",
            "password",
            "passwd",
            "pass",
            "secret",
            "admin",
            "administrator",
            "root",
            "user",
        ),
        *(
            "cityhub",
            "hanoi",
            "hub",
            "ingest",
            "mosquitto",
            "mqtt",
            "public",
            "guest",
            "test",
            "demo",
            "default",
        ),
        *("changeme", "change-me", "letmein", "welcome", "qwerty", "timescale", "timescaledb", "grafana"),
    ]
)
_SHORT = 12
_NEW = "openssl rand -hex 24"


def findings(settings: Settings) -> Iterator[Finding]:
    """Of the settings' passwords, keys and secrets."""
    near = all(is_near(host) for host in _hosts(settings))
    yield from judge(_of(settings), users=_users(settings), worst="missing" if near else "bad")


def judge(secrets: Mapping[str, str], *, users: Mapping[str, str], worst: State) -> Iterator[Finding]:
    """Secrets by what they are called; `users`: whose they are, where known. `worst`: of one that everybody tries."""
    opens = defaultdict(list)
    bad = False
    for name, secret in secrets.items():
        opens[secret].append(name)
        if not secret:
            continue
        if secret.lower() == users.get(name, "").lower() or secret.lower().rstrip("0123456789!") in _KNOWN | {
            ""
        }:
            bad = True
            yield Finding(f"password of {name}", worst, "one that is tried first: it keeps nobody out", _NEW)
        elif len(secret) < _SHORT:
            bad = True
            words = f"{len(secret)} signs: who has a copy of what it signs or hashes finds it out"
            yield Finding(f"password of {name}", "missing", words, _NEW)
    for names in opens.values():
        if len(names) > 1:
            bad = True
            words = f"the same for {', '.join(sorted(names))}: one that leaks opens the others"
            yield Finding("shared password", "missing", words, f"one for each: {_NEW}")
    if secrets and not bad:
        yield Finding("passwords", "good", f"{len(secrets)}: none is known, short or shared")


def _of(settings: Settings) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if not isinstance(value, SecretStr) or field.default == value:
            continue
        # A replica has the passwords of its primary.
        if isinstance(value, SecretUrl):
            secret = _password(value.get_secret_value()) if name in ("database_url", "mqtt_url") else ""
        elif isinstance(value, SecretKeys):
            partners = api_keys.read(value.get_secret_value())
            found |= {f"CITYHUB_API_KEYS ({partner})": key.key for partner, key in partners.items()}
            continue
        else:
            secret = value.get_secret_value()
        if secret:
            found[f"CITYHUB_{name.upper()}"] = secret
    return found


def _password(address: str) -> str:
    if "://" not in address:
        from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - loads libpq

        return str(conninfo_to_dict(address).get("password") or "")
    return urlsplit(address).password or ""


def _users(settings: Settings) -> dict[str, str]:
    addresses = {name: getattr(settings, name).get_secret_value() for name in ("database_url", "mqtt_url")}
    return {
        f"CITYHUB_{name.upper()}": urlsplit(address).username or ""
        for name, address in addresses.items()
        if "://" in address
    }


def _hosts(settings: Settings) -> Iterator[str]:
    for name in ("database_url", "mqtt_url", "public_url"):
        yield urlsplit(getattr(settings, name).get_secret_value()).hostname or ""
