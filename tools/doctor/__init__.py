"""What this machine and checkout have, what they lack, and what to do about it."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cityhub.accounts.city_provider import CityProvider
from cityhub.config import Settings, read_settings
from cityhub.errors import SettingsError
from cityhub.parking.message_files import MessageFiles
from cityhub.payments.invoice_files import InvoiceFiles
from cityhub.payments.ways import Ways
from tools.doctor import connections, deployment, passwords, setting_files
from tools.doctor.findings import Finding
from tools.services import chromium, debian, embedded, node
from tools.services.folders import checkout, hub_folder
from tools.services.instance import KINDS, WORDS, Instance
from tools.services.ports import is_free

# The private root takes 550 MB, the Python environment 500 MB, Chromium 400 MB.
_NEEDED_GB = 2.0


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as printed: secrets masked."""

    variable: str
    value: str
    is_default: bool


def machine() -> list[Finding]:
    """What can be said without settings, also where these cannot be read. Looks only; changes and starts nothing."""
    return [
        _python(),
        _environment(),
        *setting_files.findings(os.environ),
        *deployment.findings(checkout()),
    ]


def examine() -> list[Finding]:
    """Every finding, in the order a newcomer meets them; raises SettingsError. It asks those whom settings name."""
    settings = read_settings()
    return [
        *machine(),
        *_services(),
        _node(),
        _packages(),
        _chromium(),
        *_payments(),
        _city_provider(),
        _invoices(),
        *_messages(),
        *connections.findings(settings),
        *passwords.findings(settings),
        *(deployment.own_broker(Path(settings.broker_users)) if settings.broker_users else ()),
        *_ports(),
        _disk(),
        *_instances(),
    ]


def setting_rows() -> list[SettingRow]:
    """Every setting with its value; raises SettingsError when one cannot be read."""
    settings, shown = read_settings(), read_settings().shown()
    return [
        SettingRow(f"CITYHUB_{name.upper()}", shown[name], getattr(settings, name) == field.default)
        for name, field in Settings.model_fields.items()
    ]


def _python() -> Finding:
    # The launcher lets no other than 3.11 or newer through.
    return Finding("Python", "good", f"{platform.python_version()} at {sys.executable}")


def _environment() -> Finding:
    mark, lock = checkout() / ".venv/.cityhub-lock", checkout() / "requirements.lock"
    if Path(sys.prefix) != checkout() / ".venv":
        return Finding("environment", "good", f"{sys.prefix}, looked after by you")
    if mark.is_file() and lock.is_file():
        return Finding("environment", "good", ".venv from requirements.lock")
    return Finding("environment", "missing", ".venv was not made by ./hub", "any ./hub command renews it")


def _services() -> Iterator[Finding]:
    reason = debian.why_not()
    what = "private services"
    if reason is None and debian.is_built():
        mosquitto = debian.version("mosquitto")
        timescale = debian.version("postgresql-17-timescaledb")
        server = debian.version("postgresql-17")
        yield Finding(
            what, "good", f"PostgreSQL {server}, TimescaleDB {timescale} (apache), Mosquitto {mosquitto}"
        )
    elif reason is None:
        tool = "mmdebstrap is here" if shutil.which("mmdebstrap") else "mmdebstrap will be installed"
        yield Finding(what, "missing", f"not built yet; {tool}", "`./hub demo` or `./hub test` builds them")
    else:
        yield Finding(what, "missing", f"not possible: {reason}", "the embedded services serve instead")
    if embedded.is_installed():
        yield Finding("embedded services", "good", WORDS["embedded"])
    else:
        yield Finding("embedded services", "missing", "not installed", "installed when they are needed")
    settings = read_settings()
    if settings.database_url and settings.mqtt_url:
        yield Finding("external services", "good", "named by the settings; used before all others")


def _node() -> Finding:
    program = node.npm()
    if program is not None:
        return Finding("npm", "good", program)
    return Finding("npm", "missing", "none", "a wheel of it is installed when pages need it")


def _packages() -> Finding:
    if node.is_fresh():
        return Finding("npm packages", "good", "node_modules as package-lock.json says")
    return Finding("npm packages", "missing", "missing or stale", "`./hub demo` or `./hub api` installs them")


def _chromium() -> Finding:
    program = chromium.find()
    if program is not None:
        return Finding("Chromium", "good", program)
    advice = "`./hub test` installs it as root on Debian; else `apt-get install chromium`"
    return Finding("Chromium", "missing", "none: browser tests are skipped", advice)


def _payments() -> Iterator[Finding]:
    ways = Ways.of(read_settings())
    yield Finding("ways of paying", "good", ", ".join(ways.offered))
    for provider, names in ways.absent.items():
        yield Finding(f"paying by {provider}", "missing", "not offered to drivers", f"set {names}")
    if ways.vnpay is not None and not ways.vnpay_api_url:
        advice = "set CITYHUB_VNPAY_API_URL: payments whose callback is lost would never be settled"
        yield Finding("questions to vnpay", "missing", "nobody asks it, no refund is sent", advice)


def _city_provider() -> Finding:
    what = "sign-in by the city's provider"
    try:
        city = CityProvider.of(read_settings())
    except SettingsError as exc:
        return Finding(what, "bad", str(exc), "set it, or leave CITYHUB_OIDC_ISSUER empty")
    if city is None:
        advice = "set CITYHUB_OIDC_ISSUER, CITYHUB_OIDC_CLIENT_ID and CITYHUB_OIDC_ROLES (docs/people.md)"
        return Finding(what, "missing", "not offered at /login", advice)
    if not city.client_secret:
        return Finding(what, "good", f"{city.issuer}, as a public client (PKCE alone)")
    return Finding(what, "good", city.issuer)


def _invoices() -> Finding:
    files = InvoiceFiles.of(read_settings())
    if files is None:
        advice = (
            "set CITYHUB_INVOICE_DIR to a folder that a program takes them from to the e-invoice provider"
        )
        return Finding("e-invoices", "missing", "they stay queued", advice)
    if (problem := files.problem()) is not None:
        return Finding("e-invoices", "bad", problem, "make the folder, for the user that runs ./hub jobs")
    return Finding("e-invoices", "good", f"written to {read_settings().invoice_dir}")


def _messages() -> Iterator[Finding]:
    settings = read_settings()
    if settings.privacy_key:
        words = f"erased {settings.plate_retention_days} days after a stay or permit was over"
        yield Finding("plates", "good", words)
    else:
        advice = "set CITYHUB_PRIVACY_KEY to a long random text, once, and keep it for ever"
        yield Finding("plates", "missing", "none are erased, also where the law wants it", advice)
    if settings.sms_webhook_secret.get_secret_value():
        yield Finding("messages from phones", "good", "taken from the gateway at /api/v1/sms")
    else:
        advice = "set CITYHUB_SMS_WEBHOOK_SECRET to the key that the SMS gateway signs with"
        yield Finding("messages from phones", "missing", "none are taken", advice)
    files = MessageFiles.of(settings)
    if files is None:
        advice = "set CITYHUB_SMS_DIR to a folder that a program takes them from to the SMS gateway"
        yield Finding("messages to phones", "missing", "nothing is sent, nobody is reminded", advice)
    elif (problem := files.problem()) is not None:
        yield Finding(
            "messages to phones", "bad", problem, "make the folder, for the user that runs ./hub jobs"
        )
    else:
        yield Finding("messages to phones", "good", f"written to {settings.sms_dir}")
    if settings.vapid_private_key.get_secret_value():
        yield Finding("reminders in browsers", "good", "sent to the browsers' push services")
    else:
        advice = "set CITYHUB_VAPID_PRIVATE_KEY and _SUBJECT (docs/parking.md)"
        yield Finding("reminders in browsers", "missing", "not offered to drivers", advice)


def _ports() -> Iterator[Finding]:
    settings = read_settings()
    for what, port, name in (
        ("port of the API", settings.api_port, "CITYHUB_API_PORT or --port"),
        ("port of ingest's metrics", settings.ingest_metrics_port, "CITYHUB_INGEST_METRICS_PORT"),
        ("port of the jobs' metrics", settings.jobs_metrics_port, "CITYHUB_JOBS_METRICS_PORT"),
    ):
        if not port:
            continue
        if is_free(port):
            yield Finding(what, "good", f"{port} is free")
        else:
            yield Finding(what, "missing", f"{port} is taken", f"fine when it is the hub; else {name}")


def _disk() -> Finding:
    free = shutil.disk_usage(hub_folder()).free / 1e9
    if free >= _NEEDED_GB:
        return Finding("disk", "good", f"{free:.0f} GB free")
    return Finding(
        "disk", "bad", f"{free:.1f} GB free", f"make room: a fresh set-up takes {_NEEDED_GB:.0f} GB"
    )


def _instances() -> Iterator[Finding]:
    for name in ("dev", "demo"):
        for kind in KINDS:
            if (endpoints := Instance(name, kind).endpoints()) is not None:
                yield Finding(f"running: {name}", "good", f"{endpoints.words}, {endpoints.mqtt_url}")
