"""Certificates as the doctor finds them on servers: soon over, over, not yet good, of another, none."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cityhub.config import read_settings
from tools.doctor import connections
from tools.doctor.findings import Finding

DAY = timedelta(days=1)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])


def made(folder: Path, begins: timedelta, ends: timedelta, *names: x509.GeneralName) -> tuple[Path, Path]:
    """A certificate and its key, by itself its authority; times from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(NAME, NAME, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName(names or [x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return files


@contextmanager
def served(files: tuple[Path, Path]) -> Iterator[int]:
    """The port of a server that shows it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(plain, server_side=True) as secured:
                        secured.recv(1)
                except OSError:
                    plain.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


@pytest.mark.parametrize(
    ("begins", "ends", "state", "words"),
    [
        (-DAY, 400 * DAY, "good", "certificate for localhost, until "),
        (-DAY, 20 * DAY, "missing", "ends in 19 days"),
        (-10 * DAY, -DAY, "bad", "ended on "),
        (DAY, 400 * DAY, "bad", "is good from "),
    ],
    ids=["good", "soon over", "over", "not yet"],
)
def test_the_time_of_a_certificate(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    begins: timedelta,
    ends: timedelta,
    state: str,
    words: str,
) -> None:
    files = made(tmp_path, begins, ends)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with served(files) as port:
        found = connections.certificate("it", "localhost", port)
    assert (found.state, bool(found.advice)) == (state, state != "good")
    assert words in found.found


@pytest.mark.parametrize(
    ("name", "state"),
    [
        (x509.DNSName("hub.example.org"), "bad"),
        (x509.DNSName("*.example.org"), "bad"),
        (x509.DNSName("LOCALHOST"), "good"),
        (x509.IPAddress(ip_address("127.0.0.1")), "bad"),
    ],
    ids=["another host", "a wildcard", "the same in capitals", "an address"],
)
def test_the_host_of_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: x509.GeneralName, state: str
) -> None:
    files = made(tmp_path, -DAY, 400 * DAY, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    with served(files) as port:
        assert connections.certificate("it", "localhost", port).state == state


def test_a_certificate_that_nobody_vouches_for(tmp_path: Path) -> None:
    files = made(tmp_path, -DAY, 400 * DAY)
    with served(files) as port:
        found = connections.certificate("it", "localhost", port)
        assert (found.state, "SSL_CERT_FILE" in found.advice) == ("bad", True)
        assert connections.certificate("it", "localhost", port, files[0]).state == "good"


def test_who_does_not_answer_and_who_answers_without_tls_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def answer() -> None:
            for _ in range(1):
                plain, _ = listening.accept()
                with plain:
                    plain.recv(100)
                    plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        found = connections.certificate("it", "127.0.0.1", port)
        thread.join()
    assert "and not with TLS" in found.found
    assert "nobody answers" in connections.certificate("it", "127.0.0.1", port).found


def told(**settings: str) -> dict[str, Finding]:
    return {one.what: one for one in connections.findings(read_settings(**settings))}


def test_cookies_without_encryption_are_bad_elsewhere_than_on_this_machine() -> None:
    assert told()["encryption of the website"].state == "good"
    found = told(public_url="http://hub.example.org")["encryption of the website"]
    assert (found.state, "cookies" in found.found) == ("bad", True)
    found = told(public_url="http://hub.example.org", second_factor="optional")["second factor of staff"]
    assert found.state == "bad"


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ("postgresql://hub:s3cret@127.0.0.1/hub", "good"),
        ("postgresql:///hub?host=/run/postgresql", "good"),
        ("postgresql://hub:s3cret@db.example.org/hub", "missing"),
        ("postgresql://hub:s3cret@db.example.org/hub?sslmode=require", "missing"),
        ("postgresql://hub:s3cret@db.example.org/hub?sslmode=verify-full", "good"),
        ("host=db.example.org password=s3cret", "missing"),
    ],
    ids=[
        "here",
        "a socket",
        "elsewhere",
        "encrypted to anybody",
        "encrypted to the right one",
        "as libpq writes it",
    ],
)
def test_the_way_to_the_database(address: str, state: str) -> None:
    found = told(database_url=address)["encryption to database_url"]
    assert found.state == state
    assert "s3cret" not in str(found)


def test_a_provider_that_is_away_is_told_before_people_are() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    settings = {"oidc_client_id": "hub", "oidc_roles": "it=admin", "oidc_issuer": f"http://127.0.0.1:{port}"}
    found = told(**settings)["the city's provider answers"]
    assert (found.state, "nobody signs in by it" in found.found) == ("bad", True)


def test_a_broker_that_takes_anybody_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]

        def let_in() -> None:
            plain, _ = listening.accept()
            with plain:
                assert plain.recv(100)[:1] == b"\x10"
                plain.sendall(b"\x20\x02\x00\x00")

        thread = threading.Thread(target=let_in)
        thread.start()
        found = told(mqtt_url=f"mqtt://127.0.0.1:{port}")
        thread.join()
    assert "without a password" in found["passwords at the broker"].found
    # Elsewhere it would be bad; nobody is asked here.
    elsewhere = told(mqtt_url="mqtt://broker.invalid")
    assert elsewhere["encryption to the broker"].state == "missing"
