"""Certificates as a server shows them, or a file holds them: for how long, for whom, trusted by whom."""

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from tools.doctor.findings import State

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SOON = timedelta(days=30)
_PATIENCE_S = 5


class NoCertificate(Exception):
    """The server shows none; says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """`refused`: why this system does not trust it, in the words of OpenSSL; None where it does."""

    certificate: "Certificate"
    refused: str | None


def ask(host: str, port: int, authority: Path | None = None) -> Shown:
    """What a server shows to a client that trusts this file, or else what this system trusts (SSL_CERT_FILE).

    Raises NoCertificate.
    """
    try:
        trusting = ssl.create_default_context(cafile=None if authority is None else str(authority))
    except OSError:
        raise NoCertificate(f"not asked, for {authority} holds no authority") from None
    try:
        return Shown(_handshake(host, port, trusting), None)
    except ssl.SSLCertVerificationError as exc:
        refused = exc.verify_message
    anyhow = ssl.create_default_context()
    anyhow.check_hostname, anyhow.verify_mode = False, ssl.CERT_NONE
    return Shown(_handshake(host, port, anyhow), refused)


def _handshake(host: str, port: int, context: ssl.SSLContext) -> "Certificate":
    from cryptography import x509  # noqa: PLC0415 - only where there is a certificate

    try:
        plain = socket.create_connection((host, port), timeout=_PATIENCE_S)
    except (OSError, UnicodeError) as exc:
        raise NoCertificate(f"nobody answers: {getattr(exc, 'strerror', None) or exc}") from None
    try:
        with plain, context.wrap_socket(plain, server_hostname=host) as secured:
            return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")
    except ssl.SSLCertVerificationError:
        raise
    except (OSError, ValueError):
        raise NoCertificate("something answers there, and not with TLS") from None


def judge(certificate: "Certificate", host: str, now: datetime) -> tuple[State, str]:
    """What is wrong with it at `now` (aware) for clients that look for `host`, or until when it is good."""
    state, words = judge_time(certificate, now)
    names = names_of(certificate)
    if state != "bad" and not _is_for(host, names):
        return (
            "bad",
            f"is for {', '.join(names) or 'nobody'} and not for {host}: nobody connects who looks at it",
        )
    return state, f"for {host}, {words}" if state == "good" else words


def judge_time(certificate: "Certificate", now: datetime) -> tuple[State, str]:
    """The same of its time alone."""
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now < begins:
        return (
            "bad",
            f"is good from {begins:%Y-%m-%d %H:%M} UTC on, or this machine's clock is wrong: nobody connects",
        )
    if now > ends:
        return "bad", f"ended on {ends:%Y-%m-%d}: nobody connects who looks at it"
    if ends - now < SOON:
        return "missing", f"ends in {(ends - now).days} days, on {ends:%Y-%m-%d}: then nobody connects"
    return "good", f"until {ends:%Y-%m-%d}"


def names_of(certificate: "Certificate") -> list[str]:
    """Hosts and addresses that it is for. A subject's common name counts no more (RFC 9525)."""
    from cryptography import x509  # noqa: PLC0415

    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(one) for one in found.get_values_for_type(x509.IPAddress)]
    return [name.lower() for name in found.get_values_for_type(x509.DNSName)] + addresses


def _is_for(host: str, names: list[str]) -> bool:
    try:
        return str(ip_address(host)) in names
    except ValueError:
        host = host.lower()
    return host in names or f"*.{host.partition('.')[2]}" in names


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
