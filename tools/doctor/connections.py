"""Whom the hub talks to: is what goes there encrypted, is it the right one, does it ask who comes."""

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from cityhub.addresses import Broker
from cityhub.config import Settings
from tools.doctor import certificates
from tools.doctor.findings import Finding, is_near

_PATIENCE_S = 5
_TRUST = "set SSL_CERT_FILE to the authority's certificate (deploy/secrets/ca.crt), for the programs too"
_RENEW = "docs/install.md says how to renew the broker's; the website's proxy renews its own"


def _connect(flags: int, *texts: bytes) -> bytes:
    """An MQTT 3.1.1 CONNECT; the first text is the client's id, empty for one that the broker makes."""
    body = b"\x00\x04MQTT\x04" + bytes([flags, 0, 10])
    body += b"".join(len(text).to_bytes(2, "big") + text for text in texts)
    return b"\x10" + bytes([len(body)]) + body


# With clean sessions. Nobody that exists is named: a session of the hub would be taken over.
_NOBODY = _connect(0b00000010, b"")
_STRANGER = _connect(0b11000010, b"", b"hub-doctor", b"hub-doctor")


def findings(settings: Settings) -> Iterator[Finding]:
    """Of the broker, the website, the database and the city's provider, as far as settings name them."""
    if settings.mqtt_url.get_secret_value():
        yield from _broker(settings.broker())
    yield from _website(settings)
    for name in ("database_url", "read_database_url"):
        if address := getattr(settings, name).get_secret_value():
            yield from _database(name, address)
    if settings.oidc_issuer:
        yield provider(settings.oidc_issuer)


def certificate(what: str, host: str, port: int, authority: Path | None = None) -> Finding:
    """What a server shows to clients that trust this system's authorities, or the one of the file."""
    try:
        shown = certificates.ask(host, port, authority)
    except certificates.NoCertificate as exc:
        return Finding(what, "missing", f"{host}:{port}: {exc}", "start it, or correct the address")
    state, words = certificates.judge(shown.certificate, host, certificates.now())
    if state != "bad" and shown.refused is not None:
        words = f"is not trusted here ({shown.refused}): the hub's own programs do not connect"
        return Finding(what, "bad", f"certificate {words}", _TRUST)
    return Finding(what, state, f"certificate {words}", "" if state == "good" else _RENEW)


def _broker(broker: Broker) -> Iterator[Finding]:
    what = "encryption to the broker"
    if broker.tls:
        yield certificate(what, broker.host, broker.port)
    elif is_near(broker.host):
        yield Finding(what, "good", "none, and none needed on one machine")
    else:
        words = "none: whoever is on the way reads the hub's password, and every reading"
        yield Finding(
            what, "missing", words, "CITYHUB_MQTT_URL=mqtts://..., unless the network is the containers' own"
        )
    for come, message in (("without a password", _NOBODY), ("with any password", _STRANGER)):
        if _lets_in(broker, message):
            words = f"takes who comes {come}: anybody can publish readings and read all"
            advice = "allow_anonymous false, password_file and acl_file (deploy/mosquitto/mosquitto.conf)"
            yield Finding(
                "passwords at the broker", "missing" if is_near(broker.host) else "bad", words, advice
            )
            return


def _lets_in(broker: Broker, message: bytes) -> bool:
    """Does it take this CONNECT?"""
    with (
        suppress(OSError, ValueError),
        socket.create_connection((broker.host, broker.port), _PATIENCE_S) as plain,
    ):
        if not broker.tls:
            return _answer(plain, message)
        context = ssl.create_default_context()
        # Whom it shows itself to be is told above.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(plain, server_hostname=broker.host) as secured:
            return _answer(secured, message)
    return False


def _answer(line: socket.socket, message: bytes) -> bool:
    line.sendall(message)
    # CONNACK, its length, no session, and 0 for yes.
    return line.recv(4) == b"\x20\x02\x00\x00"


def _website(settings: Settings) -> Iterator[Finding]:
    parts = urlsplit(settings.public_url.get_secret_value())
    host = parts.hostname or ""
    what = "encryption of the website"
    if parts.scheme == "https":
        yield certificate(what, host, parts.port or 443)
    elif is_near(host):
        yield Finding(what, "good", "none, and none needed on one machine")
    else:
        words = f"CITYHUB_PUBLIC_URL is http://{host}: cookies of staff and links to payments can be read on the way"
        yield Finding(what, "bad", words, "a proxy with TLS (deploy/Caddyfile), and https:// there")
    if settings.second_factor == "optional" and not is_near(host):
        words = "optional: a password that leaks is enough to sign in as an admin"
        yield Finding("second factor of staff", "bad", words, "CITYHUB_SECOND_FACTOR=required")


def _database(name: str, address: str) -> Iterator[Finding]:
    from psycopg import ProgrammingError  # noqa: PLC0415 - loads libpq
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError:
        # What only libpq knows is told by who connects.
        return
    far = [host for host in str(parts.get("host", "")).split(",") if not is_near(host)]
    what, mode = f"encryption to {name}", str(parts.get("sslmode", "prefer"))
    if not far:
        yield Finding(what, "good", "none, and none needed on one machine")
    elif mode in ("verify-full", "verify-ca"):
        yield Finding(what, "good", f"sslmode={mode}")
    else:
        words = (
            f"sslmode={mode}: nobody looks whether it is the right server"
            if mode == "require"
            else f"sslmode={mode}: not encrypted where the server does not ask for it, plates and hashes included"
        )
        advice = "sslmode=verify-full&sslrootcert=FILE, unless the network is the containers' own"
        yield Finding(what, "missing", words, advice)


def provider(issuer: str) -> Finding:
    """Does the provider of identities say where to ask, and show its keys?"""
    from api.oidc.calls import Calls  # noqa: PLC0415
    from api.oidc.documents import Documents  # noqa: PLC0415
    from api.oidc.refusals import Refused  # noqa: PLC0415

    async def look() -> str | None:
        calls = Calls()
        try:
            await Documents(issuer, calls).keys()
        except Refused as refused:
            return str(refused)
        finally:
            await calls.close()
        return None

    what = "the city's provider answers"
    if (wrong := asyncio.run(look())) is None:
        return Finding(what, "good", f"{issuer} says where to ask, and shows its keys")
    advice = "CITYHUB_OIDC_ISSUER as the provider writes it; curl ISSUER/.well-known/openid-configuration from here"
    return Finding(what, "bad", f"{wrong}: nobody signs in by it", advice)
